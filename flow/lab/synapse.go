package lab

import (
	"crypto/rand"

	"doorstep/client"
	"doorstep/flow/event"
)

// notLoopback are all addresses but those of this machine. Of the IPv6 addresses in 0000::/8, among which ::1 is, those
// are named that stand for IPv4 addresses elsewhere.
var notLoopback = []string{"0.0.0.0/2", "64.0.0.0/3", "96.0.0.0/4", "112.0.0.0/5", "120.0.0.0/6", "124.0.0.0/7",
	"126.0.0.0/8", "128.0.0.0/1", "64::/16", "100::/8", "200::/7", "400::/6", "800::/5", "1000::/4", "2000::/3",
	"4000::/2", "8000::/1"}

// synapseLog has Synapse log to the terminal and to a file, in its usual form, which doorstep import --log reads.
const synapseLog = `version: 1
formatters: {line: {format: "%(asctime)s - %(name)s - %(lineno)d - %(levelname)s - %(request)s - %(message)s"}}
handlers:
  file: {class: logging.FileHandler, formatter: line, filename: homeserver.log, encoding: utf8}
  console: {class: logging.StreamHandler, formatter: line}
loggers: {synapse.storage.SQL: {level: INFO}}
root: {level: INFO, handlers: [file, console]}
disable_existing_loggers: false
`

func synapseFiles(s Server, _ string) (map[string]string, error) {
	config, err := filled("homeserver.yaml.tmpl", s, map[string]any{"NotLoopback": notLoopback,
		"SecretFile": secretFile, "Macaroon": rand.Text(), "Form": rand.Text()})
	return map[string]string{"homeserver.yaml": config, "log.yaml": synapseLog}, err
}

func synapseStart(Server) []string { return []string{"synapse_homeserver", "-c", "homeserver.yaml"} }

func synapseKey(key event.SigningKey) []byte { return client.KeyLine(key) }

package lab

import (
	"encoding/pem"
	"net"
	"runtime"
	"strconv"

	"doorstep/flow/event"
)

func dendriteFiles(s Server, secret string) (map[string]string, error) {
	config, err := filled("dendrite.yaml.tmpl", s, map[string]any{"Secret": secret,
		"PlatformTrusts": runtime.GOOS == "darwin" || runtime.GOOS == "windows"})
	return map[string]string{"dendrite.yaml": config}, err
}

func dendriteStart(s Server) []string {
	line := []string{"env", "SSL_CERT_FILE=" + s.Authority, "dendrite", "-config", "dendrite.yaml"}
	if s.Plain != 0 {
		return append(line, "-http-bind-address", net.JoinHostPort(listenAddress, strconv.Itoa(s.Plain)))
	}
	// It serves without TLS in any case: at a port of this machine that the system picks.
	return append(line, "-tls-cert", s.Serves.File, "-tls-key", s.Serves.Key, "-https-bind-address", s.address(),
		"-http-bind-address", net.JoinHostPort(listenAddress, "0"))
}

// dendriteKey is a key file in the form of Dendrite's generate-keys.
func dendriteKey(key event.SigningKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "MATRIX PRIVATE KEY", Headers: map[string]string{"Key-ID": key.ID},
		Bytes: key.Private.Seed()})
}

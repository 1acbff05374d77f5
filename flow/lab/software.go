package lab

import (
	"maps"
	"slices"

	"doorstep/flow/event"
)

// A kind is how a software is configured and started.
type kind struct {
	title string
	port  int // where its first lab listens
	// files are its configuration by name, for a server and the secret by which users are registered.
	files func(Server, string) (map[string]string, error)
	start func(Server) []string // in its folder
	key   func(event.SigningKey) []byte
	data  []string // what it leaves, by which a folder is known that has been run in
	makes []string // folders that have to be there
}

// written are the kinds that configurations are written for.
var written = map[string]kind{
	"synapse": {title: "Synapse", port: 8448, files: synapseFiles, start: synapseStart, key: synapseKey,
		data: []string{"homeserver.db"}},
	"dendrite": {title: "Dendrite", port: 8449, files: dendriteFiles, start: dendriteStart, key: dendriteKey,
		data: []string{"data/rooms.db"}, makes: []string{"data"}},
}

// Software are the names of what configurations are written for.
func Software() []string { return slices.Sorted(maps.Keys(written)) }

// Title is the name of its software for people.
func (s Server) Title() string { return written[s.Software].title }

// Start is the command line that starts it, in its folder.
func (s Server) Start() []string { return written[s.Software].start(s) }

package lab

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"doorstep/client"
)

// A Server is a homeserver of a lab: what is written down of it, and where it lies. It listens on 127.0.0.1 alone.
type Server struct {
	Version  int    `json:"doorstep_lab"` // of this form
	Software string `json:"software"`     // as its file of configuration is made for
	Name     string `json:"name"`         // the server name, always with a port, so that nobody looks it up elsewhere
	Port     int    `json:"port"`         // where its name leads
	// Plain is where it serves without TLS for a proxy that serves at Port; 0: it serves at Port itself.
	Plain int `json:"plain_port,omitempty"`

	Folder    string      `json:"-"` // its files, absolute
	Above     string      `json:"-"` // the folder of the lab, with the certificates and our own key
	Serves    Certificate `json:"-"`
	Authority string      `json:"-"`
	Joiner    string      `json:"-"` // the name of the joining server that is to join it, on this machine
}

const (
	serverFile  = "lab.json"
	secretFile  = "registration.secret"
	keyFile     = "homeserver.signing.key"
	joinerKey   = "joiner.signing.key"
	profileFile = "profile.json"
	labVersion  = 1

	listenAddress = "127.0.0.1" // of everything in a lab
)

// Profile is the file of a profile by which a server of ours joins this one.
func (s Server) Profile() string { return filepath.Join(s.Folder, profileFile) }

// Key is the file of the homeserver's signing key.
func (s Server) Key() string { return filepath.Join(s.Folder, keyFile) }

// Secrets are the files that whoever has them can speak for somebody by: the signing keys of the homeserver and of the
// server that is to join it, the keys of certificates, and what users are registered by. Not all of them have to be
// there.
func (s Server) Secrets() []string {
	above := folder{s.Above}
	return unique([]string{s.Key(), filepath.Join(s.Folder, secretFile), above.file(joinerKey), above.file(authorityKey),
		above.issued(Loopback[0]).Key, above.issued(strings.Trim(s.Host(), "[]")).Key})
}

// Host is the server name without its port.
func (s Server) Host() string {
	n, err := client.ParseServerName(s.Name)
	if err != nil {
		return ""
	}
	return n.Host
}

// listens is the port that it listens at itself.
func (s Server) listens() int {
	if s.Plain != 0 {
		return s.Plain
	}
	return s.Port
}

// address is where it listens itself.
func (s Server) address() string { return net.JoinHostPort(listenAddress, strconv.Itoa(s.listens())) }

// pin is what leads Doorstep to it: empty where its name does so without help, as NAME:PORT:ADDRESS otherwise.
func (s Server) pin() string {
	if ip := net.ParseIP(s.Host()); ip != nil || s.Host() == "localhost" {
		return ""
	}
	return fmt.Sprintf("%s:%d:%s", s.Host(), s.Port, listenAddress)
}

package engine

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"doorstep/client"
)

// A Server is one homeserver of the federation.
type Server struct {
	Name         string // the one under which others find it
	Part         string // the one by which the scenario knows it
	Federation   *Federation
	watch        Watcher
	Keys         *keyring
	form2015     bool // it speaks the first form of the handshake, and no other
	client       *client.Client
	resolver     NameResolver
	documents    documents
	fingerprints [][32]byte // of its TLS certificate; the first form published them
	HTTP         *http.Server
	bodies       client.Bodies
	tls          *tls.Config
}

// A request is one request to a server, read.
type request struct {
	ctx    context.Context
	id     int // the watcher's number of it
	raw    client.Request
	path   []string // the segments of the path that are IDs, unescaped
	query  url.Values
	body   []byte
	origin string // the server that signed it; empty until it is authenticated
	header http.Header
}

// A route is one endpoint: the method, the path with "*" for each ID, and what answers.
type route struct {
	method, path string
	endpoint     client.Endpoint
	signed       bool // X-Matrix is asked for before anything else
	answer       func(*Server, *request) *Reply
}

// now is the time by the server's clock.
func (s *Server) now() time.Time { return s.Federation.Now().Add(s.Federation.Scenario.ahead(s.Name)) }

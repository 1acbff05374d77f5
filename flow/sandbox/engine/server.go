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
	Name         string
	Federation   *Federation
	Keys         *keyring
	form2015     bool // it speaks the first form of the handshake, and no other
	client       *client.Client
	resolver     NameResolver
	documents    documents
	fingerprints [][32]byte // of its TLS certificate; the first form published them
	HTTP         *http.Server
	tls          *tls.Config
}

// ask sends a request to another server of the federation.
func (s *Server) ask(ctx context.Context, name string, r client.Request) client.Exchange {
	d := s.resolver.Resolve(ctx, name)
	if d.Failure != nil {
		return client.Exchange{Server: name, Request: r, Failure: d.Failure}
	}
	return s.client.Do(ctx, d.Destinations[0], r, nil)
}

// A request is one request to a server, read.
type request struct {
	ctx    context.Context
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

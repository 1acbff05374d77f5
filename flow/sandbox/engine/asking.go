package engine

import (
	"context"

	"doorstep/client"
)

// ask sends a request to another server: one of the federation, or one that is found by its name. The addresses are
// tried in their order until one takes the connection.
func (s *Server) ask(ctx context.Context, name string, r client.Request) client.Exchange {
	d := s.discover(ctx, name)
	if d.Failure != nil {
		return client.Exchange{Server: name, Request: r, Failure: d.Failure}
	}
	outside := s.outside(name)
	var x client.Exchange
	for _, to := range d.Destinations {
		began := s.Federation.Now()
		x = s.client.Do(ctx, to, r, nil)
		if outside {
			s.watch.Asked(s.Name, x, began, s.Federation.Now())
		}
		if x.Failure == nil || x.Failure.Part != client.PartConnect {
			break
		}
	}
	return x
}

// outside reports whether a server is not of this program.
func (s *Server) outside(name string) bool {
	f := s.Federation
	return f.hosting != nil && f.Servers[name] == nil
}

// discover finds a server by its name.
func (s *Server) discover(ctx context.Context, name string) client.Discovery {
	if !s.outside(name) {
		return s.resolver.Resolve(ctx, name)
	}
	if s.resolver.blind || s.Federation.hosting.Finder == nil {
		return client.Discovery{Server: name, Failure: &client.Failure{Kind: client.FailedResolve,
			Part: client.PartResolve, Message: "the server name leads to no address"}}
	}
	d := s.Federation.hosting.Finder.Resolve(ctx, name)
	s.watch.Found(s.Name, d)
	return d
}

package engine

import (
	"net/http"
	"slices"
	"time"

	"doorstep/client"
)

// A Fault is one thing that goes wrong in a scenario: where, and how. Handlers and rooms are honest; every fault is
// applied around them, by the server that answers or when the room is made.
type Fault struct {
	Server   string          // the server it happens at; empty: every server
	Endpoint client.Endpoint // the endpoint it happens at; empty where it is at none

	Instead *Reply        // given in place of the handler's answer, once the request is authenticated
	Delay   time.Duration // the answer is held back that long
	Hang    bool          // no answer comes: the connection stays open until the other side gives up
	Drop    bool          // the work is done, then the connection is closed without an answer
	Cut     int           // the connection is closed after that many bytes of the body; 0: it is not
	Times   int           // it happens to so many requests, and then no more; 0: to all
	Blind   bool          // the server finds no address for the joining server, so it cannot fetch its key
	// the server keeps a key document of the joining server's with a key that is not the one it signs with
	Recalls bool
	Ahead   time.Duration // the server's clock is that much ahead

	Certificate *client.Leaf // what the server's certificate says; nil: what it should
	Private     bool         // ... and an authority that nobody knows issued it
	AlsoNamed   string       // a second name that leads to the server, and that its certificate covers

	Request func(*http.Request)         // what a proxy in front of the server does to every request
	Change  func(*Change)               // alters the handler's answer before it is written
	Reply   func(*Server, *Reply)       // replaces the handler's answer
	History func([]Draft, Cast) []Draft // alters what happened in the room
}

// A Change is what a fault is given to alter an answer.
type Change struct {
	Body   any // as the handler made it: *TemplateAnswer, *JoinAnswer, Fields
	Room   *Room
	Server *Server // the server that answers
}

// faults returns the faults that happen to a request to one endpoint of one server, in the order of the table.
func (f *Federation) faults(server string, at client.Endpoint) []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Fault
	for i, fault := range f.Scenario.Faults {
		if fault.Server != "" && fault.Server != server || fault.Endpoint != at {
			continue
		}
		if f.happened[i]++; fault.Times == 0 || f.happened[i] <= fault.Times {
			out = append(out, fault)
		}
	}
	return out
}

// certificate returns what the certificate of server says: hosts, since a port is no part of one.
func (s Scenario) certificate(server string) client.Leaf {
	leaf := s.leaf(server)
	leaf.Names = hosts(leaf.Names)
	return leaf
}

func (s Scenario) leaf(server string) client.Leaf {
	for _, f := range s.Faults {
		switch {
		case f.Server != "" && f.Server != server:
		case f.Certificate != nil:
			return *f.Certificate
		case f.AlsoNamed != "":
			return client.Leaf{Names: []string{server, f.AlsoNamed}}
		}
	}
	return client.Leaf{Names: []string{server}}
}

// private reports whether an authority that nobody knows vouches for server.
func (s Scenario) private(server string) bool {
	return slices.ContainsFunc(s.Faults, func(f Fault) bool { return f.Private && (f.Server == "" || f.Server == server) })
}

// ahead is how much the clock of server is ahead.
func (s Scenario) ahead(server string) time.Duration {
	for _, f := range s.Faults {
		if f.Ahead != 0 && (f.Server == "" || f.Server == server) {
			return f.Ahead
		}
	}
	return 0
}

// recalls reports whether server keeps an older key document of the joining server.
func (s Scenario) recalls(server string) bool {
	return slices.ContainsFunc(s.Faults, func(f Fault) bool { return f.Recalls && f.Server == server })
}

// blind reports whether server cannot find the joining server.
func (s Scenario) blind(server string) bool {
	for _, f := range s.Faults {
		if f.Blind && (f.Server == "" || f.Server == server) {
			return true
		}
	}
	return false
}

// Package sandbox is a federation in one process: a directory server and resident servers on loopback, with real HTTP
// over TLS, real keys and a room of signed events, in every room version. What can go wrong in a remote join goes wrong on
// demand; the table of scenarios says how.
//
// Its servers do what the spec asks of a directory server and of a resident server in the remote join handshake, and
// nothing more: there is no client API, no messages are sent, and because all resident servers share one room none of them
// has to tell the others.
package sandbox

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"doorstep/client"
)

// Options are what a federation takes from outside. The zero value will do.
type Options struct {
	Now         func() time.Time // tells the time; nil: the system's clock
	JoiningName string           // the joining server's name; empty: JoiningName
	User        string           // who wants to join, on the joining server; empty: @you
	Rand        io.Reader        // for keys and IDs; nil: the system's. Two federations with the same Now and Rand have equal rooms
}

// A Federation is the servers of one scenario, running. It is safe for concurrent use.
type Federation struct {
	Scenario  Scenario
	Authority *client.Authority // issues every certificate: the joining server's listener needs one too
	Alias     string            // the room alias, on the directory server
	RoomID    string
	UserID    string   // the user of the joining server who joins
	Residents []string // the servers in the room as it was at the start, in order of name
	Room      *Room

	joining  string
	now      func() time.Time
	cast     cast
	random   *random
	servers  map[string]*server
	network  *network // nil: every name leads straight to its server
	closers  []io.Closer
	serving  sync.WaitGroup
	stopping context.CancelFunc
	stop     sync.Once

	mu        sync.Mutex
	addresses map[string]string // by server name
}

// SetJoining says where the joining server's listener is, as IP and port: until then nobody finds it, and requests that
// it has signed are answered with 401.
func (f *Federation) SetJoining(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addresses[f.joining] = addr
}

// address returns where a server really listens; empty when it is nowhere.
func (f *Federation) address(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.addresses[name]
}

// Resolver returns a resolver that knows the federation's servers, the joining one included, and nobody else.
func (f *Federation) Resolver() client.Resolver {
	return resolver{federation: f, unseen: f.Scenario.Asked.Unseen}
}

// A resolver leads server names to loopback addresses. To a blind server it does not show the joining one.
type resolver struct {
	federation *Federation
	blind      bool
	unseen     []string // servers it finds no address for
}

// Resolve returns the pinned address of a server of the federation.
func (r resolver) Resolve(_ context.Context, name string) client.Discovery {
	f := r.federation
	address := f.address(name)
	if r.blind && name == f.joining || slices.Contains(r.unseen, name) {
		address = ""
	}
	d := client.Discovery{Server: name}
	step := client.DiscoveryStep{Rule: "pinned", Action: "look up " + name + " in the sandbox",
		Lookup: client.Lookup{Kind: client.LookupPin, Name: name, End: client.EndNoName}}
	parsed, err := client.ParseServerName(name)
	switch {
	case err != nil:
		step.Result = err.Error()
	case address == "":
		step.Result = "no such server in the sandbox"
	default:
		step.Result, step.Used, step.End, step.Addresses = address, true, client.EndFound, []string{address}
		to := client.Destination{Server: name, Address: address, Host: name, SNI: parsed.Host, VerifyName: parsed.Host}
		if parsed.IsIP() {
			to.SNI = ""
		}
		d.Destinations = []client.Destination{to}
	}
	d.Steps = []client.DiscoveryStep{step}
	if d.Destinations == nil {
		d.Failure = &client.Failure{Kind: client.FailedResolve, Part: client.PartResolve, Message: step.Result}
	}
	return d
}

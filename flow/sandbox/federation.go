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
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
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

// Start runs the scenario's servers. They stop when ctx ends, or Stop is called. It errs when the scenario's room cannot be
// made, or loopback cannot be listened on.
func Start(ctx context.Context, s Scenario, o Options) (*Federation, error) {
	version, ok := event.Lookup(s.RoomVersion)
	if !ok {
		return nil, fmt.Errorf("scenario %q: room version %q is not one we implement", s.Name, s.RoomVersion)
	}
	f := &Federation{Scenario: s, joining: o.JoiningName, now: o.Now, servers: map[string]*server{}, addresses: map[string]string{}}
	if f.joining == "" {
		f.joining = JoiningName
	}
	if f.now == nil {
		f.now = time.Now
	}
	random := newRandom(o.Rand)
	f.random = random
	f.cast = s.cast(f.joining)
	if o.User != "" {
		f.cast.you = o.User
	}
	f.UserID, f.Alias = f.cast.you, "#room:"+s.Layout.Directory
	keys := map[string]*keyring{}
	for _, name := range s.Layout.names() {
		keys[name] = newKeyring(random)
	}
	history := s.history(version, f.cast, f.Alias)
	if slices.ContainsFunc(history, func(d draft) bool { return client.Domain(d.sender) == f.joining }) {
		keys[f.joining] = newKeyring(random) // from before it was rebuilt
	}
	var err error
	f.Room, err = newRoom(version, history, composer{keys, random, f.now()})
	if err == nil {
		err = random.err
	}
	if err == nil {
		f.Authority, err = client.NewAuthority(f.now())
	}
	if err != nil {
		return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	f.RoomID, f.Residents = f.Room.ID(), f.Room.Servers()
	base, cancel := context.WithCancel(ctx)
	f.stopping = cancel
	for _, name := range s.Layout.names() {
		if err = f.serve(base, name, keys[name]); err != nil {
			break
		}
	}
	for _, name := range s.Layout.Down {
		if err == nil {
			f.addresses[name], err = f.nothing()
		}
	}
	if err == nil && s.Network != nil {
		err = f.open(*s.Network)
	}
	if err != nil {
		f.Stop()
		return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	context.AfterFunc(base, func() { client.Go(f.Stop) })
	return f, nil
}

// names returns the servers that run, each once.
func (l Layout) names() []string {
	var out []string
	for _, name := range append([]string{l.Directory, l.Founder, l.Second}, l.Outsiders...) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// serve starts the server of that name, unless the layout has it down.
func (f *Federation) serve(ctx context.Context, name string, keys *keyring) error {
	if slices.Contains(f.Scenario.Layout.Down, name) {
		return nil
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for %s: %w", name, err)
	}
	s, err := newServer(ctx, f, name, keys)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	f.servers[name] = s
	f.addresses[name] = listener.Addr().String()
	for _, fault := range f.Scenario.Faults {
		if fault.AlsoNamed != "" && fault.Server == name {
			f.addresses[fault.AlsoNamed] = listener.Addr().String()
		}
	}
	f.serving.Add(1)
	client.Go(func() {
		defer f.serving.Done()
		s.serve(listener)
	})
	return nil
}

// nothing returns an address where nothing listens. One end of a connection of our own holds the port, so that nobody else
// comes to listen there.
func (f *Federation) nothing() (addr string, err error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a dead end: %w", err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		return "", fmt.Errorf("find a dead end: %w", err)
	}
	f.closers = append(f.closers, near)
	far, err := listener.Accept()
	if err != nil {
		return "", fmt.Errorf("find a dead end: %w", err)
	}
	f.closers = append(f.closers, far)
	return near.LocalAddr().String(), nil
}

// Stop ends every server and waits until none of them does anything any more. Answers still under way are cut off.
func (f *Federation) Stop() {
	f.stop.Do(func() {
		f.stopping()
		for _, s := range f.servers {
			s.stop()
		}
		for _, c := range f.closers {
			c.Close() // nothing was written to it
		}
	})
	f.serving.Wait()
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

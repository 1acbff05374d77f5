package engine

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow/answer"
)

// Options are what a federation takes from outside. The zero value will do.
type Options struct {
	Now         func() time.Time // tells the time; nil: the system's clock
	JoiningName string           // the joining server's name; empty: JoiningName
	User        string           // who wants to join, on the joining server; empty: @you
	// for keys and IDs; nil: the system's. Two federations with the same Now and Rand have equal rooms
	Rand io.Reader
	// asked before an answer of the handshake is given, on every server; nil: they are given at once, as they are
	Gate answer.Gate
	// how the federation stands before a joining server that is not of this program; nil: it waits for Join
	Hosting *Hosting
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

	gate     answer.Gate // nil: there is none
	joining  string
	hosting  *Hosting // nil: everybody is of this program
	naming   Naming   // what the parts are called where others find them
	anybody  bool     // hosted: whoever comes is the user who wants to join
	Now      func() time.Time
	Cast     Cast
	random   *Random
	identity identityServer
	callers  callers
	Servers  map[string]*Server
	Network  *network // nil: every name leads straight to its server
	closers  []io.Closer
	serving  sync.WaitGroup
	stopping context.CancelFunc
	stop     sync.Once

	meeting   sync.Mutex // held by meet
	mu        sync.Mutex
	addresses map[string]string // by server name
	happened  map[int]int       // how often a fault could, by its place in the table
	met       map[string]bool   // users and servers that the room has been told of: see meet
}

// A network is a Network in operation.
type network struct {
	federation *Federation
	strict     bool
	ahead      time.Duration
	roots      *x509.CertPool
	names      *nameServer
	Places     map[string]Place
	Sites      map[string]string // where the web servers really listen, by IP and port
	Refusing   string            // where really nothing listens

	mu    sync.Mutex
	taken map[string]int // connections to servers, by IP and port
}

// SetJoining says where the joining server's listener is, as IP and port: until then nobody finds it, and requests that
// it has signed are answered with 401.
func (f *Federation) SetJoining(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addresses[f.joining] = addr
}

// Address returns where a server really listens; empty when it is nowhere.
func (f *Federation) Address(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.addresses[name]
}

// wants reports whether a user is the one whom the scenario is about.
func (f *Federation) wants(user string) bool { return f.anybody || user == f.UserID }

// Resolver returns a resolver that knows the federation's servers, the joining one included, and nobody else.
func (f *Federation) Resolver() client.Resolver {
	return NameResolver{Federation: f, unseen: f.Scenario.Asked.Unseen}
}

// A NameResolver leads server names to loopback addresses. To a blind server it does not show the joining one.
type NameResolver struct {
	Federation *Federation
	blind      bool
	unseen     []string // servers it finds no address for
}

// Resolve returns the pinned address of a server of the federation.
func (r NameResolver) Resolve(_ context.Context, name string) client.Discovery {
	f := r.Federation
	address := f.Address(name)
	if r.blind && name == f.joining || slices.Contains(r.unseen, name) {
		address = ""
	}
	d := client.Discovery{Server: name}
	step := client.DiscoveryStep{Rule: client.RulePinned,
		Lookup: client.Lookup{Kind: client.LookupSandbox, Name: name, End: client.EndNoName}}
	parsed, err := client.ParseServerName(name)
	switch {
	case err != nil:
		step.End, step.Trouble = client.EndInvalid, err.Error()
	case address == "":
	default:
		step.Used, step.End, step.Addresses = true, client.EndFound, []string{address}
		to := client.Destination{Server: name, Address: address, Host: name, SNI: parsed.Host, VerifyName: parsed.Host}
		if parsed.IsIP() {
			to.SNI = ""
		}
		d.Destinations = []client.Destination{to}
	}
	d.Steps = []client.DiscoveryStep{step}
	client.Describe(d.Steps)
	if d.Destinations == nil {
		d.Failure = &client.Failure{Kind: client.FailedResolve, Part: client.PartResolve, Message: d.Steps[0].Result}
	}
	return d
}

// closeAll closes what was opened for the federation.
func (f *Federation) closeAll() {
	for _, c := range f.closers {
		c.Close() // nothing was written to it
	}
}

// nothingAt returns an address at an IP where nothing listens. One end of a connection of our own holds the port, so
// that nobody else comes to listen there.
func (f *Federation) nothingAt(ip netip.Addr) (at netip.AddrPort, err error) {
	fail := func(err error) (netip.AddrPort, error) {
		return netip.AddrPort{}, fmt.Errorf("find a dead end: %w", err)
	}
	listener, err := net.Listen("tcp", netip.AddrPortFrom(ip, 0).String())
	if err != nil {
		return fail(err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return fail(err)
	}
	f.closers = append(f.closers, near)
	far, err := listener.Accept()
	if err != nil {
		return fail(err)
	}
	f.closers = append(f.closers, far)
	return netip.ParseAddrPort(near.LocalAddr().String())
}

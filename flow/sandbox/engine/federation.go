package engine

import (
	"context"
	"io"
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
	// for keys and IDs; nil: the system's. Two federations with the same Now and Rand have equal rooms
	Rand io.Reader
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
	Now      func() time.Time
	Cast     Cast
	random   *Random
	identity identityServer
	Servers  map[string]*Server
	Network  *network // nil: every name leads straight to its server
	closers  []io.Closer
	serving  sync.WaitGroup
	stopping context.CancelFunc
	stop     sync.Once

	mu        sync.Mutex
	addresses map[string]string // by server name
	happened  map[int]int       // how often a fault could, by its place in the table
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

// identityName is the name that the identity server signs with. It has no address here: whoever has its key has signed.
const identityName = "identity.example"

// stepRevoked is the step of a history by which an invite to an address is taken back.
const stepRevoked = "the invite to an address is revoked"

// An identityServer knows whose an address is. It is no server of the federation: it tells the joining server, and is
// asked nothing.
type identityServer struct {
	key   event.SigningKey // which the room has
	other event.SigningKey // ... and one that it does not have
	token string           // of the invite to the address
}

// offers are the events by which somebody invites an address: the first holds the key that has to sign whose the
// address is, a second without it takes the invite back. Spec: client-server, m.room.third_party_invite.
func (i identityServer) offers(inviter string, a Address) []Draft {
	key := event.EncodeBase64(i.key.Public())
	valid := "https://" + identityName + "/_matrix/identity/v2/pubkey/isvalid"
	h := []Draft{{Step: "an address is invited", Kind: "m.room.third_party_invite", Sender: inviter, StateKey: i.token,
		Content: Fields{"display_name": "y...@m...", "public_key": key, "key_validity_url": valid,
			"public_keys": []Fields{{"public_key": key, "key_validity_url": valid}}}}}
	if a == Revoked {
		h = append(h, Draft{Step: stepRevoked, Kind: "m.room.third_party_invite", Sender: inviter, StateKey: i.token,
			Content: Fields{}})
	}
	return h
}

// signed says, signed, that the address of the invite is a user's.
// Spec: identity service, Invitation storage.
func (i identityServer) signed(inviter, user string, a Address) ([]byte, error) {
	raw, err := Encode(Fields{"mxid": user, "sender": inviter, "token": i.token})
	if err != nil {
		return nil, err
	}
	key := i.key
	if a == Forged {
		key = i.other
	}
	return event.SignJSON(raw, identityName, key)
}

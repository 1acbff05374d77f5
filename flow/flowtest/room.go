package flowtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// Epoch is when the rooms of these tests begin, in ms.
const Epoch = 1_700_000_000_000

// A Room is a room made for a test: its events are honest and signed with real keys.
type Room struct {
	T       testing.TB
	Version *event.Version
	ID      string
	Events  map[string]*event.Event // by the name the test gave
	Order   []string
	State   auth.StateMap
	last    *event.Event

	Documents map[string][]byte // key documents by server; to be changed by a test that needs others
}

// KeyOf is the signing key of a server: the same in every test.
func KeyOf(server string) event.SigningKey { return KeyNamed(server, "ed25519:1") }

// KeyNamed is the signing key of a server that has that ID.
func KeyNamed(server, id string) event.SigningKey {
	seed := sha256.Sum256([]byte(server + " " + id))
	return event.SigningKey{ID: id, Private: ed25519.NewKeyFromSeed(seed[:])}
}

// FetchedAt is when the keys were fetched and the answer was verified.
func FetchedAt() time.Time { return time.UnixMilli(Epoch).Add(24 * time.Hour).UTC() }

// KeyDocument is the key document of a server: its key, and the old one where it has one.
func KeyDocument(t testing.TB, server string, others ...event.SigningKey) []byte {
	t.Helper()
	doc, err := client.KeyDocument(client.Identity{ServerName: server, Key: KeyOf(server), Others: others}, FetchedAt(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Retired is the key document of a server whose key old expired at ts.
func Retired(t testing.TB, server string, old event.SigningKey, ts int64) []byte {
	t.Helper()
	doc, err := event.Edit(KeyDocument(t, server), []event.Member{{Key: "old_verify_keys", Value: fmt.Appendf(nil,
		`{%q:{"key":%q,"expired_ts":%d}}`, old.ID, event.EncodeBase64(old.Public()), ts)}}, "signatures")
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = event.SignJSON(doc, server, KeyOf(server)); err != nil {
		t.Fatal(err)
	}
	return doc
}

// A Change alters how an event is made.
type Change struct {
	Content  string                                   // in place of its own
	Set      func(fields map[string]any)              // before it is hashed
	Key      *event.SigningKey                        // signs in place of the server's own
	Unsigned bool                                     // it is not signed
	After    func(*event.Event) (*event.Event, error) // after it was signed
	Aside    bool                                     // it does not become state
	Auth     map[auth.Tuple]string                    // names in place of what is selected; "": none
}

// NewRoom makes a room with nothing in it.
func NewRoom(t testing.TB, version string) *Room {
	t.Helper()
	v, ok := event.Lookup(version)
	if !ok {
		t.Fatalf("no room version %s", version)
	}
	r := &Room{T: t, Version: v, Events: map[string]*event.Event{}, State: auth.StateMap{}, Documents: map[string][]byte{}}
	if !v.RoomIDIsCreate {
		r.ID = "!room:a.example"
	}
	return r
}

// Add makes a state event on top of the room and takes it in.
func (r *Room) Add(name, kind, sender, stateKey, content string, b Change) *event.Event {
	r.T.Helper()
	if b.Content != "" {
		content = b.Content
	}
	fields := map[string]any{"type": kind, "sender": sender, "state_key": stateKey, "content": json.RawMessage(content),
		"origin_server_ts": Epoch + int64(len(r.Order)+1)*1000, "depth": len(r.Order) + 1, "room_id": r.ID}
	server := client.Domain(sender)
	if kind == "m.room.create" && r.Version.RoomIDIsCreate {
		delete(fields, "room_id")
	}
	if r.Version.IDs == event.IDChosen {
		fields["event_id"] = "$" + strings.ReplaceAll(name, " ", "_") + ":" + server
	}
	if r.Version.CreatorField {
		fields["origin"] = server
	}
	fields["auth_events"], fields["prev_events"] = []any{}, []any{}
	proto, err := event.Parse(r.Version, mustJSON(r.T, fields))
	if err != nil {
		r.T.Fatal(err)
	}
	var named []*event.Event
	for _, t := range auth.Select(proto) {
		chosen := r.State[t]
		if other, ok := b.Auth[t]; ok {
			chosen = r.Events[other]
		}
		if chosen != nil {
			named = append(named, chosen)
		}
	}
	for t, other := range b.Auth {
		if !slices.Contains(auth.Select(proto), t) {
			named = append(named, r.Events[other])
		}
	}
	fields["auth_events"] = r.references(named)
	if r.last != nil && kind != "m.room.create" {
		fields["prev_events"] = r.references([]*event.Event{r.last})
	}
	if b.Set != nil {
		b.Set(fields)
	}
	e := r.make(fields, server, b)
	r.Events[name] = e
	r.Order = append(r.Order, name)
	if kind == "m.room.create" && r.ID == "" {
		r.ID = e.RoomID()
	}
	r.last = e
	if !b.Aside {
		k, _ := e.StateKey()
		r.State[auth.Tuple{Type: e.Type(), StateKey: k}] = e
	}
	return e
}

func (r *Room) references(events []*event.Event) []any {
	refs := []any{}
	for _, e := range events {
		if r.Version.HashPairs {
			sum := e.ReferenceHash()
			refs = append(refs, []any{e.ID(), map[string]string{"sha256": event.EncodeBase64(sum[:])}})
		} else {
			refs = append(refs, e.ID())
		}
	}
	return refs
}

func (r *Room) make(fields map[string]any, server string, b Change) *event.Event {
	r.T.Helper()
	e, err := event.Hash(r.Version, mustJSON(r.T, fields))
	if err != nil {
		r.T.Fatal(err)
	}
	if b.Unsigned {
		raw, err := event.Edit(e.Raw(), []event.Member{{Key: "signatures", Value: []byte("{}")}})
		if err != nil {
			r.T.Fatal(err)
		}
		e, err = event.Parse(r.Version, raw)
		if err != nil {
			r.T.Fatal(err)
		}
	} else {
		k := KeyOf(server)
		if b.Key != nil {
			k = *b.Key
		}
		if e, err = e.Sign(server, k); err != nil {
			r.T.Fatal(err)
		}
		if r.Documents[server] == nil {
			r.Documents[server] = KeyDocument(r.T, server)
		}
	}
	if b.After != nil {
		if e, err = b.After(e); err != nil {
			r.T.Fatal(err)
		}
	}
	return e
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// CreateContent is the content of the events of the worked example.
func (r *Room) CreateContent() string {
	if r.Version.CreatorField {
		return `{"creator":"@alice:a.example","room_version":"` + r.Version.ID + `"}`
	}
	return `{"room_version":"` + r.Version.ID + `"}`
}

func (r *Room) Levels(bob int) string {
	users := `"@alice:a.example":100,`
	if r.Version.RoomIDIsCreate {
		users = ""
	}
	return `{"users":{` + users + `"@bob:b.example":` + strconv.Itoa(bob) + `},"invite":0}`
}

// Worked makes the worked example: alice creates the room, bob joins, gets power, sets the name and leaves. state and
// auth_chain then differ both ways. changes alter single events, by name.
func Worked(t testing.TB, version string, changes map[string]Change) *Room {
	t.Helper()
	r := NewRoom(t, version)
	r.Add("C", "m.room.create", "@alice:a.example", "", r.CreateContent(), changes["C"])
	r.Add("M1", "m.room.member", "@alice:a.example", "@alice:a.example", `{"membership":"join"}`, changes["M1"])
	r.Add("P1", "m.room.power_levels", "@alice:a.example", "", r.Levels(0), changes["P1"])
	r.Add("J1", "m.room.join_rules", "@alice:a.example", "", `{"join_rule":"public"}`, changes["J1"])
	r.Add("M2", "m.room.member", "@bob:b.example", "@bob:b.example", `{"membership":"join"}`, changes["M2"])
	r.Add("P2", "m.room.power_levels", "@alice:a.example", "", r.Levels(50), changes["P2"])
	r.Add("N", "m.room.name", "@bob:b.example", "", `{"name":"Worked"}`, changes["N"])
	r.Add("M2b", "m.room.member", "@bob:b.example", "@bob:b.example", `{"membership":"leave"}`, changes["M2b"])
	r.Add("join", "m.room.member", "@you:you.example", "@you:you.example", `{"membership":"join"}`,
		ofJoin(changes["join"]))
	r.Documents["you.example"] = KeyDocument(t, "you.example")
	return r
}

func ofJoin(b Change) Change { b.Aside = true; return b }

// WorkedState and WorkedChain name what Worked puts into the two lists.
var WorkedState, WorkedChain = []string{"C", "M1", "P2", "J1", "N", "M2b"}, []string{"C", "M1", "P1", "J1", "M2", "P2"}

// An Answer is what goes into the reply of a test.
type Answer struct {
	State, Chain []string // names of events
	Extra        []string // further members of the object, as JSON: `"members_omitted":true`
	StateRaw     []string // further elements of state
	ChainRaw     []string
	List         bool // the form of v1
}

func (r *Room) Body(a Answer) []byte {
	list := func(names, raw []string) string {
		var all []string
		for _, n := range names {
			all = append(all, string(r.Events[n].Raw()))
		}
		return "[" + strings.Join(append(all, raw...), ",") + "]"
	}
	members := append([]string{`"state":` + list(a.State, a.StateRaw), `"auth_chain":` + list(a.Chain, a.ChainRaw)},
		a.Extra...)
	body := "{" + strings.Join(members, ",") + "}"
	if a.List {
		body = "[200," + body + "]"
	}
	return []byte(body)
}

// After returns the state of a handshake in which body came back, the join was sent to the v2 endpoint, and the keys of
// r.documents were fetched.
func (r *Room) After(body []byte) flow.State {
	r.T.Helper()
	join := r.Events["join"]
	s := flow.State{
		Header: flow.Header{Created: FetchedAt(), Joining: "you.example", User: "@you:you.example", KeyID: "ed25519:1",
			VerifyKey: event.EncodeBase64(KeyOf("you.example").Public())},
		RoomID:   r.ID,
		Template: &verify.Template{Server: "a.example", Said: r.Version.ID, RoomVersion: r.Version},
	}
	if join != nil {
		s.Build = &flow.Build{EventID: join.ID(), Event: join.Raw(), RoomVersion: r.Version.ID}
		request := client.SendJoinRequest(true, r.ID, join.ID(), join.Raw(), nil)
		s.Sent = &flow.Entry{Request: &request}
	}
	s.Reply = verify.ReadReply(9, "a.example", body)
	s.Keys = verify.NewKeyRing()
	s.Keys.AddOwn(s.Header.Joining, s.Header.KeyID, s.Header.VerifyKey, s.Header.Created)
	seq := 10
	servers := []string{}
	for server := range r.Documents {
		servers = append(servers, server)
	}
	slices.Sort(servers)
	for _, server := range servers {
		if server != "you.example" {
			s.Keys.Learn(verify.ReadKeys(verify.Fetched{Seq: seq, Server: server, At: s.Header.Created,
				Response: &client.Response{Status: 200, Body: r.Documents[server]}}))
			seq += 2
		}
	}
	return s
}

// WorkedAnswer is the honest answer of the worked example.
func WorkedAnswer() Answer { return Answer{State: WorkedState, Chain: WorkedChain} }

// Verified verifies the answer a of r.
func (r *Room) Verified(a Answer) *verify.Verification {
	r.T.Helper()
	return r.After(r.Body(a)).Verify()
}

// NotPassed lists the checks of v that did not pass as "outcome id subject", the subject by the name of its event.
func (r *Room) NotPassed(v *verify.Verification) []string {
	names := map[string]string{}
	for _, name := range r.Order {
		if id := r.Events[name].ID(); names[id] == "" {
			names[id] = name
		}
	}
	var out []string
	for _, c := range v.Checks {
		if c.Outcome != verify.Pass {
			subject := c.Subject
			if n, ok := names[subject]; ok {
				subject = n
			}
			out = append(out, fmt.Sprintf("%s %s %s", c.Outcome, c.Kind, subject))
		}
	}
	return out
}

// KeyFile is every key document of a room, as a notary answers.
func (r *Room) KeyFile() []byte {
	var docs [][]byte
	for _, d := range r.Documents {
		docs = append(docs, d)
	}
	return append(append([]byte(`{"server_keys":[`), bytes.Join(docs, []byte(","))...), "]}"...)
}

// RawFindings verifies an answer without its handshake and returns what it shows.
func (r *Room) RawFindings(a Answer) []diagnose.Finding {
	r.T.Helper()
	s, err := flow.VerifyRaw(flow.RawReply{RoomVersion: r.Version.ID, Answer: r.Body(a), Keys: r.KeyFile(),
		Join: r.Events["join"].Raw(), Now: FetchedAt()})
	if err != nil {
		r.T.Fatal(err)
	}
	return diagnose.RawFindings(s)
}

// Without returns names but for one of them.
func Without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

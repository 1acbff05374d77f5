package flow

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
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// epoch is when the rooms of these tests begin, in ms.
const epoch = 1_700_000_000_000

// A testRoom is a room made for a test: its events are honest and signed with real keys.
type testRoom struct {
	t       testing.TB
	version *event.Version
	id      string
	events  map[string]*event.Event // by the name the test gave
	order   []string
	state   auth.StateMap
	last    *event.Event

	documents map[string][]byte // key documents by server; to be changed by a test that needs others
}

// keyOf is the signing key of a server: the same in every test.
func keyOf(server string) event.SigningKey { return keyNamed(server, "ed25519:1") }

func keyNamed(server, id string) event.SigningKey {
	seed := sha256.Sum256([]byte(server + " " + id))
	return event.SigningKey{ID: id, Private: ed25519.NewKeyFromSeed(seed[:])}
}

// fetchedAt is when the keys were fetched and the answer was verified.
func fetchedAt() time.Time { return time.UnixMilli(epoch).Add(24 * time.Hour).UTC() }

func keyDocument(t testing.TB, server string, others ...event.SigningKey) []byte {
	t.Helper()
	doc, err := client.KeyDocument(client.Identity{ServerName: server, Key: keyOf(server), Others: others}, fetchedAt(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// retired is the key document of a server whose key old expired at ts.
func retired(t testing.TB, server string, old event.SigningKey, ts int64) []byte {
	t.Helper()
	doc, err := event.Edit(keyDocument(t, server), []event.Member{{Key: "old_verify_keys", Value: fmt.Appendf(nil,
		`{%q:{"key":%q,"expired_ts":%d}}`, old.ID, event.EncodeBase64(old.Public()), ts)}}, "signatures")
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = event.SignJSON(doc, server, keyOf(server)); err != nil {
		t.Fatal(err)
	}
	return doc
}

// A bend changes how an event is made.
type bend struct {
	content  string                                   // in place of its own
	set      func(fields map[string]any)              // before it is hashed
	key      *event.SigningKey                        // signs in place of the server's own
	unsigned bool                                     // it is not signed
	after    func(*event.Event) (*event.Event, error) // after it was signed
	aside    bool                                     // it does not become state
	auth     map[auth.Tuple]string                    // names in place of what is selected; "": none
}

// newRoom makes a room with nothing in it.
func newRoom(t testing.TB, version string) *testRoom {
	t.Helper()
	v, ok := event.Lookup(version)
	if !ok {
		t.Fatalf("no room version %s", version)
	}
	r := &testRoom{t: t, version: v, events: map[string]*event.Event{}, state: auth.StateMap{}, documents: map[string][]byte{}}
	if !v.RoomIDIsCreate {
		r.id = "!room:a.example"
	}
	return r
}

// add makes a state event on top of the room and takes it in.
func (r *testRoom) add(name, kind, sender, stateKey, content string, b bend) *event.Event {
	r.t.Helper()
	if b.content != "" {
		content = b.content
	}
	fields := map[string]any{"type": kind, "sender": sender, "state_key": stateKey, "content": json.RawMessage(content),
		"origin_server_ts": epoch + int64(len(r.order)+1)*1000, "depth": len(r.order) + 1, "room_id": r.id}
	server := client.Domain(sender)
	if kind == "m.room.create" && r.version.RoomIDIsCreate {
		delete(fields, "room_id")
	}
	if r.version.IDs == event.IDChosen {
		fields["event_id"] = "$" + strings.ReplaceAll(name, " ", "_") + ":" + server
	}
	if r.version.CreatorField {
		fields["origin"] = server
	}
	fields["auth_events"], fields["prev_events"] = []any{}, []any{}
	proto, err := event.Parse(r.version, mustJSON(r.t, fields))
	if err != nil {
		r.t.Fatal(err)
	}
	var named []*event.Event
	for _, t := range auth.Select(proto) {
		chosen := r.state[t]
		if other, ok := b.auth[t]; ok {
			chosen = r.events[other]
		}
		if chosen != nil {
			named = append(named, chosen)
		}
	}
	for t, other := range b.auth {
		if !slices.Contains(auth.Select(proto), t) {
			named = append(named, r.events[other])
		}
	}
	fields["auth_events"] = r.references(named)
	if r.last != nil && kind != "m.room.create" {
		fields["prev_events"] = r.references([]*event.Event{r.last})
	}
	if b.set != nil {
		b.set(fields)
	}
	e := r.make(fields, server, b)
	r.events[name] = e
	r.order = append(r.order, name)
	if kind == "m.room.create" && r.id == "" {
		r.id = e.RoomID()
	}
	r.last = e
	if !b.aside {
		k, _ := e.StateKey()
		r.state[auth.Tuple{Type: e.Type(), StateKey: k}] = e
	}
	return e
}

func (r *testRoom) references(events []*event.Event) []any {
	refs := []any{}
	for _, e := range events {
		if r.version.HashPairs {
			sum := e.ReferenceHash()
			refs = append(refs, []any{e.ID(), map[string]string{"sha256": event.EncodeBase64(sum[:])}})
		} else {
			refs = append(refs, e.ID())
		}
	}
	return refs
}

func (r *testRoom) make(fields map[string]any, server string, b bend) *event.Event {
	r.t.Helper()
	e, err := event.Hash(r.version, mustJSON(r.t, fields))
	if err != nil {
		r.t.Fatal(err)
	}
	if b.unsigned {
		raw, err := event.Edit(e.Raw(), []event.Member{{Key: "signatures", Value: []byte("{}")}})
		if err != nil {
			r.t.Fatal(err)
		}
		e, err = event.Parse(r.version, raw)
		if err != nil {
			r.t.Fatal(err)
		}
	} else {
		k := keyOf(server)
		if b.key != nil {
			k = *b.key
		}
		if e, err = e.Sign(server, k); err != nil {
			r.t.Fatal(err)
		}
		if r.documents[server] == nil {
			r.documents[server] = keyDocument(r.t, server)
		}
	}
	if b.after != nil {
		if e, err = b.after(e); err != nil {
			r.t.Fatal(err)
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

// content of the events of the worked example.
func (r *testRoom) createContent() string {
	if r.version.CreatorField {
		return `{"creator":"@alice:a.example","room_version":"` + r.version.ID + `"}`
	}
	return `{"room_version":"` + r.version.ID + `"}`
}

func (r *testRoom) levels(bob int) string {
	users := `"@alice:a.example":100,`
	if r.version.RoomIDIsCreate {
		users = ""
	}
	return `{"users":{` + users + `"@bob:b.example":` + strconv.Itoa(bob) + `},"invite":0}`
}

// worked makes the worked example: alice creates the room, bob joins, gets power, sets the name and leaves. state and
// auth_chain then differ both ways. bends change single events, by name.
func worked(t testing.TB, version string, bends map[string]bend) *testRoom {
	t.Helper()
	r := newRoom(t, version)
	r.add("C", "m.room.create", "@alice:a.example", "", r.createContent(), bends["C"])
	r.add("M1", "m.room.member", "@alice:a.example", "@alice:a.example", `{"membership":"join"}`, bends["M1"])
	r.add("P1", "m.room.power_levels", "@alice:a.example", "", r.levels(0), bends["P1"])
	r.add("J1", "m.room.join_rules", "@alice:a.example", "", `{"join_rule":"public"}`, bends["J1"])
	r.add("M2", "m.room.member", "@bob:b.example", "@bob:b.example", `{"membership":"join"}`, bends["M2"])
	r.add("P2", "m.room.power_levels", "@alice:a.example", "", r.levels(50), bends["P2"])
	r.add("N", "m.room.name", "@bob:b.example", "", `{"name":"Worked"}`, bends["N"])
	r.add("M2b", "m.room.member", "@bob:b.example", "@bob:b.example", `{"membership":"leave"}`, bends["M2b"])
	r.add("join", "m.room.member", "@you:you.example", "@you:you.example", `{"membership":"join"}`, joinBend(bends["join"]))
	r.documents["you.example"] = keyDocument(t, "you.example")
	return r
}

func joinBend(b bend) bend { b.aside = true; return b }

var workedState, workedChain = []string{"C", "M1", "P2", "J1", "N", "M2b"}, []string{"C", "M1", "P1", "J1", "M2", "P2"}

// An answer is what goes into the reply of a test.
type answer struct {
	state, chain []string // names of events
	extra        []string // further members of the object, as JSON: `"members_omitted":true`
	stateRaw     []string // further elements of state
	chainRaw     []string
	list         bool // the form of v1
}

func (r *testRoom) body(a answer) []byte {
	list := func(names, raw []string) string {
		var all []string
		for _, n := range names {
			all = append(all, string(r.events[n].Raw()))
		}
		return "[" + strings.Join(append(all, raw...), ",") + "]"
	}
	members := append([]string{`"state":` + list(a.state, a.stateRaw), `"auth_chain":` + list(a.chain, a.chainRaw)}, a.extra...)
	body := "{" + strings.Join(members, ",") + "}"
	if a.list {
		body = "[200," + body + "]"
	}
	return []byte(body)
}

// after returns the state of a handshake in which body came back, the join was sent to the v2 endpoint, and the keys of
// r.documents were fetched.
func (r *testRoom) after(body []byte) State {
	r.t.Helper()
	join := r.events["join"]
	s := State{
		Header:   Header{Created: fetchedAt(), Joining: "you.example", User: "@you:you.example", KeyID: "ed25519:1", VerifyKey: event.EncodeBase64(keyOf("you.example").Public())},
		RoomID:   r.id,
		Template: &Template{Server: "a.example", Said: r.version.ID, RoomVersion: r.version},
	}
	if join != nil {
		s.Build = &Build{EventID: join.ID(), Event: join.Raw(), RoomVersion: r.version.ID}
		request := client.SendJoinRequest(true, r.id, join.ID(), join.Raw(), nil)
		s.Sent = &Entry{Request: &request}
	}
	s.Reply = ReadReply(9, "a.example", body)
	s.Keys = NewKeyRing()
	s.Keys.AddOwn(s.Header.Joining, s.Header.KeyID, s.Header.VerifyKey, s.Header.Created)
	seq := 10
	servers := []string{}
	for server := range r.documents {
		servers = append(servers, server)
	}
	slices.Sort(servers)
	for _, server := range servers {
		if server != "you.example" {
			s.Keys.Learn(ReadKeys(Fetched{Seq: seq, Server: server, At: s.Header.Created, Response: &client.Response{Status: 200, Body: r.documents[server]}}))
			seq += 2
		}
	}
	return s
}

// workedAnswer is the honest answer of the worked example.
func workedAnswer() answer { return answer{state: workedState, chain: workedChain} }

// verified verifies the answer a of r.
func (r *testRoom) verified(a answer) *Verification {
	r.t.Helper()
	return r.after(r.body(a)).Verify()
}

// notPassed lists the checks of v that did not pass as "outcome id subject", the subject by the name of its event.
func (r *testRoom) notPassed(v *Verification) []string {
	names := map[string]string{}
	for _, name := range r.order {
		if id := r.events[name].ID(); names[id] == "" {
			names[id] = name
		}
	}
	var out []string
	for _, c := range v.Checks {
		if c.Outcome != Pass {
			subject := c.Subject
			if n, ok := names[subject]; ok {
				subject = n
			}
			out = append(out, fmt.Sprintf("%s %s %s", c.Outcome, c.ID, subject))
		}
	}
	return out
}

// keyFile is every key document of a room, as a notary answers.
func (r *testRoom) keyFile() []byte {
	var docs [][]byte
	for _, d := range r.documents {
		docs = append(docs, d)
	}
	return append(append([]byte(`{"server_keys":[`), bytes.Join(docs, []byte(","))...), "]}"...)
}

// rawFindings verifies an answer without its handshake and returns what it shows.
func (r *testRoom) rawFindings(a answer) []Finding {
	r.t.Helper()
	s, err := VerifyRaw(RawReply{RoomVersion: r.version.ID, Answer: r.body(a), Keys: r.keyFile(), Join: r.events["join"].Raw(), Now: fetchedAt()})
	if err != nil {
		r.t.Fatal(err)
	}
	return RawFindings(s)
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

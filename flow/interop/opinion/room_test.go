//go:build goexperiment.jsonv2

package opinion

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

const (
	alice = "@alice:a.example" // creator
	bob   = "@bob:b.example:8448"
	carol = "@carol:c.example"
	dave  = "@dave:a.example"
	eve   = "@eve:b.example:8448"
)

// signer signs events of others when they are asked for their signatures.
const signer = "signer.example"

var signerKey = serverKey(signer)

// serverKey returns the key of a server, the same in every run.
func serverKey(server string) event.SigningKey {
	seed := sha256.Sum256([]byte("interop " + server))
	return event.SigningKey{ID: "ed25519:k1", Private: ed25519.NewKeyFromSeed(seed[:])}
}

// object is the content of an event, or an event, being written. Values are what json.Marshal takes; text in raw JSON
// goes in as json.RawMessage.
type object = map[string]any

// A draft is an event before it is hashed and signed. What the zero values leave open, the room fills in.
type draft struct {
	typ, sender string
	stateKey    *string
	content     any
	authEvents  []string // nil: chosen from the room's state
	prevEvents  []string // nil: the latest event
	// further top-level fields, or others in place of the usual ones; nil values are left out
	fields  map[string]any
	signers []string                // servers besides the sender's
	after   func(raw []byte) []byte // changes the event once it is signed
}

func state(typ, sender, key string, content any) draft {
	return draft{typ: typ, sender: sender, stateKey: &key, content: content}
}

func member(sender, user, membership string) draft {
	return state("m.room.member", sender, user, object{"membership": membership})
}

// A room is grown event by event. Only events that Doorstep allows enter its state.
type room struct {
	t        testing.TB
	version  *event.Version
	id       string
	create   *event.Event
	state    auth.StateMap
	known    map[string]*event.Event
	rejected map[string]bool
	latest   []string
	depth    int
	keys     keys
	clock    int64
	named    int
}

// newRoom makes a room of a version with alice's create event, whose content create overrides.
func newRoom(t testing.TB, v *event.Version, create object) *room {
	t.Helper()
	r := &room{t: t, version: v, id: "!room:a.example", state: auth.StateMap{}, known: map[string]*event.Event{},
		rejected: map[string]bool{}, keys: keys{}, clock: 1_700_000_000_000}
	content := object{"room_version": v.ID}
	if v.CreatorField {
		content["creator"] = alice
	}
	for key, value := range create {
		content[key] = value
	}
	d := state("m.room.create", alice, "", content)
	d.prevEvents = []string{}
	if v.RoomIDIsCreate {
		d.fields = object{"room_id": nil}
	}
	e := r.build(d)
	r.create, r.id = e, e.RoomID()
	r.add(e)
	return r
}

// grown returns a room with what most rooms have: alice its creator, bob and carol members, bob a moderator.
func grown(t testing.TB, v *event.Version, create object, joinRule string) *room {
	t.Helper()
	r := newRoom(t, v, create)
	r.must(member(alice, alice, "join"))
	r.must(state("m.room.power_levels", alice, "", r.levels(object{bob: 50})))
	r.must(state("m.room.join_rules", alice, "", object{"join_rule": "public"}))
	r.must(member(bob, bob, "join"))
	r.must(member(carol, carol, "join"))
	if joinRule != "public" {
		r.must(state("m.room.join_rules", alice, "", object{"join_rule": joinRule}))
	}
	return r
}

// levels returns the content of an m.room.power_levels that gives alice 100, unless creators may not be listed.
func (r *room) levels(users object) object {
	all := object{}
	if !r.version.RoomIDIsCreate {
		all[alice] = 100
	}
	for user, level := range users {
		all[user] = level
	}
	return object{"users": all, "users_default": 0, "events_default": 0, "state_default": 50, "ban": 50, "kick": 50,
		"redact": 50, "invite": 50,
		"events": object{"m.room.name": 50, "m.room.power_levels": 50}, "notifications": object{"room": 50}}
}

// build makes the event of a draft: auth events chosen, hashed, signed by the sender's server.
func (r *room) build(d draft) *event.Event {
	r.t.Helper()
	e, err := r.tryBuild(d)
	if err != nil {
		r.t.Fatalf("version %s, %s: %v", r.version.ID, d.typ, err)
	}
	return e
}

// tryBuild is build for drafts that may not be events at all.
func (r *room) tryBuild(d draft) (*event.Event, error) {
	r.clock++
	fields := object{"type": d.typ, "sender": d.sender, "content": d.content, "room_id": r.id, "depth": r.depth + 1,
		"origin_server_ts": r.clock, "prev_events": r.references(or(d.prevEvents, r.latest)), "auth_events": []string{}}
	if d.stateKey != nil {
		fields["state_key"] = *d.stateKey
	}
	origin := domain(d.sender)
	if r.version.HashPairs {
		r.named++
		fields["event_id"] = fmt.Sprintf("$%d:%s", r.named, origin)
	}
	for key, value := range d.fields {
		if fields[key] = value; value == nil {
			delete(fields, key)
		}
	}
	if _, given := d.fields["auth_events"]; !given {
		chosen := d.authEvents
		if chosen == nil {
			proto, err := event.Parse(r.version, marshal(r.t, fields))
			if err != nil {
				return nil, err
			}
			chosen = auth.SelectFrom(proto, r.state)
		}
		fields["auth_events"] = r.references(chosen)
	}
	e, err := event.Hash(r.version, marshal(r.t, fields))
	if err != nil {
		return nil, err
	}
	for _, server := range append([]string{origin}, d.signers...) {
		if e, err = e.Sign(server, r.key(server)); err != nil {
			return nil, err
		}
	}
	if d.after == nil {
		return e, nil
	}
	return event.Parse(r.version, d.after(e.Raw()))
}

// references spells event IDs as the room version does.
func (r *room) references(ids []string) any {
	if !r.version.HashPairs {
		return nonNil(ids)
	}
	pairs := []any{}
	for _, id := range ids {
		hash := ""
		if e := r.known[id]; e != nil {
			sum := e.ReferenceHash()
			hash = event.EncodeBase64(sum[:])
		}
		pairs = append(pairs, []any{id, object{"sha256": hash}})
	}
	return pairs
}

func (r *room) key(server string) event.SigningKey {
	key := serverKey(server)
	r.keys[server] = map[string]ed25519.PublicKey{key.ID: key.Public()}
	return key
}

// subject is the question what an event of this room is.
func (r *room) subject(name string, e *event.Event) subject {
	return subject{name: name, version: r.version, raw: e.Raw(), event: e, auth: authList(e, r.known), create: r.create,
		rejected: r.rejected, keys: r.keys}
}

// must adds the event of a draft that has to be allowed.
func (r *room) must(d draft) *event.Event {
	r.t.Helper()
	e := r.build(d)
	if v := r.subject(d.typ, e).verdict(); v.Outcome != auth.Allowed {
		r.t.Fatalf("version %s: %s of %s is not allowed: %s %s", r.version.ID, d.typ, d.sender, v.Rule, v.Reason)
	}
	r.add(e)
	return e
}

// add puts an event into the room and its state.
func (r *room) add(e *event.Event) {
	r.know(e)
	if key, ok := e.StateKey(); ok {
		r.state[auth.Tuple{Type: e.Type(), StateKey: key}] = e
	}
	r.latest, r.depth = []string{e.ID()}, r.depth+1
}

// know makes an event available, without it becoming state.
func (r *room) know(e *event.Event) { r.known[e.ID()] = e }

func (r *room) at(typ, key string) *event.Event { return r.state[auth.Tuple{Type: typ, StateKey: key}] }

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return []byte(strings.TrimSuffix(text.String(), "\n"))
}

func domain(user string) string {
	name, _ := event.ServerName(user)
	return name
}

func or(a, b []string) []string {
	if a != nil {
		return a
	}
	return b
}

// readObject returns the content of an event, numbers as they are written.
func readObject(t testing.TB, e *event.Event) object {
	t.Helper()
	raw, _ := e.Field("content")
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var content object
	if err := dec.Decode(&content); err != nil {
		t.Fatal(err)
	}
	return content
}

// at returns the object at a key of content, made when it is not there.
func at(content object, key string) object {
	inner, ok := content[key].(object)
	if !ok {
		inner = object{}
		content[key] = inner
	}
	return inner
}

func rawJSON(text []byte) json.RawMessage { return text }

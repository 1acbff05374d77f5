package auth

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/event"
)

const (
	alice = "@alice:a.example" // made the room, power 100 (version 12: creator)
	bob   = "@bob:b.example"   // joined, power 50
	carol = "@carol:c.example" // joined, power 0
	dave  = "@dave:d.example"  // not in the room
)

// A room is a state to judge events by. It starts with alice, bob and carol joined.
type room struct {
	t       testing.TB
	v       *event.Version
	state   StateMap
	context Context
	list    []*event.Event // in place of the events Select picks from state
	missing []string
	made    int
}

// newRoom starts a room; more are members for the create event's content.
func newRoom(t testing.TB, version string, more ...string) *room {
	v, ok := event.Lookup(version)
	if !ok {
		t.Fatalf("no room version %s", version)
	}
	r := &room{t: t, v: v, state: StateMap{}}
	r.create(strings.Join(more, ","))
	r.member(alice, "join")
	r.power(`"users":{` + r.alicesPower() + `"@bob:b.example":50}`)
	r.joinRule("public")
	r.member(bob, "join")
	r.member(carol, "join")
	r.context.Signed = func(*event.Event, string) (Answer, string) { return Yes, "" }
	return r
}

func (r *room) alicesPower() string {
	if r.v.RoomIDIsCreate {
		return ""
	}
	return `"@alice:a.example":100,`
}

// create puts a create event that has more members in its content.
func (r *room) create(more string) {
	content := fmt.Sprintf(`{"room_version":%q%s}`, r.v.ID, comma(more))
	if r.v.CreatorField {
		content = fmt.Sprintf(`{"creator":%q,"room_version":%q%s}`, alice, r.v.ID, comma(more))
	}
	e := r.parse(r.json(typeCreate, alice, ptr(""), content, `"prev_events":[]`, nil))
	r.state[Tuple{typeCreate, ""}] = e
	if r.v.RoomIDIsCreate {
		r.context.Create = e
	}
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return "," + s
}

func ptr(s string) *string { return &s }

func (r *room) id() string {
	if r.v.RoomIDIsCreate {
		return "!" + strings.TrimPrefix(r.state[Tuple{typeCreate, ""}].ID(), "$")
	}
	return "!room:a.example"
}

// json writes an event. more are top-level members; those it has replace the usual ones.
func (r *room) json(typ, sender string, stateKey *string, content, more string, auth []string) string {
	r.made++
	members := []string{
		fmt.Sprintf(`"type":%q,"sender":%q,"origin_server_ts":%d,"depth":%d`, typ, sender, 1000000+r.made, r.made),
		`"content":` + content,
	}
	if stateKey != nil {
		key, _ := json.Marshal(*stateKey)
		members = append(members, `"state_key":`+string(key))
	}
	if !strings.Contains(more, `"room_id":`) && (typ != typeCreate || !r.v.RoomIDIsCreate) {
		members = append(members, fmt.Sprintf(`"room_id":%q`, r.id()))
	}
	if !strings.Contains(more, `"prev_events":`) {
		members = append(members, `"prev_events":`+r.references([]string{"$prev:a.example"}))
	}
	if !strings.Contains(more, `"auth_events":`) {
		members = append(members, `"auth_events":`+r.references(auth))
	}
	if r.v.IDs == event.IDChosen && !strings.Contains(more, `"event_id":`) {
		server, _ := event.ServerName(sender)
		members = append(members, fmt.Sprintf(`"event_id":"$%d:%s"`, r.made, server))
	}
	if more != "" {
		members = append(members, more)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (r *room) references(ids []string) string {
	var list []string
	for _, id := range ids {
		if r.v.HashPairs {
			list = append(list, fmt.Sprintf(`[%q,{"sha256":"x"}]`, id))
		} else {
			list = append(list, fmt.Sprintf("%q", id))
		}
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (r *room) parse(text string) *event.Event {
	r.t.Helper()
	e, err := event.Parse(r.v, []byte(text))
	if err != nil {
		r.t.Fatalf("parse %s: %v", text, err)
	}
	return e
}

// event makes an event with auth_events selected from the state, and more top-level members.
func (r *room) event(typ, sender string, stateKey *string, content string, more ...string) *event.Event {
	r.t.Helper()
	rest := strings.Join(more, ",")
	bare := r.parse(r.json(typ, sender, stateKey, content, rest, nil))
	r.made--
	return r.parse(r.json(typ, sender, stateKey, content, rest, SelectFrom(bare, r.state)))
}

// put makes a state event and puts it into the state.
func (r *room) put(typ, sender, stateKey, content string, more ...string) *event.Event {
	r.t.Helper()
	e := r.event(typ, sender, &stateKey, content, more...)
	r.state[Tuple{typ, stateKey}] = e
	return e
}

func (r *room) member(user, membership string) *event.Event {
	return r.put(typeMember, user, user, fmt.Sprintf(`{"membership":%q}`, membership))
}

func (r *room) power(content string) *event.Event {
	return r.put(typePowerLevels, alice, "", "{"+content+"}")
}

func (r *room) joinRule(rule string) *event.Event {
	return r.put(typeJoinRules, alice, "", fmt.Sprintf(`{"join_rule":%q}`, rule))
}

func (r *room) without(typ, stateKey string) { delete(r.state, Tuple{typ, stateKey}) }

// membership makes a member event to be judged.
func (r *room) membership(sender, target, membership string, more ...string) *event.Event {
	content := strings.Join(append([]string{fmt.Sprintf(`"membership":%q`, membership)}, more...), ",")
	return r.event(typeMember, sender, &target, "{"+content+"}")
}

func (r *room) message(sender string) *event.Event {
	return r.event("m.room.message", sender, nil, `{"body":"hello"}`)
}

// named lists the events that e's auth_events name, as far as the state has them.
func (r *room) named(e *event.Event) []*event.Event {
	if r.list != nil {
		return r.list
	}
	byID := map[string]*event.Event{}
	for _, s := range r.state {
		byID[s.ID()] = s
	}
	var list []*event.Event
	for _, id := range e.AuthEvents() {
		if found := byID[id]; found != nil {
			list = append(list, found)
		}
	}
	return list
}

// Shorthands for the tables.

func (r *room) at(typ, stateKey string) *event.Event { return r.state[Tuple{typ, stateKey}] }

// content is that of a create event of the room's version, with more members.
func (r *room) content(more string) string {
	return fmt.Sprintf(`{"creator":%q,"room_version":%q%s}`, alice, r.v.ID, comma(more))
}

// newCreate makes another create event to be judged, with more top-level members.
func (r *room) newCreate(content, more string) *event.Event {
	return r.parse(r.json(typeCreate, alice, ptr(""), content, more, nil))
}

// newPower makes a power_levels event to be judged.
func (r *room) newPower(sender, content string) *event.Event {
	return r.event(typePowerLevels, sender, ptr(""), "{"+content+"}")
}

// users is the users object in force.
func (r *room) users() string {
	raw, _ := r.at(typePowerLevels, "").Content("users")
	return `"users":` + string(raw)
}

// chosen lists the auth events a message of sender names.
func (r *room) chosen(sender string) []*event.Event { return r.named(r.message(sender)) }

// naming makes a message whose auth_events are list.
func (r *room) naming(sender string, list ...*event.Event) *event.Event {
	ids := []string{}
	for _, e := range list {
		ids = append(ids, e.ID())
	}
	r.list = list
	return r.event("m.room.message", sender, nil, `{}`, `"auth_events":`+r.references(ids))
}

var inviteKey = event.SigningKey{ID: "ed25519:0",
	Private: ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes......"))}

func (r *room) inviteKey() string { return event.EncodeBase64(inviteKey.Public()) }

// offer puts an m.room.third_party_invite event with the invite key.
func (r *room) offer(sender, token string) *event.Event {
	return r.put(typeThirdPartyInvite, sender, token, `{"public_key":"`+r.inviteKey()+`"}`)
}

// signed is content.third_party_invite for a user, signed with the invite key.
func (r *room) signed(mxid, token string, _ *event.Event) string {
	r.t.Helper()
	obj, err := event.SignJSON([]byte(fmt.Sprintf(`{"mxid":%q,"token":%q}`, mxid, token)), "id.example", inviteKey)
	if err != nil {
		r.t.Fatal(err)
	}
	return `{"display_name":"d","signed":` + string(obj) + `}`
}

// thirdParty makes an invite to be judged.
func (r *room) thirdParty(sender, target, invite string) *event.Event {
	return r.membership(sender, target, "invite", `"third_party_invite":`+invite)
}

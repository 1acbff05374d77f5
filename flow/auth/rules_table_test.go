package auth

import (
	"strings"

	"doorstep/flow/event"
)

// columns are the groups of room versions with the same page of rules, but for what rows say.
var columns = [][]string{{"1", "2"}, {"3", "4", "5"}, {"6"}, {"7"}, {"8", "9"}, {"10"}, {"11"}, {"12"}}

// A ruleTest is an event and the rule that must decide about it in each column, by auth_events and by the state they
// are selected from. "-": not for that column. The numbers are copied from the specification's pages by hand.
type ruleTest struct {
	name  string
	rules string
	want  Outcome
	event func(*room) *event.Event
}

var roomTests = []ruleTest{

	// m.room.create
	{"create with prev_events", "1.1 1.1 1.1 1.1 1.1 1.1 1.1 1.1", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(r.content(""), `"prev_events":`+r.references([]string{"$x:a.example"}))
		}},
	{"create with prev_events that name nothing", "1.1 1.1 1.1 1.1 1.1 1.1 1.1 1.1", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(r.content(""), `"prev_events":[1]`)
		}},
	{"create in a room of another domain", "1.2 1.2 1.2 1.2 1.2 1.2 1.2 -", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(r.content(""), `"prev_events":[],"room_id":"!room:b.example"`)
		}},
	{"create in a room and by a sender without domain", "1.2 1.2 1.2 1.2 1.2 1.2 1.2 -", Rejected,
		func(r *room) *event.Event {
			return r.parse(r.json(typeCreate, "alice", ptr(""), r.content(""),
				`"prev_events":[],"room_id":"!room","event_id":"$1:a.example"`, nil))
		}},
	{"create with a room_id", "- - - - - - - 1.2", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(r.content(""), `"prev_events":[],"room_id":"!room:a.example"`)
		}},
	{"create with an empty room_id", "- - - - - - - 1.2", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(r.content(""), `"prev_events":[],"room_id":""`)
		}},
	{"create with a room_id of null", "- - - - - - - 1.2", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(r.content(""), `"prev_events":[],"room_id":null`)
		}},
	{"create of an unknown version", "1.3 1.3 1.3 1.3 1.3 1.3 1.3 1.3", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(`{"creator":"@alice:a.example","room_version":"99"}`, `"prev_events":[]`)
		}},
	{"create of a version that is a number", "1.3 1.3 1.3 1.3 1.3 1.3 1.3 1.3", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(`{"creator":"@alice:a.example","room_version":1}`, `"prev_events":[]`)
		}},
	{"create without creator", "1.4 1.4 1.4 1.4 1.4 1.4 - -", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(`{"room_version":"1"}`, `"prev_events":[]`)
		}},
	{"create without creator, which no longer has to be there", "- - - - - - 1.4 1.5", Allowed,
		func(r *room) *event.Event {
			return r.newCreate(`{}`, `"prev_events":[]`)
		}},
	{"create with additional_creators that are no list", "- - - - - - - 1.4", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(`{"additional_creators":"@bob:b.example"}`, `"prev_events":[]`)
		}},
	{"create with additional_creators of which one is no user ID", "- - - - - - - 1.4", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(`{"additional_creators":["@bob:b.example","@carol"]}`, `"prev_events":[]`)
		}},
	{"create with additional_creators of which one is no string", "- - - - - - - 1.4", Rejected,
		func(r *room) *event.Event {
			return r.newCreate(`{"additional_creators":[["@bob:b.example"]]}`, `"prev_events":[]`)
		}},
	{"create with additional_creators, before they meant anything", "1.5 1.5 1.5 1.5 1.5 1.5 1.4 -", Allowed,
		func(r *room) *event.Event {
			return r.newCreate(r.content(`"additional_creators":1`), `"prev_events":[]`)
		}},
	{"create", "1.5 1.5 1.5 1.5 1.5 1.5 1.4 1.5", Allowed,
		func(r *room) *event.Event {
			return r.newCreate(r.content(""), `"prev_events":[]`)
		}},

	// room_id and create
	{"event of a room made by another create event", "- - - - - - - 2", Rejected,
		func(r *room) *event.Event {
			return r.event("m.room.message", bob, nil, `{}`, `"room_id":"!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"`)
		}},
	{"event of a room whose create event was rejected", "- - - - - - - 2", Rejected,
		func(r *room) *event.Event {
			r.context.Rejected = func(id string) bool { return id == r.context.Create.ID() }
			return r.message(bob)
		}},
	{"event of a room whose ID is another kind of event", "- - - - - - - 2", Rejected,
		func(r *room) *event.Event {
			r.context.Create = r.at(typePowerLevels, "")
			return r.event("m.room.message", bob, nil, `{}`, `"room_id":"!`+r.context.Create.ID()[1:]+`"`)
		}},

	// auth_events
	{"two auth events at one tuple", "2.1 2.1 2.1 2.1 2.1 2.1 2.1 3.1", Rejected,
		func(r *room) *event.Event {
			old := r.at(typePowerLevels, "")
			return r.naming(bob, append(r.chosen(bob), old, r.power(`"users":{}`))...)
		}},
	{"one auth event twice", "2.1 2.1 2.1 2.1 2.1 2.1 2.1 3.1", Rejected,
		func(r *room) *event.Event {
			return r.naming(bob, append(r.chosen(bob), r.at(typePowerLevels, ""))...)
		}},
	{"auth event that is not selected", "2.2 2.2 2.2 2.2 2.2 2.2 2.2 3.2", Rejected,
		func(r *room) *event.Event {
			return r.naming(bob, append(r.chosen(bob), r.at(typeJoinRules, ""))...)
		}},
	{"auth event without state_key", "2.2 2.2 2.2 2.2 2.2 2.2 2.2 3.2", Rejected,
		func(r *room) *event.Event {
			return r.naming(bob, append(r.chosen(bob), r.message(alice))...)
		}},
	{"create event among the auth events", "- - - - - - - 3.2", Rejected,
		func(r *room) *event.Event {
			return r.naming(bob, append(r.chosen(bob), r.at(typeCreate, ""))...)
		}},
	{"rejected auth event", "2.3 2.3 2.3 2.3 2.3 2.3 2.3 3.3", Rejected,
		func(r *room) *event.Event {
			power := r.at(typePowerLevels, "").ID()
			r.context.Rejected = func(id string) bool { return id == power }
			return r.message(bob)
		}},
	{"no create event among the auth events", "2.4 2.4 2.4 2.4 2.4 2.4 2.4 -", Rejected,
		func(r *room) *event.Event {
			return r.naming(bob, r.at(typePowerLevels, ""), r.at(typeMember, bob))
		}},
	{"auth event of another room", "2.5 2.5 2.5 2.5 2.5 2.5 2.5 3.4", Rejected,
		func(r *room) *event.Event {
			r.put(typePowerLevels, alice, "", `{}`, `"room_id":"!other:a.example"`)
			return r.message(bob)
		}},

	// m.federate
	{"stranger in a room that does not federate", "3 3 3 3 3 3 3 4", Rejected,
		func(r *room) *event.Event {
			*r = *newRoom(r.t, r.v.ID, `"m.federate":false`)
			return r.message(bob)
		}},
	{"stranger joins a room that does not federate", "3 3 3 3 3 3 3 4", Rejected,
		func(r *room) *event.Event {
			*r = *newRoom(r.t, r.v.ID, `"m.federate":false`)
			return r.membership(dave, dave, "join")
		}},
	{"creator in a room that does not federate", "12 11 10 10 10 10 10 11", Allowed,
		func(r *room) *event.Event {
			*r = *newRoom(r.t, r.v.ID, `"m.federate":false`)
			return r.message(alice)
		}},
	{"m.federate that is no boolean", "12 11 10 10 10 10 10 11", Allowed,
		func(r *room) *event.Event {
			*r = *newRoom(r.t, r.v.ID, `"m.federate":"false"`)
			return r.message(bob)
		}},

	// m.room.aliases
	{"aliases without state_key", "4.1 4.1 - - - - - -", Rejected,
		func(r *room) *event.Event {
			return r.event(typeAliases, carol, nil, `{}`)
		}},
	{"aliases of another domain", "4.2 4.2 - - - - - -", Rejected,
		func(r *room) *event.Event {
			return r.event(typeAliases, carol, ptr("a.example"), `{}`)
		}},
	{"aliases by someone who is not in the room", "4.3 4.3 - - - - - -", Allowed,
		func(r *room) *event.Event {
			return r.event(typeAliases, dave, ptr("d.example"), `{}`)
		}},
	{"aliases as any other state", "- - 7 7 7 7 7 8", Rejected,
		func(r *room) *event.Event {
			return r.event(typeAliases, carol, ptr("c.example"), `{}`)
		}},
}

var otherTests = []ruleTest{

	// everything else
	{"message of someone not in the room", "6 6 5 5 5 5 5 6", Rejected,
		func(r *room) *event.Event {
			return r.message(dave)
		}},
	{"message of someone who left", "6 6 5 5 5 5 5 6", Rejected,
		func(r *room) *event.Event {
			r.member(carol, "leave")
			return r.message(carol)
		}},
	{"offer of a third-party invite", "7.1 7.1 6.1 6.1 6.1 6.1 6.1 7.1", Allowed,
		func(r *room) *event.Event {
			return r.event(typeThirdPartyInvite, carol, ptr("token"), `{}`)
		}},
	{"offer of a third-party invite without the power", "7.1 7.1 6.1 6.1 6.1 6.1 6.1 7.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"invite":1`)
			return r.event(typeThirdPartyInvite, carol, ptr("token"), `{}`)
		}},
	{"state without the power", "8 8 7 7 7 7 7 8", Rejected,
		func(r *room) *event.Event {
			return r.event("m.room.topic", carol, ptr(""), `{}`)
		}},
	{"message of a type that takes power", "8 8 7 7 7 7 7 8", Rejected,
		func(r *room) *event.Event {
			r.power(`"events":{"m.room.message":51},"users":{"@bob:b.example":50}`)
			return r.message(bob)
		}},
	{"state without power_levels event", "8 8 7 7 7 7 7 8", Rejected,
		func(r *room) *event.Event {
			r.without(typePowerLevels, "")
			return r.event("m.room.topic", bob, ptr(""), `{}`)
		}},
	{"state of the creator without power_levels event", "12 11 10 10 10 10 10 11", Allowed,
		func(r *room) *event.Event {
			r.without(typePowerLevels, "")
			return r.event("m.room.topic", alice, ptr(""), `{}`)
		}},
	{"state of another user", "9 9 8 8 8 8 8 9", Rejected,
		func(r *room) *event.Event {
			return r.event("x.state", bob, ptr(carol), `{}`)
		}},
	{"state whose key is a longer user ID", "9 9 8 8 8 8 8 9", Rejected,
		func(r *room) *event.Event {
			return r.event("x.state", bob, ptr(bob+"x"), `{}`)
		}},
	{"own state", "12 11 10 10 10 10 10 11", Allowed,
		func(r *room) *event.Event {
			return r.event("x.state", bob, ptr(bob), `{}`)
		}},
	{"message", "12 11 10 10 10 10 10 11", Allowed,
		func(r *room) *event.Event {
			return r.message(carol)
		}},
	{"redaction as any other event", "- 11 10 10 10 10 10 11", Allowed,
		func(r *room) *event.Event {
			return r.event(typeRedaction, carol, nil, `{}`, `"redacts":"$x:a.example"`)
		}},

	// m.room.power_levels
	{"level that is a string", "- - - - - 9.1 9.1 10.1", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"ban":"50"`)
		}},
	{"level that is null", "- - - - - 9.1 9.1 10.1", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users_default":null`)
		}},
	{"entry of events that is a string", "- - - - - 9.2 9.2 10.2", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"events":{"m.room.name":"50"}`)
		}},
	{"entry of notifications that is true", "- - - - - 9.2 9.2 10.2", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"notifications":{"room":true}`)
		}},
	{"events that is a list", "- - - - - 9.2 9.2 10.2", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"events":[]`)
		}},
	{"users that is a list", "10.1 10.1 9.1 9.1 9.1 9.3 9.3 10.3", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users":[]`)
		}},
	{"users with a key that is no user ID", "10.1 10.1 9.1 9.1 9.1 9.3 9.3 10.3", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users":{"bob:b.example":0}`)
		}},
	{"users with a level that is true", "10.1 10.1 9.1 9.1 9.1 9.3 9.3 10.3", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users":{"@bob:b.example":true}`)
		}},
	{"users with a level that is a string", "- - - - - 9.3 9.3 10.3", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users":{"@bob:b.example":"50"}`)
		}},
	{"users with a level that no double holds", "10.1 10.1 - - - - - -", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users":{"@bob:b.example":1e400}`)
		}},
	{"ban level that no double holds", "10.1 10.1 - - - - - -", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"ban":-1e400`)
		}},
	{"entry of events that no double holds", "10.1 10.1 - - - - - -", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"events":{"m.room.name":1e309}`)
		}},
	{"users that names the creator", "- - - - - - - 10.4", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users":{"@alice:a.example":100}`)
		}},
	{"users that names an additional creator", "- - - - - - - 10.4", Rejected,
		func(r *room) *event.Event {
			*r = *newRoom(r.t, r.v.ID, `"additional_creators":["@dave:d.example"]`)
			return r.newPower(alice, `"users":{"@bob:b.example":50,"@dave:d.example":0}`)
		}},
	{"first power_levels", "10.2 10.2 9.2 9.2 9.2 9.4 9.4 10.5", Allowed,
		func(r *room) *event.Event {
			r.without(typePowerLevels, "")
			return r.newPower(alice, `"ban":1000`)
		}},
	{"change of a level above the sender", "10.3.1 10.3.1 9.3.1 9.3.1 9.3.1 9.5.1 9.5.1 10.6.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"ban":51,"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"ban":50,"users":{"@bob:b.example":50}`)
		}},
	{"removal of a level above the sender", "10.3.1 10.3.1 9.3.1 9.3.1 9.3.1 9.5.1 9.5.1 10.6.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"invite":51,"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"users":{"@bob:b.example":50}`)
		}},
	{"change to a level above the sender", "10.3.2 10.3.2 9.3.2 9.3.2 9.3.2 9.5.2 9.5.2 10.6.2", Rejected,
		func(r *room) *event.Event {
			return r.newPower(bob, `"redact":51,`+r.users())
		}},
	{"the first level that speaks against it decides", "10.3.2 10.3.2 9.3.2 9.3.2 9.3.2 9.5.2 9.5.2 10.6.2", Rejected,
		func(r *room) *event.Event {
			r.power(`"invite":51,"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"state_default":51,"users":{"@bob:b.example":50}`)
		}},
	{"change of an entry of events above the sender", "10.4.1 10.4.1 9.4.1 9.4.1 9.4.1 9.6.1 9.6.1 10.7.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"events":{"m.room.name":51},"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"events":{"m.room.name":50},"users":{"@bob:b.example":50}`)
		}},
	{"removal of an entry of events above the sender", "10.4.1 10.4.1 9.4.1 9.4.1 9.4.1 9.6.1 9.6.1 10.7.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"events":{"m.room.name":51},"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"users":{"@bob:b.example":50}`)
		}},
	{"removal of an entry of notifications above the sender", "- - 9.4.1 9.4.1 9.4.1 9.6.1 9.6.1 10.7.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"notifications":{"room":51},"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"users":{"@bob:b.example":50}`)
		}},
	{"entry of events above the sender", "10.5.1 10.5.1 9.5.1 9.5.1 9.5.1 9.7.1 9.7.1 10.8.1", Rejected,
		func(r *room) *event.Event {
			return r.newPower(bob, `"events":{"m.room.name":51},`+r.users())
		}},
	{"entry of notifications above the sender", "- - 9.5.1 9.5.1 9.5.1 9.7.1 9.7.1 10.8.1", Rejected,
		func(r *room) *event.Event {
			return r.newPower(bob, `"notifications":{"room":51},`+r.users())
		}},
	{"entry of notifications before they were guarded", "10.8 10.8 - - - - - -", Allowed,
		func(r *room) *event.Event {
			return r.newPower(bob, `"notifications":{"room":51},`+r.users())
		}},
	{"change of someone as powerful", "10.6.1 10.6.1 9.6.1 9.6.1 9.6.1 9.8.1 9.8.1 10.9.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"users":{"@bob:b.example":50,"@carol:c.example":50}`)
			return r.newPower(bob, `"users":{"@bob:b.example":50,"@carol:c.example":0}`)
		}},
	{"removal of someone as powerful", "10.6.1 10.6.1 9.6.1 9.6.1 9.6.1 9.8.1 9.8.1 10.9.1", Rejected,
		func(r *room) *event.Event {
			r.power(`"users":{"@bob:b.example":50,"@carol:c.example":50}`)
			return r.newPower(bob, `"users":{"@bob:b.example":50}`)
		}},
	{"user above the sender", "10.7.1 10.7.1 9.7.1 9.7.1 9.7.1 9.9.1 9.9.1 10.10.1", Rejected,
		func(r *room) *event.Event {
			return r.newPower(bob, strings.Replace(r.users(), `:50}`, `:50,"@carol:c.example":51}`, 1))
		}},
	{"sender above the sender", "10.7.1 10.7.1 9.7.1 9.7.1 9.7.1 9.9.1 9.9.1 10.10.1", Rejected,
		func(r *room) *event.Event {
			return r.newPower(bob, strings.Replace(r.users(), `:50}`, `:51}`, 1))
		}},
	{"sender steps down", "10.8 10.8 9.8 9.8 9.8 9.10 9.10 10.11", Allowed,
		func(r *room) *event.Event {
			return r.newPower(bob, strings.Replace(r.users(), `:50}`, `:0}`, 1))
		}},
	{"user as powerful as the sender", "10.8 10.8 9.8 9.8 9.8 9.10 9.10 10.11", Allowed,
		func(r *room) *event.Event {
			return r.newPower(bob, `"ban":50,"kick":0,"events":{"m.room.name":50},`+strings.Replace(r.users(), `:50}`,
				`:50,"@carol:c.example":50}`, 1))
		}},
	{"creator sets any level", "- - - - - - - 10.11", Allowed,
		func(r *room) *event.Event {
			r.power(`"ban":9007199254740991`)
			return r.newPower(alice, `"ban":0,"kick":9007199254740991,"users":{"@bob:b.example":9007199254740991}`)
		}},
	{"other spellings of a level are no change", "10.8 10.8 9.8 9.8 9.8 - - -", Allowed,
		func(r *room) *event.Event {
			r.power(`"ban":"100","kick":100,"users":{"@alice:a.example":"100","@bob:b.example":50}`)
			return r.newPower(bob, `"ban":" +0100 ","kick":"100","users":{"@alice:a.example":100,"@bob:b.example":"50"}`)
		}},
	{"a fraction is no change", "10.8 10.8 - - - - - -", Allowed,
		func(r *room) *event.Event {
			r.power(`"ban":100.9,"users":{"@alice:a.example":1e2,"@bob:b.example":50.7}`)
			return r.newPower(bob, `"ban":1.001E2,"users":{"@alice:a.example":100,"@bob:b.example":50}`)
		}},
	{"a level that is a fraction, where strings still count", "- - 9.1 9.1 9.1 - - -", Rejected,
		func(r *room) *event.Event {
			return r.newPower(alice, `"users":{"@bob:b.example":50.5}`)
		}},

	// m.room.redaction
	{"redaction with the power", "11.1 - - - - - - -", Allowed,
		func(r *room) *event.Event {
			return r.event(typeRedaction, bob, nil, `{}`, `"redacts":"$x:a.example"`)
		}},
	{"redaction of an event of the same server", "11.2 - - - - - - -", Allowed,
		func(r *room) *event.Event {
			return r.event(typeRedaction, carol, nil, `{}`, `"redacts":"$x:c.example"`)
		}},
	{"redaction of an event of another server", "11.3 - - - - - - -", Rejected,
		func(r *room) *event.Event {
			return r.event(typeRedaction, carol, nil, `{}`, `"redacts":"$x:a.example"`)
		}},
	{"redaction of nothing", "11.3 - - - - - - -", Rejected,
		func(r *room) *event.Event {
			return r.event(typeRedaction, carol, nil, `{}`)
		}},
}

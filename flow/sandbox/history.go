package sandbox

import (
	"maps"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// gap is the time between two events of a room's history.
const gap = 20 * time.Second

// fields is a JSON object in the making.
type fields = map[string]any

// A draft is one state event of a room's history before its place in the room is known. The first five fields make
// an honest event; the others are what a fault may bend.
type draft struct {
	step     string // its name, for faults and for the drafts that refer to it
	kind     string
	sender   string
	stateKey string
	content  fields

	redacts string // the step whose event it redacts: it is a message then, and no state

	rotates bool // the sender's server takes a new signing key just before it

	accepted  bool                         // taken for good by the room's servers, although the rules reject it
	bare      bool                         // a redacted event goes out without a word of this redaction, as Synapse sends it
	unchecked bool                         // admitted although the authorisation rules may forbid it
	outlier   bool                         // known to the room, but neither in its state nor at its end
	auth      map[auth.Tuple]string        // names the step to refer to in place of, or beside, what is selected
	key       string                       // the ID of the key that signs; empty: the server's present one
	unhashed  func([]byte) ([]byte, error) // changes the event before it is hashed and signed
	signed    func([]byte) ([]byte, error) // changes the event after it was signed
}

// The steps of every history that faults refer to.
const (
	stepCreate   = "create"
	stepLevels   = "power levels"
	stepLevels2  = "more power levels"
	stepOldName  = "old name"
	stepTopic    = "topic"
	stepInvited  = "carol is invited"
	stepDeclined = "carol declines"
)

// A cast holds the user IDs of a room's people.
type cast struct {
	alice string // creates the room
	bob   string // is invited, and trusted later
	carol string // is invited, and declines
	dora  string // is on the directory server: gives the room its alias, then leaves
	erin  string // is a member without any power
	you   string // wants to join
}

func (s Scenario) cast(joining string) cast {
	l := s.Layout
	return cast{
		alice: "@alice:" + l.Founder,
		bob:   "@bob:" + l.Second,
		carol: "@carol:" + l.Second,
		dora:  "@dora:" + l.Directory,
		erin:  "@erin:" + l.Second,
		you:   "@you:" + joining,
	}
}

// history returns what happened in the scenario's room before anybody asks to join, oldest first. It is made so that
// state and auth_chain differ both ways: replaced power levels, used invites and the join of somebody who has left are
// still what other events rest on, while nothing rests on the name, the topic or a plain member.
func (s Scenario) history(v *event.Version, c cast, alias string) []draft {
	var h []draft
	add := func(step, kind, sender, stateKey string, content fields) *draft {
		h = append(h, draft{step: step, kind: kind, sender: sender, stateKey: stateKey, content: content})
		return &h[len(h)-1]
	}
	member := func(step, sender, target, membership string) *draft {
		return add(step, "m.room.member", sender, target, fields{"membership": membership})
	}

	create := fields{"room_version": v.ID}
	if s.Form == "2015" {
		create = fields{} // nobody knew yet that there would be versions
	}
	if v.CreatorField {
		create["creator"] = c.alice
	}
	if s.Room.Unfederated {
		create["m.federate"] = false
	}
	add(stepCreate, "m.room.create", c.alice, "", create)
	member("alice joins", c.alice, c.alice, "join").content["displayname"] = "Alice"
	add(stepLevels, "m.room.power_levels", c.alice, "", levels(v, fields{c.alice: 100}))
	add("join rules", "m.room.join_rules", c.alice, "", fields{"join_rule": "public"})
	add("history visibility", "m.room.history_visibility", c.alice, "", fields{"history_visibility": "shared"})
	add(stepOldName, "m.room.name", c.alice, "", fields{"name": "A room"})
	member("bob is invited", c.alice, c.bob, "invite")
	member("bob joins", c.bob, c.bob, "join").content["displayname"] = "Bob"
	member("dora joins", c.dora, c.dora, "join")
	add(stepLevels2, "m.room.power_levels", c.alice, "", levels(v, fields{c.alice: 100, c.bob: 50, c.dora: 50}))
	if slices.Contains([]string{"1", "2", "3", "4", "5"}, v.ID) {
		add("aliases", "m.room.aliases", c.dora, s.Layout.Directory, fields{"aliases": []string{alias}})
	}
	add("canonical alias", "m.room.canonical_alias", c.dora, "", fields{"alias": alias})
	member("dora leaves", c.dora, c.dora, "leave")
	add(stepTopic, "m.room.topic", c.bob, "", fields{"topic": "What is behind the door?"}).rotates = true
	member("erin joins", c.erin, c.erin, "join").content["displayname"] = "Erin"
	member(stepInvited, c.bob, c.carol, "invite")
	member(stepDeclined, c.carol, c.carol, "leave")
	add("name", "m.room.name", c.alice, "", fields{"name": "Doorstep"})

	if len(s.Room.Denied) > 0 {
		deny := slices.Clone(s.Room.Denied)
		for i, pattern := range deny {
			if pattern == ours {
				deny[i] = client.Domain(c.you)
			}
		}
		add("server acl", "m.room.server_acl", c.alice, "", fields{"allow": []string{"*"}, "deny": deny, "allow_ip_literals": true})
	}
	if level := s.Room.InviteLevel; level > 0 {
		content := maps.Clone(at(h, stepLevels2).content)
		content["invite"] = level
		add("invite level", "m.room.power_levels", c.alice, "", content)
	}
	if s.Room.Banned {
		member("you are banned", c.alice, c.you, "ban").content["reason"] = "spam"
	}
	if rule := s.Room.JoinRule; rule != "" && rule != "public" {
		content := fields{"join_rule": rule}
		if s.Room.Parent.RoomID != "" {
			content["allow"] = []fields{{"type": "m.room_membership", "room_id": s.Room.Parent.RoomID}}
		}
		add("new join rules", "m.room.join_rules", c.alice, "", content)
	}
	for _, f := range s.Faults {
		if f.history != nil {
			h = f.history(h, c)
		}
	}
	return h
}

// levels gives the content of power levels. A creator of a version 12 room outranks every number and must not be
// listed.
func levels(v *event.Version, users fields) fields {
	if v.RoomIDIsCreate {
		for user := range users {
			if users[user] == 100 {
				delete(users, user)
			}
		}
	}
	return fields{
		"users": users, "users_default": 0, "events_default": 0, "state_default": 50,
		"ban": 50, "kick": 50, "redact": 50, "invite": 0,
		"events": fields{"m.room.power_levels": 100, "m.room.history_visibility": 100, "m.room.tombstone": map[bool]int{false: 100, true: 150}[v.RoomIDIsCreate]},
	}
}

// at returns the draft of a step. It panics when the history has none: a scenario that bends what is not there is a
// mistake in the table.
func at(h []draft, step string) *draft {
	for i := range h {
		if h[i].step == step {
			return &h[i]
		}
	}
	panic("sandbox: no step " + step + " in the history")
}

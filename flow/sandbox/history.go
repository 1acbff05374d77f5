package sandbox

import (
	"maps"
	"slices"

	"doorstep/client"
	"doorstep/flow/event"
)

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

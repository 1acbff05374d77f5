package engine

import (
	"maps"
	"slices"

	"doorstep/client"
	"doorstep/flow/event"
)

func (s Scenario) cast(joining string) Cast {
	l := s.Layout
	return Cast{
		Alice: "@alice:" + l.Founder,
		Bob:   "@bob:" + l.Second,
		carol: "@carol:" + l.Second,
		Dora:  "@dora:" + l.Directory,
		Erin:  "@erin:" + l.Second,
		You:   "@you:" + joining,
	}
}

// history returns what happened in the scenario's room before anybody asks to join, oldest first. It is made so that
// state and auth_chain differ both ways: replaced power levels, used invites and the join of somebody who has left are
// still what other events rest on, while nothing rests on the name, the topic or a plain member.
func (s Scenario) history(v *event.Version, c Cast, alias string) []Draft {
	var h []Draft
	add := func(step, kind, sender, stateKey string, content Fields) *Draft {
		h = append(h, Draft{Step: step, Kind: kind, Sender: sender, StateKey: stateKey, Content: content})
		return &h[len(h)-1]
	}
	member := func(step, sender, target, membership string) *Draft {
		return add(step, "m.room.member", sender, target, Fields{"membership": membership})
	}

	create := Fields{"room_version": v.ID}
	if s.Form == "2015" {
		create = Fields{} // nobody knew yet that there would be versions
	}
	if v.CreatorField {
		create["creator"] = c.Alice
	}
	if s.Room.Unfederated {
		create["m.federate"] = false
	}
	add(StepCreate, "m.room.create", c.Alice, "", create)
	member("alice joins", c.Alice, c.Alice, "join").Content["displayname"] = "Alice"
	add(StepLevels, "m.room.power_levels", c.Alice, "", levels(v, Fields{c.Alice: 100}))
	add("join rules", "m.room.join_rules", c.Alice, "", Fields{"join_rule": "public"})
	add("history visibility", "m.room.history_visibility", c.Alice, "", Fields{"history_visibility": "shared"})
	add(StepOldName, "m.room.name", c.Alice, "", Fields{"name": "A room"})
	member("bob is invited", c.Alice, c.Bob, "invite")
	member("bob joins", c.Bob, c.Bob, "join").Content["displayname"] = "Bob"
	member("dora joins", c.Dora, c.Dora, "join")
	add(StepLevels2, "m.room.power_levels", c.Alice, "", levels(v, Fields{c.Alice: 100, c.Bob: 50, c.Dora: 50}))
	if slices.Contains([]string{"1", "2", "3", "4", "5"}, v.ID) {
		add("aliases", "m.room.aliases", c.Dora, s.Layout.Directory, Fields{"aliases": []string{alias}})
	}
	add("canonical alias", "m.room.canonical_alias", c.Dora, "", Fields{"alias": alias})
	member("dora leaves", c.Dora, c.Dora, "leave")
	add(StepTopic, "m.room.topic", c.Bob, "", Fields{"topic": "What is behind the door?"}).Rotates = true
	member("erin joins", c.Erin, c.Erin, "join").Content["displayname"] = "Erin"
	member(StepInvited, c.Bob, c.carol, "invite")
	member(stepDeclined, c.carol, c.carol, "leave")
	add("name", "m.room.name", c.Alice, "", Fields{"name": "Doorstep"})

	if len(s.Room.Denied) > 0 {
		deny := slices.Clone(s.Room.Denied)
		for i, pattern := range deny {
			if pattern == Ours {
				deny[i] = hostOf(client.Domain(c.You)) // a list is about hosts, whatever their port
			}
		}
		add("server acl", "m.room.server_acl", c.Alice, "", Fields{"allow": []string{"*"}, "deny": deny,
			"allow_ip_literals": true})
	}
	if level := s.Room.InviteLevel; level > 0 {
		content := maps.Clone(At(h, StepLevels2).Content)
		content["invite"] = level
		add("invite level", "m.room.power_levels", c.Alice, "", content)
	}
	if s.Room.Banned {
		member("you are banned", c.Alice, c.You, "ban").Content["reason"] = "spam"
	}
	if rule := s.Room.JoinRule; rule != "" && rule != "public" {
		content := Fields{"join_rule": rule}
		if s.Room.Parent.RoomID != "" {
			content["allow"] = []Fields{{"type": "m.room_membership", "room_id": s.Room.Parent.RoomID}}
		}
		add("new join rules", "m.room.join_rules", c.Alice, "", content)
	}
	for _, f := range s.Faults {
		if f.History != nil {
			h = f.History(h, c)
		}
	}
	return h
}

// levels gives the content of power levels. A creator of a version 12 room outranks every number and must not be
// listed.
func levels(v *event.Version, users Fields) Fields {
	if v.RoomIDIsCreate {
		for user := range users {
			if users[user] == 100 {
				delete(users, user)
			}
		}
	}
	return Fields{
		"users": users, "users_default": 0, "events_default": 0, "state_default": 50,
		"ban": 50, "kick": 50, "redact": 50, "invite": 0,
		"events": Fields{"m.room.power_levels": 100, "m.room.history_visibility": 100,
			"m.room.tombstone": map[bool]int{false: 100, true: 150}[v.RoomIDIsCreate]},
	}
}

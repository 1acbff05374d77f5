//go:build goexperiment.jsonv2

package opinion

import (
	"fmt"
	"slices"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// createMutations are create events: rule 1.
func createMutations() (list []mutation) {
	nothing := func(t testing.TB, v *event.Version) *room { return newRoom(t, v, nil) }
	add := func(name string, change func(r *room, content object, d *draft)) {
		list = append(list, mutation{name: "create: " + name, room: nothing, make: func(r *room) draft {
			content := object{"room_version": r.version.ID}
			if r.version.CreatorField {
				content["creator"] = alice
			}
			d := state("m.room.create", alice, "", content)
			d.prevEvents, d.fields = []string{}, object{}
			if r.version.RoomIDIsCreate {
				d.fields["room_id"] = nil
			}
			change(r, content, &d)
			return d
		}})
	}
	add("plain", func(*room, object, *draft) {})
	add("prev_events", func(r *room, _ object, d *draft) { d.prevEvents = r.latest })
	add("auth_events", func(r *room, _ object, d *draft) { d.authEvents = r.latest })
	add("state_key x", func(_ *room, _ object, d *draft) { d.fields["state_key"] = "x" })
	add("no state_key", func(_ *room, _ object, d *draft) { d.fields["state_key"] = nil })
	add("room of another server", func(_ *room, _ object, d *draft) { d.fields["room_id"] = "!room:b.example" })
	add("room of the same server, other case", func(_ *room, _ object, d *draft) { d.fields["room_id"] = "!room:A.example" })
	add("room_id of the form of version 12", func(r *room, _ object, d *draft) { d.fields["room_id"] = "!" + fmt.Sprintf("%043d", 7) })
	for _, version := range []string{`"99"`, `""`, `12`, `null`, `"1"`, `"org.example.x"`, `["12"]`} {
		add("room_version "+version, func(_ *room, c object, _ *draft) { c["room_version"] = raw(version) })
	}
	add("no room_version", func(_ *room, c object, _ *draft) { delete(c, "room_version") })
	add("no creator", func(_ *room, c object, _ *draft) { delete(c, "creator") })
	for _, creator := range []string{`null`, `7`, `""`, `"` + bob + `"`, `[]`} {
		add("creator "+creator, func(_ *room, c object, _ *draft) { c["creator"] = raw(creator) })
	}
	for _, creators := range []string{`[]`, `null`, `"` + bob + `"`, `["` + bob + `"]`, `["` + alice + `"]`, `["bob"]`, `[7]`, `[null]`, `{}`, `[""]`, `["@:b.example"]`, `["@b_B!:b.example"]`, `["@bob:b_example"]`, `["@bob:b.example","x"]`} {
		add("additional_creators "+creators, func(_ *room, c object, _ *draft) { c["additional_creators"] = raw(creators) })
	}
	for _, federate := range []string{`false`, `null`, `"false"`, `0`, `true`} {
		list = append(list, mutation{name: "m.federate " + federate + ", another server's join",
			room: func(t testing.TB, v *event.Version) *room { return closed(t, v, raw(federate)) }, make: always(member(bob, bob, "join"))})
	}
	list = append(list, mutation{name: "m.federate false, its own server's join",
		room: func(t testing.TB, v *event.Version) *room { return closed(t, v, false) }, make: always(member(dave, dave, "join"))},
		mutation{name: "m.federate false, another server's aliases",
			room: func(t testing.TB, v *event.Version) *room { return closed(t, v, false) },
			make: always(state("m.room.aliases", bob, domain(bob), object{}))})
	return list
}

// closed returns a public room of alice's alone whose create content has that m.federate.
func closed(t testing.TB, v *event.Version, federate any) *room {
	r := newRoom(t, v, object{"m.federate": federate})
	r.force(member(alice, alice, "join"))
	r.force(state("m.room.join_rules", alice, "", object{"join_rule": "public"}))
	return r
}

// force adds the event of a draft whether it is allowed or not.
func (r *room) force(d draft) *event.Event {
	r.t.Helper()
	e := r.build(d)
	r.add(e)
	return e
}

func memberMutations() (list []mutation) {
	add := func(name, rule string, make func(r *room) draft) {
		list = append(list, mutation{name: "member: " + name, room: ruled(rule), make: make})
	}
	with := func(sender, user, content string) func(*room) draft {
		return always(state("m.room.member", sender, user, raw(content)))
	}
	for _, content := range []string{`{}`, `{"membership":null}`, `{"membership":7}`, `{"membership":"Join"}`, `{"membership":""}`, `{"membership":["join"]}`,
		`{"membership":"join","displayname":7}`, `{"membership":"join","displayname":null,"avatar_url":{},"is_direct":"x"}`,
		`{"membership":"join","reason":[]}`, `{"Membership":"join"}`, `{"membership":"join","Membership":"leave"}`} {
		add("content "+content, "public", with(dave, dave, content))
		add("content "+content+" of a member", "public", with(carol, carol, content))
	}
	add("no state_key", "public", func(*room) draft { d := member(dave, dave, "join"); d.stateKey = nil; return d })
	for _, user := range []string{"", "dave", "@dave", "@dave:", "@:a.example", "@d d:a.example", "#dave:a.example", "@DAVE:a.example"} {
		add(fmt.Sprintf("invite of %q", user), "public", with(alice, user, `{"membership":"invite"}`))
		add(fmt.Sprintf("ban of %q", user), "public", with(alice, user, `{"membership":"ban"}`))
	}
	add("join of another", "public", with(bob, dave, `{"membership":"join"}`))
	add("knock for another", "knock", with(bob, dave, `{"membership":"knock"}`))
	for _, rule := range []string{"public", "invite", "knock", "restricted", "knock_restricted", "private"} {
		add("knock under "+rule, rule, always(member(dave, dave, "knock")))
		add("join under "+rule, rule, always(member(dave, dave, "join")))
	}
	// The first join.
	first := func(name string, make func(r *room) draft) {
		list = append(list, mutation{name: "first join: " + name, room: func(t testing.TB, v *event.Version) *room { return newRoom(t, v, nil) }, make: make})
	}
	first("of the creator", always(member(alice, alice, "join")))
	first("of the creator, sent by another", always(member(bob, alice, "join")))
	first("of another", always(member(bob, bob, "join")))
	first("after two events", func(r *room) draft {
		d := member(alice, alice, "join")
		d.prevEvents = []string{r.create.ID(), r.create.ID()}
		return d
	})
	first("after none", func(*room) draft { d := member(alice, alice, "join"); d.prevEvents = []string{}; return d })
	first("after an unknown event", func(*room) draft { d := member(alice, alice, "join"); d.prevEvents = someIDs(1); return d })
	first("with content.creator another", func(r *room) draft { return member(alice, alice, "join") })
	list = append(list,
		mutation{name: "first join: of the sender, who is not the creator", room: otherCreator, make: always(member(alice, alice, "join"))},
		mutation{name: "first join: of the creator, who is not the sender", room: otherCreator, make: always(member(bob, bob, "join"))},
		mutation{name: "no power levels: name by the creator, who is not the sender", room: func(t testing.TB, v *event.Version) *room {
			r := otherCreator(t, v)
			r.force(member(bob, bob, "join"))
			return r
		}, make: always(state("m.room.name", bob, "", object{}))},
		mutation{name: "no power levels: name by the sender, who is not the creator", room: func(t testing.TB, v *event.Version) *room {
			r := otherCreator(t, v)
			r.force(member(alice, alice, "join"))
			return r
		}, make: always(state("m.room.name", alice, "", object{}))},
		mutation{name: "no power levels: message by a member", room: bare, make: always(draft{typ: "m.room.message", sender: bob, content: object{}})},
		mutation{name: "no power levels: name by a member", room: bare, make: always(state("m.room.name", bob, "", object{}))},
		mutation{name: "no power levels: invite by a member", room: bare, make: always(member(bob, dave, "invite"))},
		mutation{name: "no power levels: kick of the creator", room: bare, make: always(member(bob, alice, "leave"))},
		mutation{name: "no power levels: kick by the creator", room: bare, make: always(member(alice, bob, "leave"))},
		mutation{name: "no power levels: levels above 100 by the creator", room: bare, make: func(r *room) draft {
			return state("m.room.power_levels", alice, "", r.levels(object{bob: 1000}))
		}},
		mutation{name: "no power levels: levels by a member", room: bare, make: func(r *room) draft {
			return state("m.room.power_levels", bob, "", r.levels(nil))
		}},
	)
	// Join rules.
	for _, content := range []string{`{}`, `{"join_rule":null}`, `{"join_rule":7}`, `{"join_rule":"Public"}`, `{"join_rule":""}`, `{"join_rule":"public","allow":7}`,
		`{"join_rule":"public","allow":null}`, `{"join_rule":"public","allow":[7]}`, `{"join_rule":"restricted","allow":"x"}`, `{"join_rule":"private"}`} {
		room := func(t testing.TB, v *event.Version) *room {
			r := grown(t, v, nil, "public")
			r.force(state("m.room.join_rules", alice, "", raw(content)))
			r.force(member(alice, eve, "invite"))
			return r
		}
		list = append(list,
			mutation{name: "join under " + content, room: room, make: always(member(dave, dave, "join"))},
			mutation{name: "join of an invited under " + content, room: room, make: always(member(eve, eve, "join"))},
			mutation{name: "profile change under " + content, room: room, make: always(member(carol, carol, "join"))})
	}
	list = append(list, mutation{name: "join without join rules", room: bare, make: always(member(dave, dave, "join"))})
	// Restricted joins.
	for _, rule := range []string{"restricted", "knock_restricted", "public", "invite"} {
		for name, c := range map[string]struct {
			via     string
			signers []string
		}{
			"by alice": {`"` + alice + `"`, []string{domain(alice)}}, "by carol, who may not invite": {`"` + carol + `"`, []string{domain(carol)}},
			"by dave, who is not there": {`"` + dave + `"`, []string{domain(dave)}}, "unsigned by alice": {`"` + alice + `"`, nil},
			"by nobody": {`""`, nil}, "by 7": {`7`, nil}, "by null": {`null`, nil}, "by no user ID": {`"alice"`, []string{domain(alice)}},
		} {
			d := state("m.room.member", eve, eve, raw(`{"membership":"join","join_authorised_via_users_server":`+c.via+`}`))
			d.signers = c.signers
			list = append(list, mutation{name: "authorised " + name + " under " + rule, room: ruled(rule), make: always(d)})
		}
		list = append(list, mutation{name: "authorised by none under " + rule, room: ruled(rule), make: always(member(eve, eve, "join"))})
	}
	for _, membership := range []string{"leave", "invite", "ban"} {
		d := state("m.room.member", alice, bob, object{"membership": membership, "join_authorised_via_users_server": carol})
		list = append(list, mutation{name: membership + " with an authoriser who did not sign", make: always(d)})
	}
	// State keys and redactions.
	list = append(list,
		mutation{name: "state of another user", make: always(state("org.example.x", alice, bob, object{}))},
		mutation{name: "state of oneself", make: always(state("org.example.x", alice, alice, object{}))},
		mutation{name: "state of @", make: always(state("org.example.x", alice, "@", object{}))},
		mutation{name: "state by one without the power", make: always(state("org.example.x", carol, "", object{}))},
		mutation{name: "third_party_invite event by one without the power", make: always(state("m.room.third_party_invite", carol, "t", object{}))},
		mutation{name: "third_party_invite event by one not joined", make: always(state("m.room.third_party_invite", dave, "t", object{}))},
	)
	for name, redacts := range map[string]any{"of its own server's event": "$x:b.example:8448", "of another server's event": "$x:a.example", "of nothing": nil,
		"of no ID": "x", "of an ID without server": "$x", "of 7": 7} {
		for _, sender := range []string{eve, bob, carol} {
			d := draft{typ: "m.room.redaction", sender: sender, content: object{}, fields: object{"redacts": redacts}}
			list = append(list, mutation{name: "redaction " + name + " by " + sender, room: func(t testing.TB, v *event.Version) *room {
				r := grown(t, v, nil, "public")
				r.force(member(eve, eve, "join"))
				return r
			}, make: always(d)})
		}
	}
	return list
}

// bare returns a room without power levels and join rules, alice and bob in it.
func bare(t testing.TB, v *event.Version) *room {
	r := newRoom(t, v, nil)
	r.force(member(alice, alice, "join"))
	r.force(member(bob, bob, "join"))
	return r
}

// otherCreator returns a room alice's create event of which says that bob is the creator.
func otherCreator(t testing.TB, v *event.Version) *room { return newRoom(t, v, object{"creator": bob}) }

func thirdPartyMutations() (list []mutation) {
	key := serverKey("identity.example")
	public := event.EncodeBase64(key.Public())
	sign := func(r *room, fields object, k event.SigningKey) []byte {
		signed, err := event.SignJSON(marshal(r.t, fields), "identity.example", k)
		if err != nil {
			r.t.Fatal(err)
		}
		return signed
	}
	usual := object{"mxid": dave, "token": "t"}
	withKeys := func(content string) func(t testing.TB, v *event.Version) *room {
		return func(t testing.TB, v *event.Version) *room {
			r := grown(t, v, nil, "invite")
			r.force(state("m.room.third_party_invite", bob, "t", raw(content)))
			return r
		}
	}
	both := withKeys(fmt.Sprintf(`{"public_key":%q,"public_keys":[{"public_key":%q}]}`, public, public))
	use := func(invite func(r *room) any) func(*room) draft {
		return func(r *room) draft {
			return state("m.room.member", bob, dave, object{"membership": "invite", "third_party_invite": invite(r)})
		}
	}
	signed := use(func(r *room) any { return object{"display_name": "d", "signed": raw(string(sign(r, usual, key)))} })
	for name, content := range map[string]string{
		"one key":                     fmt.Sprintf(`{"public_key":%q}`, public),
		"a list of keys":              fmt.Sprintf(`{"public_keys":[{"public_key":%q}]}`, public),
		"a list, another key outside": fmt.Sprintf(`{"public_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","public_keys":[{"public_key":%q}]}`, public),
		"a padded key":                fmt.Sprintf(`{"public_keys":[{"public_key":%q}]}`, public+"="),
		"no keys":                     `{}`, "keys of the wrong type": `{"public_key":7,"public_keys":{"a":1}}`, "a key too short": `{"public_keys":[{"public_key":"AAAA"}]}`,
		"keys that are strings": fmt.Sprintf(`{"public_keys":[%q]}`, public),
	} {
		list = append(list, mutation{name: "third party: " + name, room: withKeys(content), make: signed})
	}
	for name, invite := range map[string]func(r *room) any{
		"is null":         func(*room) any { return nil },
		"is a string":     func(*room) any { return "x" },
		"is empty":        func(*room) any { return object{} },
		"signed is null":  func(*room) any { return object{"signed": nil} },
		"signed is empty": func(*room) any { return object{"signed": object{}} },
		"without mxid":    func(r *room) any { return object{"signed": raw(string(sign(r, object{"token": "t"}, key)))} },
		"without token":   func(r *room) any { return object{"signed": raw(string(sign(r, object{"mxid": dave}, key)))} },
		"of another user": func(r *room) any {
			return object{"signed": raw(string(sign(r, object{"mxid": carol, "token": "t"}, key)))}
		},
		"of another token": func(r *room) any {
			return object{"signed": raw(string(sign(r, object{"mxid": dave, "token": "u"}, key)))}
		},
		"signed by another": func(r *room) any { return object{"signed": raw(string(sign(r, usual, serverKey("x"))))} },
		"with more in signed": func(r *room) any {
			return object{"signed": raw(string(sign(r, object{"mxid": dave, "token": "t", "a": 1}, key)))}
		},
		"not signed": func(*room) any { return object{"signed": usual} },
	} {
		list = append(list, mutation{name: "third party: " + name, room: both, make: use(invite)})
	}
	list = append(list,
		mutation{name: "third party: target banned", room: func(t testing.TB, v *event.Version) *room {
			r := both(t, v)
			r.force(member(alice, dave, "ban"))
			return r
		}, make: signed},
		mutation{name: "third party: target joined", room: func(t testing.TB, v *event.Version) *room {
			r := both(t, v)
			r.force(member(dave, dave, "join"))
			return r
		}, make: signed},
		mutation{name: "third party: sender left since", room: func(t testing.TB, v *event.Version) *room {
			r := both(t, v)
			r.force(member(bob, bob, "leave"))
			return r
		}, make: signed},
		mutation{name: "third party: used by another", room: both, make: func(r *room) draft {
			d := signed(r)
			d.sender = alice
			return d
		}},
		mutation{name: "third party: in a join", room: both, make: always(state("m.room.member", bob, bob, object{"membership": "join", "third_party_invite": object{"signed": usual}}))},
	)
	return list
}

// levelMutations spell power levels in every way there is, as what an event would set and as what is in force.
func levelMutations() (list []mutation) {
	spellings := []string{`50`, `"50"`, `" 50 "`, `"+50"`, `"-5"`, `"050"`, `"5e1"`, `"50.0"`, `"fifty"`, `""`, `"0x32"`, `"5_0"`, `"--5"`, `"\u0665\u0660"`, `"\u00a050"`, `"\t50\n"`, `"50 50"`, `"9223372036854775808"`, `"-9223372036854775809"`,
		`50.9`, `-0.5`, `5e1`, `1e400`, `9223372036854775808`, `1e30`, `true`, `false`, `null`, `[]`, `{}`, `9007199254740991`, `9007199254740992`, `-9007199254740992`}
	for _, s := range spellings {
		for name, content := range map[string]string{
			"ban": `{"ban":%s,"users":%s}`, "users_default": `{"users_default":%s,"users":%s}`, "users_ of dave": `{"users":%[2]s,"x":0}`,
			"events of a type": `{"events":{"org.example.x":%s},"users":%s}`, "notifications of room": `{"notifications":{"room":%s},"users":%s}`,
		} {
			list = append(list, mutation{name: "level " + s + " set, " + name, make: func(r *room) draft {
				return state("m.room.power_levels", alice, "", levelsText(r, content, s, name == "users_ of dave"))
			}})
			if name == "notifications of room" {
				continue
			}
			use := map[string]func(r *room) draft{
				"ban":              always(member(bob, carol, "ban")),
				"users_default":    always(state("m.room.name", carol, "", object{})),
				"users_ of dave":   always(state("m.room.name", dave, "", object{})),
				"events of a type": always(state("org.example.x", bob, "", object{})),
			}[name]
			list = append(list, mutation{name: "level " + s + " in force, " + name, room: func(t testing.TB, v *event.Version) *room {
				r := grown(t, v, nil, "public")
				r.force(member(dave, dave, "join"))
				r.force(state("m.room.power_levels", alice, "", levelsText(r, content, s, name == "users_ of dave")))
				return r
			}, make: use})
		}
	}
	// Alterations: what somebody of level 50 may change.
	for name, change := range map[string]func(c object){
		"nothing": func(object) {}, "ban to 50": func(c object) { c["ban"] = 50 }, "ban to 51": func(c object) { c["ban"] = 51 }, "ban removed": func(c object) { delete(c, "ban") },
		"invite removed": func(c object) { delete(c, "invite") }, "state_default to 0": func(c object) { c["state_default"] = 0 }, "kick from 60": func(c object) { c["kick"] = 10 },
		"kick from 60, removed": func(c object) { delete(c, "kick") }, "redact from 60 to another spelling": func(c object) { c["redact"] = raw("60") },
		"users_default to 50": func(c object) { c["users_default"] = 50 }, "users_default to 51": func(c object) { c["users_default"] = 51 },
		"event added at 50": func(c object) { at(c, "events")["x"] = 50 }, "event added at 51": func(c object) { at(c, "events")["x"] = 51 },
		"event from 60": func(c object) { at(c, "events")["high"] = 10 }, "event from 60, removed": func(c object) { delete(at(c, "events"), "high") },
		"event at 50 removed": func(c object) { delete(at(c, "events"), "m.room.name") }, "events removed": func(c object) { delete(c, "events") },
		"notification from 50": func(c object) { at(c, "notifications")["room"] = 10 }, "notification to 51": func(c object) { at(c, "notifications")["room"] = 51 },
		"notification added at 50": func(c object) { at(c, "notifications")["x"] = 50 }, "notification from 60": func(c object) { at(c, "notifications")["high"] = 10 },
		"notification added at 20": func(c object) { at(c, "notifications")["x"] = 20 }, "notification at 20 removed": func(c object) { delete(at(c, "notifications"), "low") },
		"a notification of another type": func(c object) { at(c, "notifications")["x"] = 60 },
		"own level down":                 func(c object) { at(c, "users")[bob] = 10 }, "own level up": func(c object) { at(c, "users")[bob] = 51 }, "own level removed": func(c object) { delete(at(c, "users"), bob) },
		"an equal's level down": func(c object) { at(c, "users")[dave] = 10 }, "an equal's level removed": func(c object) { delete(at(c, "users"), dave) },
		"a lower one's level up to 50": func(c object) { at(c, "users")[carol] = 50 }, "a lower one's level up to 51": func(c object) { at(c, "users")[carol] = 51 },
		"a lower one's level removed": func(c object) { delete(at(c, "users"), carol) }, "a new user at 50": func(c object) { at(c, "users")[eve] = 50 },
		"a new user at 51": func(c object) { at(c, "users")[eve] = 51 }, "users removed": func(c object) { delete(c, "users") },
		"a user at the default added": func(c object) { at(c, "users")[eve] = 0 }, "a key nobody knows": func(c object) { c["unknown"] = 100 },
		"events is null": func(c object) { c["events"] = nil }, "users is null": func(c object) { c["users"] = nil }, "users is a list": func(c object) { c["users"] = []string{} },
		"a key that is no user ID": func(c object) { at(c, "users")["eve"] = 0 }, "a key that is no valid user ID": func(c object) { at(c, "users")["@eve"] = 0 },
		"a key of a user without localpart": func(c object) { at(c, "users")["@:b.example"] = 0 }, "a key of a user with an odd server": func(c object) { at(c, "users")["@eve:b_example"] = 0 },
		"a key of an odd user": func(c object) { at(c, "users")["@E v\u00e9!:b.example"] = 0 },
		"an empty key":         func(c object) { at(c, "users")[""] = 0 },
	} {
		list = append(list, mutation{name: "altered: " + name, room: func(t testing.TB, v *event.Version) *room {
			r := grown(t, v, nil, "public")
			content := r.levels(object{bob: 50, dave: 50, carol: 20})
			content["kick"], content["redact"] = 60, 60
			at(content, "events")["high"] = 60
			at(content, "notifications")["high"], at(content, "notifications")["low"] = 60, 20
			r.force(state("m.room.power_levels", alice, "", content))
			return r
		}, make: func(r *room) draft {
			content := readObject(r.t, r.at("m.room.power_levels", ""))
			change(content)
			return state("m.room.power_levels", bob, "", content)
		}})
	}
	// Creators.
	creators := func(t testing.TB, v *event.Version) *room {
		return grown(t, v, object{"additional_creators": []string{carol}}, "public")
	}
	list = append(list,
		mutation{name: "creators: the sender in users", room: creators, make: always(state("m.room.power_levels", alice, "", object{"users": object{alice: 100}}))},
		mutation{name: "creators: an additional one in users", room: creators, make: always(state("m.room.power_levels", alice, "", object{"users": object{alice + "x": 100, carol: 0}}))},
		mutation{name: "creators: anything by the sender", room: creators, make: always(state("m.room.power_levels", alice, "", object{"ban": 1 << 50, "users": object{bob: 1 << 50}}))},
		mutation{name: "creators: anything by an additional one", room: creators, make: always(state("m.room.power_levels", carol, "", object{"ban": 1 << 50, "users": object{bob: 1 << 50}}))},
		mutation{name: "creators: one bans the other", room: creators, make: always(member(alice, carol, "ban"))},
		mutation{name: "creators: one is kicked by a moderator", room: creators, make: always(member(bob, carol, "leave"))},
		mutation{name: "creators: a tombstone by an additional one", room: creators, make: always(state("m.room.tombstone", carol, "", object{}))},
	)
	return list
}

// levelsText is the content of a power levels event with one level spelled so.
func levelsText(r *room, content, spelling string, ofDave bool) any {
	users := object{bob: 50}
	if !r.version.RoomIDIsCreate {
		users[alice] = 100
	}
	if ofDave {
		users[dave] = raw(spelling)
	}
	return raw(fmt.Sprintf(content, spelling, marshal(r.t, users)))
}

// listMutations have something wrong with their auth_events: rule 2, in version 12 rules 2 and 3.
func listMutations() (list []mutation) {
	for _, kind := range []struct {
		name string
		d    draft
	}{
		{"name", state("m.room.name", bob, "", object{})}, {"join", member(dave, dave, "join")}, {"kick", member(bob, carol, "leave")},
		{"invite", member(bob, dave, "invite")}, {"aliases", state("m.room.aliases", bob, domain(bob), object{})},
	} {
		add := func(name string, make func(r *room, chosen []string) []string) {
			list = append(list, mutation{name: kind.name + " with auth events: " + name, make: func(r *room) draft {
				r.force(state("m.room.topic", alice, "", object{}))
				d := kind.d
				d.authEvents = make(r, r.build(d).AuthEvents())
				return d
			}})
		}
		for _, tuple := range []auth.Tuple{{Type: "m.room.create"}, {Type: "m.room.power_levels"}, {Type: "m.room.join_rules"}, {Type: "m.room.member", StateKey: bob}, {Type: "m.room.member", StateKey: carol}} {
			add("without "+tuple.Type+" "+tuple.StateKey, func(r *room, chosen []string) []string {
				return slices.DeleteFunc(slices.Clone(chosen), func(id string) bool { return r.state[tuple] != nil && r.state[tuple].ID() == id })
			})
		}
		add("none", func(*room, []string) []string { return []string{} })
		add("one twice", func(_ *room, chosen []string) []string { return append(slices.Clone(chosen), chosen[0]) })
		add("another join rules", func(r *room, chosen []string) []string {
			old := r.at("m.room.join_rules", "").ID()
			if !slices.Contains(chosen, old) {
				chosen = append(slices.Clone(chosen), old)
			}
			e := r.build(state("m.room.join_rules", alice, "", object{"join_rule": "invite"}))
			r.know(e)
			return append(slices.Clone(chosen), e.ID())
		})
		add("the topic too", func(r *room, chosen []string) []string {
			return append(slices.Clone(chosen), r.at("m.room.topic", "").ID())
		})
		add("the create event too", func(r *room, chosen []string) []string {
			if slices.Contains(chosen, r.create.ID()) {
				return chosen
			}
			return append(slices.Clone(chosen), r.create.ID())
		})
		add("a message too", func(r *room, chosen []string) []string {
			e := r.build(draft{typ: "m.room.message", sender: bob, content: object{}})
			r.know(e)
			return append(slices.Clone(chosen), e.ID())
		})
		add("an unknown one too", func(_ *room, chosen []string) []string { return append(slices.Clone(chosen), someIDs(1)...) })
		add("one of another room", func(r *room, chosen []string) []string {
			d := state("m.room.power_levels", alice, "", r.levels(object{bob: 50}))
			d.fields = object{"room_id": "!other:a.example"}
			if r.version.RoomIDIsCreate {
				d.fields["room_id"] = "!" + fmt.Sprintf("%043d", 7)
			}
			e := r.build(d)
			r.know(e)
			return replaced(r, chosen, "m.room.power_levels", e)
		})
		add("a rejected one", func(r *room, chosen []string) []string {
			e := r.build(state("m.room.power_levels", carol, "", r.levels(object{bob: 50})))
			r.know(e)
			r.rejected[e.ID()] = true
			return replaced(r, chosen, "m.room.power_levels", e)
		})
		add("older power levels", func(r *room, chosen []string) []string {
			e := r.build(state("m.room.power_levels", alice, "", r.levels(object{bob: 100})))
			r.know(e)
			return replaced(r, chosen, "m.room.power_levels", e)
		})
	}
	list = append(list,
		mutation{name: "the room's create event was rejected", make: func(r *room) draft {
			r.rejected[r.create.ID()] = true
			return state("m.room.name", bob, "", object{})
		}},
		mutation{name: "room_id of no create event", make: func(r *room) draft {
			d := state("m.room.name", bob, "", object{})
			if r.version.RoomIDIsCreate {
				d.fields = object{"room_id": "!" + fmt.Sprintf("%043d", 7)}
			}
			return d
		}},
	)
	return list
}

// replaced returns chosen with e in place of the event of that type.
func replaced(r *room, chosen []string, typ string, e *event.Event) []string {
	old := r.at(typ, "").ID()
	out := slices.Clone(chosen)
	for i, id := range out {
		if id == old {
			out[i] = e.ID()
		}
	}
	return out
}

package auth

import (
	"strings"

	"doorstep/flow/event"
)

// Rules about m.room.member.
var memberTests = []ruleTest{

	// m.room.member
	{"member without state_key", "5.1 5.1 4.1 4.1 4.1 4.1 4.1 5.1", Rejected,
		func(r *room) *event.Event {
			return r.event(typeMember, bob, nil, `{"membership":"join"}`)
		}},
	{"member without membership", "5.1 5.1 4.1 4.1 4.1 4.1 4.1 5.1", Rejected,
		func(r *room) *event.Event {
			return r.event(typeMember, bob, ptr(bob), `{}`)
		}},
	{"authoriser whose server did not sign", "- - - - 4.2.1 4.2.1 4.2.1 5.2.1", Rejected,
		func(r *room) *event.Event {
			r.context.Signed = func(_ *event.Event, server string) (Answer, string) {
				if server == "b.example" {
					return No, "bad signature"
				}
				return Yes, ""
			}
			r.joinRule("restricted")
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}},
	{"authoriser that is no user ID", "- - - - 4.2.1 4.2.1 4.2.1 5.2.1", Rejected,
		func(r *room) *event.Event {
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"bob"`)
		}},
	{"authoriser that is no string", "- - - - 4.2.1 4.2.1 4.2.1 5.2.1", Rejected,
		func(r *room) *event.Event {
			return r.membership(bob, bob, "leave", `"join_authorised_via_users_server":5`)
		}},
	{"creator's first join", "5.2.1 5.2.1 4.2.1 4.2.1 4.3.1 4.3.1 4.3.1 5.3.1", Allowed,
		func(r *room) *event.Event {
			r.state = StateMap{{typeCreate, ""}: r.at(typeCreate, "")}
			return r.event(typeMember, alice, ptr(alice), `{"membership":"join"}`,
				`"prev_events":`+r.references([]string{r.at(typeCreate, "").ID()}))
		}},
	{"first join of someone else", "5.2.6 5.2.6 4.2.6 4.2.6 4.3.7 4.3.7 4.3.7 5.3.7", Rejected,
		func(r *room) *event.Event {
			r.state = StateMap{{typeCreate, ""}: r.at(typeCreate, "")}
			return r.event(typeMember, bob, ptr(bob), `{"membership":"join"}`,
				`"prev_events":`+r.references([]string{r.at(typeCreate, "").ID()}))
		}},
	{"creator's first join after another event", "5.2.6 5.2.6 4.2.6 4.2.6 4.3.7 4.3.7 4.3.7 5.3.7", Rejected,
		func(r *room) *event.Event {
			r.state = StateMap{{typeCreate, ""}: r.at(typeCreate, "")}
			return r.event(typeMember, alice, ptr(alice), `{"membership":"join"}`,
				`"prev_events":`+r.references([]string{r.at(typeCreate, "").ID(), "$x:a.example"}))
		}},
	{"join of another user", "5.2.2 5.2.2 4.2.2 4.2.2 4.3.2 4.3.2 4.3.2 5.3.2", Rejected,
		func(r *room) *event.Event {
			return r.membership(bob, dave, "join")
		}},
	{"join of someone banned", "5.2.3 5.2.3 4.2.3 4.2.3 4.3.3 4.3.3 4.3.3 5.3.3", Rejected,
		func(r *room) *event.Event {
			r.member(dave, "ban")
			return r.membership(dave, dave, "join")
		}},
	{"join when invited", "5.2.4 5.2.4 4.2.4 4.2.4 4.3.4 4.3.4 4.3.4 5.3.4", Allowed,
		func(r *room) *event.Event {
			r.joinRule("invite")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"join when joined", "5.2.4 5.2.4 4.2.4 4.2.4 4.3.4 4.3.4 4.3.4 5.3.4", Allowed,
		func(r *room) *event.Event {
			r.joinRule("invite")
			return r.membership(carol, carol, "join")
		}},
	{"join when invited and nothing says how to join", "5.2.4 5.2.4 4.2.4 4.2.4 4.3.4 4.3.4 4.3.4 5.3.4", Allowed,
		func(r *room) *event.Event {
			r.without(typeJoinRules, "")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"join when invited and join_rules has no join_rule", "5.2.4 5.2.4 4.2.4 4.2.4 4.3.4 4.3.4 4.3.4 5.3.4", Allowed,
		func(r *room) *event.Event {
			r.put(typeJoinRules, alice, "", `{}`)
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"join when invited where one may knock", "- - - 4.2.4 4.3.4 4.3.4 4.3.4 5.3.4", Allowed,
		func(r *room) *event.Event {
			r.joinRule("knock")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"join when invited where knock means nothing yet", "5.2.6 5.2.6 4.2.6 - - - - -", Rejected,
		func(r *room) *event.Event {
			r.joinRule("knock")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"restricted join when invited", "- - - - 4.3.5.1 4.3.5.1 4.3.5.1 5.3.5.1", Allowed,
		func(r *room) *event.Event {
			r.joinRule("restricted")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"restricted join without authoriser", "- - - - 4.3.5.2 4.3.5.2 4.3.5.2 5.3.5.2", Rejected,
		func(r *room) *event.Event {
			r.joinRule("restricted")
			return r.membership(dave, dave, "join")
		}},
	{"restricted join by an authoriser who is not joined", "- - - - 4.3.5.2 4.3.5.2 4.3.5.2 5.3.5.2", Rejected,
		func(r *room) *event.Event {
			r.joinRule("restricted")
			r.member(bob, "leave")
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}},
	{"restricted join by an authoriser who may not invite", "- - - - 4.3.5.2 4.3.5.2 4.3.5.2 5.3.5.2", Rejected,
		func(r *room) *event.Event {
			r.joinRule("restricted")
			r.power(`"invite":51,"users":{"@bob:b.example":50}`)
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}},
	{"restricted join", "- - - - 4.3.5.3 4.3.5.3 4.3.5.3 5.3.5.3", Allowed,
		func(r *room) *event.Event {
			r.joinRule("restricted")
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}},
	{"join that is restricted or by knock", "- - - - - 4.3.5.3 4.3.5.3 5.3.5.3", Allowed,
		func(r *room) *event.Event {
			r.joinRule("knock_restricted")
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}},
	{"join when invited where restricted means nothing yet", "5.2.6 5.2.6 4.2.6 4.2.6 - - - -", Rejected,
		func(r *room) *event.Event {
			r.joinRule("restricted")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"join when invited where knock_restricted means nothing yet", "5.2.6 5.2.6 4.2.6 4.2.6 4.3.7 - - -", Rejected,
		func(r *room) *event.Event {
			r.joinRule("knock_restricted")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"join of a public room", "5.2.5 5.2.5 4.2.5 4.2.5 4.3.6 4.3.6 4.3.6 5.3.6", Allowed,
		func(r *room) *event.Event {
			return r.membership(dave, dave, "join")
		}},
	{"join without invite", "5.2.6 5.2.6 4.2.6 4.2.6 4.3.7 4.3.7 4.3.7 5.3.7", Rejected,
		func(r *room) *event.Event {
			r.joinRule("invite")
			return r.membership(dave, dave, "join")
		}},
	{"join of a private room", "5.2.6 5.2.6 4.2.6 4.2.6 4.3.7 4.3.7 4.3.7 5.3.7", Rejected,
		func(r *room) *event.Event {
			r.joinRule("private")
			r.member(dave, "invite")
			return r.membership(dave, dave, "join")
		}},
	{"join where join_rule is no string", "5.2.6 5.2.6 4.2.6 4.2.6 4.3.7 4.3.7 4.3.7 5.3.7", Rejected,
		func(r *room) *event.Event {
			r.put(typeJoinRules, alice, "", `{"join_rule":["public"]}`)
			return r.membership(dave, dave, "join")
		}},

	// third-party invites
	{"third-party invite of someone banned", "5.3.1.1 5.3.1.1 4.3.1.1 4.3.1.1 4.4.1.1 4.4.1.1 4.4.1.1 5.4.1.1", Rejected,
		func(r *room) *event.Event {
			r.member(dave, "ban")
			return r.thirdParty(bob, dave, r.signed(dave, "token", r.offer(bob, "token")))
		}},
	{"third-party invite without signed", "5.3.1.2 5.3.1.2 4.3.1.2 4.3.1.2 4.4.1.2 4.4.1.2 4.4.1.2 5.4.1.2", Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, `{"display_name":"d"}`)
		}},
	{"third-party invite that is no object", "5.3.1.2 5.3.1.2 4.3.1.2 4.3.1.2 4.4.1.2 4.4.1.2 4.4.1.2 5.4.1.2", Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, `null`)
		}},
	{"third-party invite without token", "5.3.1.3 5.3.1.3 4.3.1.3 4.3.1.3 4.4.1.3 4.4.1.3 4.4.1.3 5.4.1.3", Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, `{"signed":{"mxid":"@dave:d.example","signatures":{}}}`)
		}},
	{"third-party invite without mxid", "5.3.1.3 5.3.1.3 4.3.1.3 4.3.1.3 4.4.1.3 4.4.1.3 4.4.1.3 5.4.1.3", Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, `{"signed":{"token":"token","signatures":{}}}`)
		}},
	{"third-party invite whose signed is no object", "5.3.1.3 5.3.1.3 4.3.1.3 4.3.1.3 4.4.1.3 4.4.1.3 4.4.1.3 5.4.1.3",
		Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, `{"signed":["mxid","token"]}`)
		}},
	{"third-party invite of another user", "5.3.1.4 5.3.1.4 4.3.1.4 4.3.1.4 4.4.1.4 4.4.1.4 4.4.1.4 5.4.1.4", Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, r.signed(carol, "token", r.offer(bob, "token")))
		}},
	{"third-party invite with an unknown token", "5.3.1.5 5.3.1.5 4.3.1.5 4.3.1.5 4.4.1.5 4.4.1.5 4.4.1.5 5.4.1.5",
		Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, r.signed(dave, "other", r.offer(bob, "token")))
		}},
	{"third-party invite by another sender", "5.3.1.6 5.3.1.6 4.3.1.6 4.3.1.6 4.4.1.6 4.4.1.6 4.4.1.6 5.4.1.6", Rejected,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, r.signed(dave, "token", r.offer(alice, "token")))
		}},
	{"third-party invite", "5.3.1.7 5.3.1.7 4.3.1.7 4.3.1.7 4.4.1.7 4.4.1.7 4.4.1.7 5.4.1.7", Allowed,
		func(r *room) *event.Event {
			return r.thirdParty(bob, dave, r.signed(dave, "token", r.offer(bob, "token")))
		}},
	{"third-party invite signed by the second of public_keys",
		"5.3.1.7 5.3.1.7 4.3.1.7 4.3.1.7 4.4.1.7 4.4.1.7 4.4.1.7 5.4.1.7", Allowed,
		func(r *room) *event.Event {
			signed := r.signed(dave, "token", r.offer(bob, "token"))
			r.put(typeThirdPartyInvite, bob, "token", `{"public_keys":[{"public_key":"?"},{"public_key":"`+r.inviteKey()+`"}]}`)
			return r.thirdParty(bob, dave, signed)
		}},
	{"third-party invite signed by public_key in the other alphabet",
		"5.3.1.7 5.3.1.7 4.3.1.7 4.3.1.7 4.4.1.7 4.4.1.7 4.4.1.7 5.4.1.7", Allowed,
		func(r *room) *event.Event {
			signed := r.signed(dave, "token", r.offer(bob, "token"))
			r.put(typeThirdPartyInvite, bob, "token", `{"public_key":"`+strings.NewReplacer("+", "-", "/", "_").
				Replace(r.inviteKey())+`="}`)
			return r.thirdParty(bob, dave, signed)
		}},
	{"third-party invite signed for another token", "5.3.1.8 5.3.1.8 4.3.1.8 4.3.1.8 4.4.1.8 4.4.1.8 4.4.1.8 5.4.1.8",
		Rejected,
		func(r *room) *event.Event {
			r.offer(bob, "other")
			signed := r.signed(dave, "token", r.offer(bob, "token"))
			return r.thirdParty(bob, dave, strings.Replace(signed, `"token":"token"`, `"token":"other"`, 1))
		}},
	{"third-party invite signed by another key", "5.3.1.8 5.3.1.8 4.3.1.8 4.3.1.8 4.4.1.8 4.4.1.8 4.4.1.8 5.4.1.8",
		Rejected,
		func(r *room) *event.Event {
			signed := r.signed(dave, "token", r.offer(bob, "token"))
			r.put(typeThirdPartyInvite, bob, "token", `{"public_key":"XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"}`)
			return r.thirdParty(bob, dave, signed)
		}},
	{"third-party invite to an offer without keys", "5.3.1.8 5.3.1.8 4.3.1.8 4.3.1.8 4.4.1.8 4.4.1.8 4.4.1.8 5.4.1.8",
		Rejected,
		func(r *room) *event.Event {
			signed := r.signed(dave, "token", r.offer(bob, "token"))
			r.put(typeThirdPartyInvite, bob, "token", `{"public_key":5,"public_keys":{}}`)
			return r.thirdParty(bob, dave, signed)
		}},

	// invites
	{"invite by someone not in the room", "5.3.2 5.3.2 4.3.2 4.3.2 4.4.2 4.4.2 4.4.2 5.4.2", Rejected,
		func(r *room) *event.Event {
			return r.membership(dave, "@erin:d.example", "invite")
		}},
	{"invite of someone joined", "5.3.3 5.3.3 4.3.3 4.3.3 4.4.3 4.4.3 4.4.3 5.4.3", Rejected,
		func(r *room) *event.Event {
			return r.membership(bob, carol, "invite")
		}},
	{"invite of someone banned", "5.3.3 5.3.3 4.3.3 4.3.3 4.4.3 4.4.3 4.4.3 5.4.3", Rejected,
		func(r *room) *event.Event {
			r.member(dave, "ban")
			return r.membership(bob, dave, "invite")
		}},
	{"invite", "5.3.4 5.3.4 4.3.4 4.3.4 4.4.4 4.4.4 4.4.4 5.4.4", Allowed,
		func(r *room) *event.Event {
			return r.membership(carol, dave, "invite")
		}},
	{"invite without the power", "5.3.5 5.3.5 4.3.5 4.3.5 4.4.5 4.4.5 4.4.5 5.4.5", Rejected,
		func(r *room) *event.Event {
			r.power(`"invite":51,"users":{"@bob:b.example":50}`)
			return r.membership(bob, dave, "invite")
		}},

	// leaves
	{"leave", "5.4.1 5.4.1 4.4.1 4.4.1 4.5.1 4.5.1 4.5.1 5.5.1", Allowed,
		func(r *room) *event.Event {
			return r.membership(carol, carol, "leave")
		}},
	{"leave of someone invited", "5.4.1 5.4.1 4.4.1 4.4.1 4.5.1 4.5.1 4.5.1 5.5.1", Allowed,
		func(r *room) *event.Event {
			r.member(dave, "invite")
			return r.membership(dave, dave, "leave")
		}},
	{"leave of someone knocking", "- - - 4.4.1 4.5.1 4.5.1 4.5.1 5.5.1", Allowed,
		func(r *room) *event.Event {
			r.member(dave, "knock")
			return r.membership(dave, dave, "leave")
		}},
	{"leave of someone knocking where it means nothing yet", "5.4.1 5.4.1 4.4.1 - - - - -", Rejected,
		func(r *room) *event.Event {
			r.member(dave, "knock")
			return r.membership(dave, dave, "leave")
		}},
	{"leave of someone who is not there", "5.4.1 5.4.1 4.4.1 4.4.1 4.5.1 4.5.1 4.5.1 5.5.1", Rejected,
		func(r *room) *event.Event {
			return r.membership(dave, dave, "leave")
		}},
	{"leave of someone banned", "5.4.1 5.4.1 4.4.1 4.4.1 4.5.1 4.5.1 4.5.1 5.5.1", Rejected,
		func(r *room) *event.Event {
			r.member(dave, "ban")
			return r.membership(dave, dave, "leave")
		}},
	{"kick by someone not in the room", "5.4.2 5.4.2 4.4.2 4.4.2 4.5.2 4.5.2 4.5.2 5.5.2", Rejected,
		func(r *room) *event.Event {
			return r.membership(dave, carol, "leave")
		}},
	{"unban without the power to ban", "5.4.3 5.4.3 4.4.3 4.4.3 4.5.3 4.5.3 4.5.3 5.5.3", Rejected,
		func(r *room) *event.Event {
			r.power(`"ban":51,"users":{"@bob:b.example":50}`)
			r.member(dave, "ban")
			return r.membership(bob, dave, "leave")
		}},
	{"unban", "5.4.4 5.4.4 4.4.4 4.4.4 4.5.4 4.5.4 4.5.4 5.5.4", Allowed,
		func(r *room) *event.Event {
			r.member(dave, "ban")
			return r.membership(bob, dave, "leave")
		}},
	{"kick", "5.4.4 5.4.4 4.4.4 4.4.4 4.5.4 4.5.4 4.5.4 5.5.4", Allowed,
		func(r *room) *event.Event {
			return r.membership(bob, carol, "leave")
		}},
	{"kick of someone as powerful", "5.4.5 5.4.5 4.4.5 4.4.5 4.5.5 4.5.5 4.5.5 5.5.5", Rejected,
		func(r *room) *event.Event {
			r.power(`"users":{"@bob:b.example":50,"@carol:c.example":50}`)
			return r.membership(bob, carol, "leave")
		}},
	{"kick without the power", "5.4.5 5.4.5 4.4.5 4.4.5 4.5.5 4.5.5 4.5.5 5.5.5", Rejected,
		func(r *room) *event.Event {
			r.power(`"kick":51,"users":{"@bob:b.example":50}`)
			return r.membership(bob, carol, "leave")
		}},
	{"kick of a creator", "- - - - - - - 5.5.5", Rejected,
		func(r *room) *event.Event {
			r.power(`"users":{"@bob:b.example":9007199254740991}`)
			return r.membership(bob, alice, "leave")
		}},

	// bans
	{"ban by someone not in the room", "5.5.1 5.5.1 4.5.1 4.5.1 4.6.1 4.6.1 4.6.1 5.6.1", Rejected,
		func(r *room) *event.Event {
			return r.membership(dave, carol, "ban")
		}},
	{"ban", "5.5.2 5.5.2 4.5.2 4.5.2 4.6.2 4.6.2 4.6.2 5.6.2", Allowed,
		func(r *room) *event.Event {
			return r.membership(bob, carol, "ban")
		}},
	{"ban of someone as powerful", "5.5.3 5.5.3 4.5.3 4.5.3 4.6.3 4.6.3 4.6.3 5.6.3", Rejected,
		func(r *room) *event.Event {
			r.power(`"users":{"@bob:b.example":50,"@carol:c.example":50}`)
			return r.membership(bob, carol, "ban")
		}},
	{"ban without the power", "5.5.3 5.5.3 4.5.3 4.5.3 4.6.3 4.6.3 4.6.3 5.6.3", Rejected,
		func(r *room) *event.Event {
			r.power(`"ban":51,"users":{"@bob:b.example":50}`)
			return r.membership(bob, carol, "ban")
		}},

	// knocks
	{"knock where one may not", "- - - 4.6.1 4.7.1 4.7.1 4.7.1 5.7.1", Rejected,
		func(r *room) *event.Event {
			return r.membership(dave, dave, "knock")
		}},
	{"knock where knock_restricted means nothing yet", "- - - 4.6.1 4.7.1 - - -", Rejected,
		func(r *room) *event.Event {
			r.joinRule("knock_restricted")
			return r.membership(dave, dave, "knock")
		}},
	{"knock for another user", "- - - 4.6.2 4.7.2 4.7.2 4.7.2 5.7.2", Rejected,
		func(r *room) *event.Event {
			r.joinRule("knock")
			return r.membership(bob, dave, "knock")
		}},
	{"knock", "- - - 4.6.3 4.7.3 4.7.3 4.7.3 5.7.3", Allowed,
		func(r *room) *event.Event {
			r.joinRule("knock")
			return r.membership(dave, dave, "knock")
		}},
	{"knock again", "- - - 4.6.3 4.7.3 4.7.3 4.7.3 5.7.3", Allowed,
		func(r *room) *event.Event {
			r.joinRule("knock")
			r.member(dave, "knock")
			return r.membership(dave, dave, "knock")
		}},
	{"knock under knock_restricted", "- - - - - 4.7.3 4.7.3 5.7.3", Allowed,
		func(r *room) *event.Event {
			r.joinRule("knock_restricted")
			return r.membership(dave, dave, "knock")
		}},
	{"knock when invited", "- - - 4.6.4 4.7.4 4.7.4 4.7.4 5.7.4", Rejected,
		func(r *room) *event.Event {
			r.joinRule("knock")
			r.member(dave, "invite")
			return r.membership(dave, dave, "knock")
		}},
	{"knock when banned", "- - - 4.6.4 4.7.4 4.7.4 4.7.4 5.7.4", Rejected,
		func(r *room) *event.Event {
			r.joinRule("knock")
			r.member(dave, "ban")
			return r.membership(dave, dave, "knock")
		}},

	// other memberships
	{"unknown membership", "5.6 5.6 4.6 4.7 4.8 4.8 4.8 5.8", Rejected,
		func(r *room) *event.Event {
			return r.membership(bob, bob, "visit")
		}},
	{"membership that is no string", "5.6 5.6 4.6 4.7 4.8 4.8 4.8 5.8", Rejected,
		func(r *room) *event.Event {
			return r.event(typeMember, bob, ptr(bob), `{"membership":["join"]}`)
		}},
	{"knock, which is unknown yet", "5.6 5.6 4.6 - - - - -", Rejected,
		func(r *room) *event.Event {
			r.joinRule("knock")
			return r.membership(dave, dave, "knock")
		}},
}

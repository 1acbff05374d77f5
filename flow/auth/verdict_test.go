package auth

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

// TestUndecided has events about which something is not known. Where that does not matter they are decided all the
// same.
func TestUndecided(t *testing.T) {
	unsigned := func(*event.Event, string) (Answer, string) { return Unknown, "key not fetched" }
	tests := []struct {
		name    string
		version string
		byState bool
		event   func(*room) *event.Event
		want    Outcome
		rule    string
		reason  string // part of it
	}{
		{"auth event missing", "10", false, func(r *room) *event.Event {
			e := r.message(carol)
			r.missing = []string{r.at(typePowerLevels, "").ID()}
			return e
		}, Undecided, "2", "is not available"},
		{"auth event missing in version 12", "12", false, func(r *room) *event.Event {
			e := r.message(carol)
			r.without(typeMember, carol)
			return e
		}, Undecided, "3", "is not available"},
		{"auth event neither found nor missing", "10", false, func(r *room) *event.Event {
			e := r.message(carol)
			r.list = []*event.Event{r.at(typeCreate, ""), nil, r.at(typeMember, carol)}
			return e
		}, Undecided, "2", "is not available"},
		{"create event missing", "10", false, func(r *room) *event.Event {
			e := r.message(carol)
			r.missing = []string{r.at(typeCreate, "").ID()}
			return e
		}, Undecided, "2", "is not available"},
		{"auth event missing and another rejected", "10", false, func(r *room) *event.Event {
			e := r.message(carol)
			member := r.at(typeMember, carol).ID()
			r.missing = []string{r.at(typePowerLevels, "").ID()}
			r.context.Rejected = func(id string) bool { return id == member }
			return e
		}, Rejected, "2.3", "was itself rejected"},
		{"event that names itself", "1", false, func(r *room) *event.Event {
			list := []*event.Event{r.at(typeCreate, ""), nil}
			list[1] = r.event(typeMember, dave, ptr(dave), `{"membership":"join"}`,
				`"event_id":"$self:d.example"`, `"auth_events":[["`+list[0].ID()+`",{}],["$self:d.example",{}]]`)
			r.list = list
			return list[1]
		}, Rejected, "2.3", "was itself rejected"},
		{"event that names itself, which is missing", "2", false, func(r *room) *event.Event {
			r.list = []*event.Event{r.at(typeCreate, "")}
			return r.event(typeMember, dave, ptr(dave), `{"membership":"join"}`,
				`"event_id":"$self:d.example"`, `"auth_events":[["`+r.list[0].ID()+`",{}],["$self:d.example",{}]]`)
		}, Rejected, "2.3", "was itself rejected"},
		{"create event not at hand", "12", false, func(r *room) *event.Event {
			r.context.Create = nil
			return r.message(carol)
		}, Undecided, "2", "the create event is not at hand"},
		{"create event not at hand for one who is not joined", "12", false, func(r *room) *event.Event {
			r.context.Create = nil
			return r.message(dave)
		}, Rejected, "6", "not joined"},
		{"create event not at hand for a levels change", "12", true, func(r *room) *event.Event {
			e := r.newPower(bob, `"users":{}`)
			r.context.Create = nil
			r.without(typeCreate, "")
			return e
		}, Undecided, "2", "the create event is not at hand"},
		{"state without create event", "10", true, func(r *room) *event.Event {
			e := r.message(carol)
			r.without(typeCreate, "")
			return e
		}, Undecided, "3", "the create event is not at hand"},
		{"create event next to the state", "10", true, func(r *room) *event.Event {
			e := r.message(carol)
			r.context.Create = r.at(typeCreate, "")
			r.without(typeCreate, "")
			return e
		}, Allowed, "10", "No rule"},
		{"create event in the state alone", "12", true, func(r *room) *event.Event {
			r.context.Create = nil
			return r.message(carol)
		}, Allowed, "11", "No rule"},
		{"no keys", "10", true, func(r *room) *event.Event {
			r.context.Signed = nil
			r.joinRule("restricted")
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}, Undecided, "4.2.1", "no keys at hand"},
		{"key unknown", "12", true, func(r *room) *event.Event {
			r.context.Signed = unsigned
			r.joinRule("restricted")
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}, Undecided, "5.2.1", "key not fetched"},
		{"key unknown for one who is banned", "10", true, func(r *room) *event.Event {
			r.context.Signed = unsigned
			r.member(dave, "ban")
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}, Rejected, "4.3.3", "banned"},
		{"membership left out", "10", true, func(r *room) *event.Event {
			e := r.message(carol)
			r.without(typeMember, carol)
			r.context.Omitted = func(t Tuple) bool { return t.Type == typeMember }
			return e
		}, Undecided, "5", "the state does not say what is at (m.room.member, @carol:c.example)"},
		{"membership left out of a public room", "10", true, func(r *room) *event.Event {
			r.context.Omitted = func(t Tuple) bool { return t.Type == typeMember }
			return r.membership(dave, dave, "join")
		}, Undecided, "4.3.3", "the state does not say"},
		{"power_levels event left out", "11", true, func(r *room) *event.Event {
			e := r.newPower(bob, `"ban":49,`+r.users())
			r.without(typePowerLevels, "")
			r.context.Omitted = func(t Tuple) bool { return t.Type == typePowerLevels }
			return e
		}, Undecided, "7", "the state does not say what is at (m.room.power_levels, )"},
		{"join_rules left out for one who is joined", "11", true, func(r *room) *event.Event {
			e := r.membership(carol, carol, "join")
			r.without(typeJoinRules, "")
			r.context.Omitted = func(t Tuple) bool { return t.Type == typeJoinRules }
			return e
		}, Undecided, "4.3.5", "the state does not say"},
		{"level that is no level", "9", true, func(r *room) *event.Event {
			r.power(`"ban":"high","users":{"@bob:b.example":50}`)
			return r.membership(bob, carol, "ban")
		}, Undecided, "4.6.2", "level to ban is not an integer"},
		{"level that is null", "5", true, func(r *room) *event.Event {
			r.power(`"users_default":null`)
			return r.event("m.room.topic", carol, ptr(""), `{}`)
		}, Undecided, "8", "power of @carol:c.example"},
		{"users that is no object", "9", true, func(r *room) *event.Event {
			r.power(`"users":5`)
			return r.membership(carol, dave, "invite")
		}, Undecided, "4.4.4", "not an object"},
		{"level that is no level where it does not matter", "9", true, func(r *room) *event.Event {
			r.power(`"ban":"high","users":{"@bob:b.example":50}`)
			return r.membership(bob, carol, "leave")
		}, Allowed, "4.5.4", "power to kick"},
		{"new level that is no level", "9", true, func(r *room) *event.Event {
			return r.newPower(bob, `"ban":"high",`+r.users())
		}, Undecided, "9.3.2", "not an integer"},
		{"new level that is no level, and one too high", "9", true, func(r *room) *event.Event {
			return r.newPower(bob, `"ban":"high","kick":51,`+r.users())
		}, Rejected, "9.3.2", "kick"},
		{"new events that is no object", "9", true, func(r *room) *event.Event {
			return r.newPower(bob, `"events":7,`+r.users())
		}, Undecided, "9.4", "events is not an object"},
		{"replaced level that is no level", "9", true, func(r *room) *event.Event {
			r.power(`"ban":[],"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"ban":50,"users":{"@bob:b.example":50}`)
		}, Undecided, "9.3.1", "neither an integer"},
		{"level that is no level and stays", "9", true, func(r *room) *event.Event {
			r.power(`"ban":[],"users":{"@bob:b.example":50}`)
			return r.newPower(bob, `"ban":[],"kick":3,"users":{"@bob:b.example":50}`)
		}, Allowed, "9.8", "power"},
		{"no ID", "1", true, func(r *room) *event.Event {
			return r.event("m.room.message", carol, nil, `{}`, `"event_id":5`)
		}, Undecided, "", "no event_id"},
		{"no sender", "10", true, func(r *room) *event.Event {
			return r.parse(`{"type":"m.room.message","room_id":"!room:a.example","content":{},"auth_events":[]}`)
		}, Undecided, "", "no sender"},
		{"no type", "10", true, func(r *room) *event.Event {
			return r.parse(`{"type":1,"sender":"@bob:b.example","room_id":"!room:a.example","content":{},"auth_events":[]}`)
		}, Undecided, "", "no type"},
		{"no room", "11", true, func(r *room) *event.Event {
			return r.parse(`{"type":"m.room.message","sender":"@bob:b.example","content":{},"auth_events":[]}`)
		}, Undecided, "", "no room_id"},
		{"state_key that is no string", "10", true, func(r *room) *event.Event {
			return r.event("m.room.topic", carol, nil, `{}`, `"state_key":null`)
		}, Undecided, "", "state_key is not a string"},
		{"content that is no object", "10", true, func(r *room) *event.Event {
			return r.event("m.room.message", carol, nil, `[]`)
		}, Undecided, "", "content is not an object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRoom(t, test.version)
			e := test.event(r)
			judge := func(c Context) Verdict {
				if test.byState {
					return AgainstState(e, r.state, c)
				}
				return AgainstAuthEvents(e, r.named(e), r.missing, c)
			}
			v := judge(r.context)
			if v.Outcome != test.want || v.Rule != test.rule || !strings.Contains(v.Reason, test.reason) {
				t.Errorf("%v by %q: %s\nwant %v by %q: …%s…", v.Outcome, v.Rule, v.Reason, test.want, test.rule, test.reason)
			}
			checkVerdict(t, v, test.version)
			c := r.context
			c.Brief = true
			brief := judge(c)
			v.Tried = nil
			if diff := cmp.Diff(v, brief); diff != "" {
				t.Errorf("brief verdict differs (-full +brief):\n%s", diff)
			}
		})
	}
}

func TestNothingToJudge(t *testing.T) {
	for _, v := range []Verdict{AgainstAuthEvents(nil, nil, nil, Context{}), AgainstState(nil, nil, Context{})} {
		if v.Outcome != Undecided {
			t.Errorf("no event: %v", v)
		}
	}
	r := newRoom(t, "11")
	if v := AgainstState(r.message(bob), nil, Context{}); v.Outcome != Rejected || v.Rule != "5" {
		t.Errorf("no state: %v by %s (%s), want rejected by 5", v.Outcome, v.Rule, v.Reason)
	}
	if (Verdict{}).Outcome != NotDecided {
		t.Error("the zero verdict is one")
	}
}

// TestTrace shows one whole trace: what a person sees who asks why.
func TestTrace(t *testing.T) {
	r := newRoom(t, "10")
	rule := r.joinRule("invite")
	e := r.membership(dave, dave, "join")
	v := AgainstAuthEvents(e, r.named(e), nil, r.context)
	var got strings.Builder
	for _, rule := range v.Tried {
		fmt.Fprintf(&got, "%s %s: fired %v, %v\n", rule.Number, rule.Says, rule.Fired, rule.Effect)
		for _, f := range rule.Facts {
			fmt.Fprintf(&got, "    %s = %s (%s)\n", f.Name, f.Value, f.From)
		}
	}
	fmt.Fprintf(&got, "%v by %s: %s\n", v.Outcome, v.Rule, v.Reason)
	want := strings.ReplaceAll(`1 the type is m.room.create: fired false, none
2 the auth_events are considered: fired true, none
2.1 two auth events have the same type and state_key: fired false, none
2.2 an auth event is not among those selected for such an event: fired false, none
2.3 an auth event was itself rejected: fired false, none
2.4 no auth event is the create event: fired false, none
2.5 an auth event is of another room: fired false, none
3 m.federate is false and the sender is of another domain than the create event's: fired false, none
4 the type is m.room.member: fired true, none
4.1 there is no state_key, or no membership in content: fired false, none
4.2 content has join_authorised_via_users_server: fired false, none
4.3 membership is join: fired true, none
4.3.1 the creator joins right after the create event: fired false, none
4.3.2 the sender is not the state_key: fired false, none
    sender = @dave:d.example (event)
    state_key = @dave:d.example (event)
4.3.3 the sender is banned: fired false, none
    membership of @dave:d.example = none (default)
4.3.4 the join_rule asks for an invite and the sender is invited or joined: fired false, none
    join_rule = invite (RULE)
    membership of @dave:d.example = none (default)
4.3.5 the join_rule is restricted: fired false, none
    join_rule = invite (RULE)
4.3.6 the join_rule is public: fired false, none
    join_rule = invite (RULE)
4.3.7 the join_rule does not let the sender in: fired true, reject
    join_rule = invite (RULE)
    membership of @dave:d.example = none (default)
rejected by 4.3.7: The join_rule does not let the sender in (join_rule: invite; membership of @dave:d.example: none).
`, "RULE", rule.ID())
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}

	v = AgainstState(e, r.state, r.context)
	i := slices.IndexFunc(v.Tried, func(r Rule) bool { return r.Number == "2" })
	if i < 0 || v.Tried[i].Effect != NotApplying || v.Tried[i+1].Number != "3" {
		t.Errorf("by state, rule 2: %+v", v.Tried)
	}
}

func TestSelect(t *testing.T) {
	create, power, rule := Tuple{typeCreate, ""}, Tuple{typePowerLevels, ""}, Tuple{typeJoinRules, ""}
	member := func(user string) Tuple { return Tuple{typeMember, user} }
	tests := []struct {
		name  string
		event func(*room) *event.Event
		want  []Tuple
		from  int // version in which the last tuple joins
	}{
		{name: "message", event: func(r *room) *event.Event { return r.message(bob) },
			want: []Tuple{create, power, member(bob)}},
		{name: "join", event: func(r *room) *event.Event { return r.membership(bob, bob, "join") },
			want: []Tuple{create, power, member(bob), rule}},
		{name: "knock", event: func(r *room) *event.Event { return r.membership(bob, bob, "knock") },
			want: []Tuple{create, power, member(bob), rule}},
		{name: "leave", event: func(r *room) *event.Event { return r.membership(bob, bob, "leave") },
			want: []Tuple{create, power, member(bob)}},
		{name: "kick", event: func(r *room) *event.Event { return r.membership(bob, carol, "leave") },
			want: []Tuple{create, power, member(bob), member(carol)}},
		{name: "invite", event: func(r *room) *event.Event { return r.membership(bob, dave, "invite") },
			want: []Tuple{create, power, member(bob), member(dave), rule}},
		{name: "third-party invite", event: func(r *room) *event.Event {
			return r.thirdParty(bob, dave, `{"signed":{"token":"t"}}`)
		}, want: []Tuple{create, power, member(bob), member(dave), rule, {typeThirdPartyInvite, "t"}}},
		{name: "third-party invite without token", event: func(r *room) *event.Event {
			return r.thirdParty(bob, dave, `{"signed":{"token":5}}`)
		}, want: []Tuple{create, power, member(bob), member(dave), rule}},
		{name: "restricted join", event: func(r *room) *event.Event {
			return r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`)
		}, want: []Tuple{create, power, member(dave), rule, member(bob)}, from: 8},
		{name: "leave with an authoriser", event: func(r *room) *event.Event {
			return r.membership(dave, dave, "leave", `"join_authorised_via_users_server":"@bob:b.example"`)
		}, want: []Tuple{create, power, member(dave)}},
		{name: "member without state_key", event: func(r *room) *event.Event {
			return r.event(typeMember, bob, nil, `{"membership":"join"}`)
		}, want: []Tuple{create, power, member(bob), rule}},
		{name: "create", event: func(r *room) *event.Event { return r.newCreate(r.content(""), `"prev_events":[]`) }},
	}
	for i, version := range versions() {
		for _, test := range tests {
			r := newRoom(t, version)
			want := test.want
			if i+1 < test.from {
				want = want[:len(want)-1]
			}
			if version == "12" {
				want = slices.DeleteFunc(slices.Clone(want), func(t Tuple) bool { return t == create })
			}
			e := test.event(r)
			if diff := cmp.Diff(want, Select(e)); diff != "" {
				t.Errorf("version %s, %s (-want +got):\n%s", version, test.name, diff)
			}
			ids := []string{}
			for _, tuple := range want {
				if e := r.state[tuple]; e != nil {
					ids = append(ids, e.ID())
				}
			}
			if diff := cmp.Diff(ids, SelectFrom(e, r.state)); diff != "" {
				t.Errorf("version %s, %s, from the state (-want +got):\n%s", version, test.name, diff)
			}
		}
	}
}

func TestSameDomain(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"!r:a.example", "@u:a.example", true},
		{"!r:[::1]:8448", "@u:[::1]:8448", true},
		{"!r:a.example", "@u:A.example", false},
		{"!r:a.example", "@u:a.example:8448", false},
		{"!r", "@u", false},
		{"!r:", "@u:", true},
		{"", "", false},
	}
	for _, test := range tests {
		if got := sameDomain(test.a, test.b); got != test.want {
			t.Errorf("%q and %q: %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

// TestInviteChecks has an invite of legal size that asks for far more signature checks than any real one.
func TestInviteChecks(t *testing.T) {
	r := newRoom(t, "10")
	signed := r.signed(dave, "token", r.offer(bob, "token"))
	signature := strings.Repeat("A", 86)
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf(`"ed25519:%d":%q`, i, signature))
	}
	signed = strings.Replace(signed, `"id.example":{`, `"a.example":{`+strings.Join(many, ",")+`},"id.example":{`, 1)
	v := AgainstState(r.thirdParty(bob, dave, signed), r.state, r.context)
	if v.Outcome != Undecided || v.Rule != "4.4.1.7" {
		t.Errorf("%v by %s (%s), want undecided by 4.4.1.7", v.Outcome, v.Rule, v.Reason)
	}
	checkVerdict(t, v, "10")
}

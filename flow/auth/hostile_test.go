package auth

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

// TestHostile puts a value of every JSON type into every field the rules read, of the event and of the events it is
// judged by. Nothing may panic, and the verdict must be whole.
func TestHostile(t *testing.T) {
	values := []string{`null`, `true`, `5`, `-1.5`, `""`, `"x"`, `[]`, `[[]]`, `[null]`, `["x"]`, `{}`, `{"x":{}}`,
		`{"users":[]}`}
	types := []string{typeCreate, typeMember, typePowerLevels, typeJoinRules, typeThirdPartyInvite, typeAliases,
		typeRedaction, "m.room.name"}
	top := []string{"type", "sender", "room_id", "state_key", "content", "auth_events", "prev_events", "event_id",
		"redacts", "depth"}
	inContent := []string{"membership", "creator", "room_version", "m.federate", "additional_creators", "join_rule",
		"users", "events",
		"notifications", "ban", "users_default", "third_party_invite", "public_key", "public_keys", "join_authorised_via_users_server"}
	for _, version := range []string{"1", "6", "10", "12"} { // one for each way to read fields and levels
		r := newRoom(t, version)
		var hostile []*event.Event
		for _, typ := range types {
			for _, value := range values {
				for _, field := range top {
					text := r.json(typ, bob, ptr(""), `{"membership":"invite"}`, "", nil)
					hostile = append(hostile, r.with(text, field, value))
				}
				for _, field := range inContent {
					content := fmt.Sprintf(`{"membership":"invite",%q:%s}`, field, value)
					if field == "membership" {
						content = fmt.Sprintf(`{%q:%s}`, field, value)
					}
					hostile = append(hostile, r.event(typ, bob, ptr(""), content))
				}
				invite := fmt.Sprintf(`{"membership":"invite","third_party_invite":{"signed":{"mxid":%s,"token":%s,"signatures":%s}}}`, value, value, value)
				hostile = append(hostile, r.event(typ, bob, ptr(""), invite))
			}
		}
		for i, e := range hostile {
			AgainstState(e, r.state, Context{})
			AgainstState(e, nil, Context{Omitted: func(Tuple) bool { return true }})
			AgainstAuthEvents(e, r.named(e), nil, r.context)
			judgeBy(t, r, hostile[(i*7)%len(hostile)], e)
		}
	}
}

// with sets a top-level member of an event's text.
func (r *room) with(text, key, value string) *event.Event {
	r.t.Helper()
	raw, err := event.Edit([]byte(text), []event.Member{{Key: key, Value: []byte(value)}})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.parse(string(raw))
}

// judgeBy judges e by a state in which other stands at every place.
func judgeBy(t *testing.T, r *room, e, other *event.Event) {
	t.Helper()
	state := everywhere{other}
	full := AgainstState(e, state, Context{})
	checkVerdict(t, full, r.v.ID)
	brief := AgainstState(e, state, Context{Brief: true, Memo: new(Memo)})
	full.Tried = nil
	if diff := cmp.Diff(full, brief); diff != "" {
		t.Fatalf("%s\nbrief verdict differs (-full +brief):\n%s", e.Raw(), diff)
	}
}

// everywhere is a state with one event at every tuple.
type everywhere struct{ event *event.Event }

func (s everywhere) At(Tuple) *event.Event { return s.event }

// FuzzDecide judges any event by any others. text is the event and, on lines of their own, what it is judged by; the
// bits of omit are the types a state says nothing about.
func FuzzDecide(f *testing.F) {
	for i, version := range versions() {
		r := newRoom(f, version)
		r.joinRule("restricted")
		for k, e := range []*event.Event{
			r.membership(dave, dave, "join", `"join_authorised_via_users_server":"@bob:b.example"`),
			r.thirdParty(bob, dave, r.signed(dave, "token", r.offer(bob, "token"))),
			r.newPower(bob, `"ban":"7","kick":51.5,"events":{"a":50},"notifications":{"room":1},`+r.users()),
			r.newCreate(r.content(`"additional_creators":["@a:b"]`), `"prev_events":[]`),
			r.event(typeRedaction, bob, nil, `{}`, `"redacts":"$x:b.example"`),
			r.event(typeAliases, bob, ptr("b.example"), `{}`),
			r.membership(bob, carol, "ban"),
		} {
			lines := [][]byte{e.Raw()}
			for _, by := range r.state {
				lines = append(lines, by.Raw())
			}
			slices.SortFunc(lines[1:], bytes.Compare)
			f.Add(uint8(i), uint8(k), bytes.Join(lines, []byte("\n")))
		}
	}
	f.Fuzz(func(t *testing.T, version, omit uint8, text []byte) {
		all := event.Versions()
		v := all[int(version)%len(all)]
		var events []*event.Event
		for line := range bytes.SplitSeq(text, []byte("\n")) {
			if e, err := event.Parse(v, line); err == nil {
				events = append(events, e)
			}
		}
		if len(events) == 0 {
			return
		}
		e, state := events[0], StateOf(events)
		byID := map[string]*event.Event{}
		for _, by := range events {
			byID[by.ID()] = by
		}
		var list []*event.Event
		for _, id := range e.AuthEvents() {
			list = append(list, byID[id]) // nil among them
		}
		c := Context{Create: state[Tuple{typeCreate, ""}], Memo: new(Memo)}
		c.Omitted = func(t Tuple) bool {
			i := slices.Index([]string{typeCreate, typeMember, typePowerLevels, typeJoinRules, typeThirdPartyInvite}, t.Type)
			return i >= 0 && omit>>i&1 != 0
		}
		if omit&1 != 0 {
			c.Create = nil
		}
		for _, judge := range []func(Context) Verdict{
			func(c Context) Verdict { return AgainstAuthEvents(e, list, nil, c) },
			func(c Context) Verdict { return AgainstState(e, state, c) },
			func(c Context) Verdict { return AgainstState(e, everywhere{events[len(events)-1]}, c) },
		} {
			full := judge(c)
			checkVerdict(t, full, v.ID)
			short := c
			short.Brief = true
			brief := judge(short)
			full.Tried = nil
			if diff := cmp.Diff(full, brief); diff != "" {
				t.Errorf("brief verdict differs (-full +brief):\n%s", diff)
			}
		}
		ordered, knots := Sort(events)
		count := len(ordered)
		for _, k := range knots {
			count += len(k.Events)
		}
		if count != len(events) {
			t.Errorf("%d events sorted, want %d", count, len(events))
		}
		if tuples := Select(e); len(SelectFrom(e, state)) > len(tuples) {
			t.Errorf("more events selected than the %d tuples", len(tuples))
		}
	})
}

package verify_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/shell"
	"doorstep/flow/verify"
)

// FuzzVerify bends the worked example by a short program, so that what is tried is an answer and not merely text:
// events are flipped, cut, redacted, retyped, dropped, repeated, mixed and added to the few that a join needs: each
// takes a signature to verify, and with fewer of them more is tried. Nothing panics; the result is the same each time;
// what is counted is what is told; and no event passes every check but one that its servers have signed, as they signed
// it.
func FuzzVerify(f *testing.F) {
	rooms := map[string]*fuzzRoom{} // made when they are needed: a second's run needs few
	for _, version := range event.Versions() {
		rooms[version.ID] = nil
		f.Add(version.ID, []byte{})
	}
	for op := range byte(len(bends)) {
		f.Add("11", []byte{op, 4, 7, op, 9, 40})
	}
	f.Fuzz(func(t *testing.T, version string, program []byte) {
		r, known := rooms[version]
		if !known || len(program) > 60 {
			t.Skip("no such version, or more bends than make sense")
		}
		if r == nil {
			r = newFuzzRoom(t, version)
			rooms[version] = r
		}
		r.T = t
		s := r.after(r.bent(program))
		s.Verification = s.Verify()
		v := s.Verification
		r.nothingForged(t, v)
		if s.Reply.Problem != "" || len(program)%12 != 0 {
			return // the rest takes many times as long, and is as good on one in twelve of them
		}
		flowtest.Consistent(t, v)
		if again := s.Verify(); fmt.Sprint(again.Checks) != fmt.Sprint(v.Checks) || again.Invalid != v.Invalid ||
			again.Unproven != v.Unproven {
			t.Error("the same answer gives another result the second time")
		}
		proves(t, s)
		for _, e := range v.Sets().Events {
			if e.Why() == "" {
				t.Errorf("no reason for %s", e.ID)
			}
			v.Ancestry(e.ID, 20)
			v.NamedBy(e.ID, 20)
			for _, w := range s.ShowWork(e.ID) {
				if !shell.IsPrintable(strings.ReplaceAll(string(export.Redo(w)), "\n", "")) {
					t.Error("a command holds more than printable ASCII")
				}
			}
		}
		r.explained(t, s)
	})
}

// FuzzVerifyText has any text for an answer: what is read of it is verified without a panic.
func FuzzVerifyText(f *testing.F) {
	r := newFuzzRoom(f, "11")
	for _, body := range []string{`{"state":[],"auth_chain":[]}`, `[200,{"state":[{}],"auth_chain":[null]}]`,
		`{"state":[{"type":"m.room.create","state_key":"","sender":"@a:b","content":{}}],"auth_chain":[],"event":{}}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := r.after(body)
		s.Verification = s.Verify()
		r.nothingForged(t, s.Verification)
		flowtest.Consistent(t, s.Verification)
	})
}

// A fuzzRoom is the worked example, made once, and its honest events by ID.
type fuzzRoom struct {
	*flowtest.Room
	state  flow.State
	honest map[string]*event.Event
}

func newFuzzRoom(t testing.TB, version string) *fuzzRoom {
	r := &fuzzRoom{Room: flowtest.Worked(t, version, nil), honest: map[string]*event.Event{}}
	r.state = r.Room.After(r.Body(flowtest.WorkedAnswer()))
	for _, e := range r.Events {
		r.honest[e.ID()] = e
	}
	return r
}

// after is the state in which body came back; the keys and our own join are always the same.
func (r *fuzzRoom) after(body []byte) flow.State {
	s := r.state
	s.Reply = verify.ReadReply(9, "a.example", body)
	return s
}

// nothingForged checks that an event of which every check passed is one of the honest ones, in what is signed and in
// what is hashed; nobody here has a key to make another.
func (r *fuzzRoom) nothingForged(t *testing.T, v *verify.Verification) {
	t.Helper()
	faulty := map[string]bool{}
	for _, c := range v.Checks {
		if c.Outcome != verify.Pass {
			faulty[c.Subject] = true
		}
	}
	if faulty["answer"] || !verify.Looked(v) {
		return
	}
	for _, c := range verify.Claims(v) {
		e := c.Event
		if e == nil || faulty[c.ID] {
			if e == nil && !faulty[c.ID] {
				t.Errorf("%s cannot be read, and nothing says so", c.ID)
			}
			continue
		}
		honest := r.honest[e.ID()]
		if honest == nil || !bytes.Equal(honest.SignedBytes(), e.SignedBytes()) || honest.ContentHash() != e.ContentHash() {
			t.Errorf("every check on %s passed, and nobody made it: %s", e.ID(), e.Raw())
		}
	}
	if v.Invalid == "" && v.Unproven == "" && verify.UsedJoin(v) == nil {
		t.Error("the join is proven, and there is none")
	}
}

// explained checks that whatever fails has a finding, an error where the answer or the join is refused.
func (r *fuzzRoom) explained(t *testing.T, s flow.State) {
	t.Helper()
	v := s.Verification
	if v.Invalid != "" {
		s.Stopped = &flow.Stop{Step: flow.L2, Outcome: flow.Invalid, Why: v.Invalid}
	}
	found := diagnose.RawFindings(s)
	if v.Tally(verify.NoKind).Fail > 0 && len(found) == 0 {
		t.Error("a check failed, and no finding tells of it")
	}
	if v.Invalid != "" && (len(found) == 0 || found[0].Severity != diagnose.SeverityError) {
		t.Errorf("refused, for %s, and the first finding is %+v", v.Invalid, found)
	}
}

// fewState and fewChain are the events of the worked example that its join needs.
var fewState, fewChain = []string{"C", "M1", "P2", "J1"}, []string{"C", "M1", "P1", "J1"}

// bent is an honest answer after a program: three bytes a bend, which one, on which event, and with what.
func (r *fuzzRoom) bent(program []byte) []byte {
	a := &bentAnswer{room: r, members: map[string]string{}}
	for _, n := range fewState {
		a.events = append(a.events, bentEvent{true, slices.Clone(r.Events[n].Raw())})
	}
	for _, n := range fewChain {
		a.events = append(a.events, bentEvent{false, slices.Clone(r.Events[n].Raw())})
	}
	for ; len(program) >= 3 && len(a.events) > 0; program = program[3:] {
		at := int(program[1]) % len(a.events)
		bends[int(program[0])%len(bends)](a, at, int(program[2]))
	}
	return a.body()
}

// A bentAnswer is an answer being bent.
type bentAnswer struct {
	room    *fuzzRoom
	events  []bentEvent
	members map[string]string // further members of the object
	list    bool
}

type bentEvent struct {
	inState bool
	raw     []byte
}

func (a *bentAnswer) body() []byte {
	var lists [2][]string
	for _, e := range a.events {
		i := 1
		if e.inState {
			i = 0
		}
		lists[i] = append(lists[i], string(e.raw))
	}
	b := `{"state":[` + strings.Join(lists[0], ",") + `],"auth_chain":[` + strings.Join(lists[1], ",") + `]`
	for _, key := range slices.Sorted(maps.Keys(a.members)) {
		b += `,"` + key + `":` + a.members[key]
	}
	b += "}"
	if a.list {
		b = "[200," + b + "]"
	}
	return []byte(b)
}

// strange are values that a field of an event may be set to.
var strange = []string{`null`, `true`, `5`, `-1`, `1.5`, `9007199254740993`, `"x"`, `""`, `[]`, `{}`, `[[]]`,
	`{"a":null}`, `"@eve:e.example"`, `"m.room.create"`,
	`"m.room.member"`, `"!x:e.example"`, `"\u0000"`, `"\ud800"`, `{"membership":"join","join_authorised_via_users_server":"@eve:e.example"}`, `{"membership":"leave"}`}

// topKeys are the fields that are bent.
var topKeys = []string{"type", "state_key", "sender", "room_id", "content", "auth_events", "prev_events", "depth",
	"origin_server_ts", "hashes", "signatures",
	"unsigned", "event_id", "origin", "redacts"}

// bends change an answer at one event, with a number to choose by.
var bends = []func(a *bentAnswer, at, with int){
	func(a *bentAnswer, at, with int) { // one bit
		raw := a.events[at].raw
		if len(raw) > 0 {
			raw[with*len(raw)/256] ^= 1 << (with % 7)
		}
	},
	func(a *bentAnswer, at, with int) {
		a.edit(at, topKeys[with%len(topKeys)], strange[with*7%len(strange)])
	},
	func(a *bentAnswer, at, with int) { a.edit(at, topKeys[with%len(topKeys)], "") },
	func(a *bentAnswer, at, _ int) { a.events = slices.Delete(a.events, at, at+1) },
	func(a *bentAnswer, at, with int) {
		a.events = append(a.events, bentEvent{with%2 == 0, slices.Clone(a.events[at].raw)})
	},
	func(a *bentAnswer, at, _ int) { a.events[at].inState = !a.events[at].inState },
	func(a *bentAnswer, at, _ int) { // redacted
		if e, err := event.Parse(a.room.Version, a.events[at].raw); err == nil {
			a.events[at].raw = slices.Clone(e.Redacted().Raw())
		}
	},
	func(a *bentAnswer, at, with int) { // a field of another event
		other := a.events[with%len(a.events)].raw
		key := topKeys[with%len(topKeys)]
		members, _ := event.Members(other)
		for _, m := range members {
			if m.Key == key {
				a.edit(at, key, string(m.Value))
			}
		}
	},
	func(a *bentAnswer, at, with int) { // cut short
		a.events[at].raw = a.events[at].raw[:with*len(a.events[at].raw)/256]
	},
	func(a *bentAnswer, at, with int) { a.events[at].raw = []byte(strange[with%len(strange)]) },
	func(a *bentAnswer, at, with int) { // a key more in the content
		members, _ := event.Members(a.events[at].raw)
		for _, m := range members {
			if m.Key == "content" {
				if content, err := event.Edit(m.Value, []event.Member{{Key: "users_default",
					Value: []byte(strange[with%len(strange)])}}); err == nil {
					a.edit(at, "content", string(content))
				}
			}
		}
	},
	func(a *bentAnswer, at, with int) { // what comes back
		a.members["event"] = string(a.events[at].raw)
		if with%2 == 0 {
			a.members["event"] = string(a.room.Events["join"].Raw())
		}
	},
	func(a *bentAnswer, _, with int) {
		a.members["members_omitted"] = []string{"true", "false", "5"}[with%3]
	},
	func(a *bentAnswer, _, with int) {
		a.members["servers_in_room"] = []string{`["a.example"]`, `[]`, `[5]`}[with%3]
	},
	func(a *bentAnswer, _, _ int) { a.list = !a.list },
	func(a *bentAnswer, at, with int) { // another event of the room
		names := a.room.Order
		raw := a.room.Events[names[at%len(names)]].Raw()
		a.events = append(a.events, bentEvent{with%2 == 0, slices.Clone(raw)})
	},
	func(a *bentAnswer, at, with int) { // swap two
		with %= len(a.events)
		a.events[at], a.events[with] = a.events[with], a.events[at]
	},
}

// edit sets a field of an event, or with "" takes it out.
func (a *bentAnswer) edit(at int, key, value string) {
	var set []event.Member
	var drop []string
	if value == "" {
		drop = []string{key}
	} else {
		set = []event.Member{{Key: key, Value: []byte(value)}}
	}
	if raw, err := event.Edit(a.events[at].raw, set, drop...); err == nil {
		a.events[at].raw = raw
	}
}

package verify_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

var joinUnjudged = []string{"not_checked join_basis join", "not_checked join_auth join",
	"not_checked join_auth_state join", "not_checked join_auth_events join"}

var joinUnsigned = []string{"fail join_auth join", "fail join_auth_state join"}

func then(first string, rest ...string) []string { return append([]string{first}, rest...) }

// joinFaults are about our own event and the one that comes back.
var joinFaults = []fault{{
	name:   "the join comes back",
	answer: flowtest.ComesBack(nil),
}, {
	name:   "the join comes back as it was",
	answer: flowtest.ComesBack(func(r *flowtest.Room, _ *event.Event) []byte { return r.Events["join"].Raw() }),
}, {
	name:   "null comes back",
	answer: flowtest.ComesBack(func(*flowtest.Room, *event.Event) []byte { return []byte("null") }),
}, {
	name:   "another event comes back",
	answer: flowtest.ComesBack(func(r *flowtest.Room, _ *event.Event) []byte { return r.Events["M2"].Raw() }),
	want:   []string{"fail returned_event_id join", "not_checked returned_event join"},
}, {
	name: "another event comes back under our ID", version: "1",
	answer: flowtest.ComesBack(flowtest.Raw(func(e *event.Event) (*event.Event, error) {
		changed, err := event.Edit(e.Raw(), []event.Member{{Key: "depth", Value: []byte("99")}}, "hashes", "signatures")
		if err != nil {
			return nil, err
		}
		if e, err = event.Hash(e.Version(), changed); err != nil {
			return nil, err
		}
		return e.Sign("a.example", flowtest.KeyOf("a.example"))
	})),
	want: []string{"fail returned_event join"},
}, {
	name:   "the join comes back with another content",
	answer: flowtest.ComesBack(flowtest.Raw(flowtest.Edited("content", `{"membership":"join","displayname":"Mallory"}`))),
	want:   []string{"fail returned_event join"},
}, {
	name:   "the join comes back with a broken field",
	answer: flowtest.ComesBack(flowtest.Raw(flowtest.Edited("unsigned", `5`))),
	want:   []string{"fail returned_event join"},
}, {
	name:   "the join comes back unreadable",
	answer: flowtest.ComesBack(func(*flowtest.Room, *event.Event) []byte { return []byte(`{"type":"a","type":"b"}`) }),
	want:   []string{"fail returned_event join"},
}, {
	name:   "our signature is gone from it",
	answer: flowtest.ComesBack(flowtest.Raw(flowtest.Edited("signatures", `{}`))),
	want:   []string{"fail returned_event join"},
}, {
	name: "the resident's signature on it is wrong",
	answer: flowtest.ComesBack(func(r *flowtest.Room, _ *event.Event) []byte {
		e, err := r.Events["join"].Sign("a.example", event.SigningKey{ID: "ed25519:1", Private: flowtest.KeyOf("b.example").
			Private})
		if err != nil {
			r.T.Fatal(err)
		}
		return e.Raw()
	}),
	want: []string{"warn returned_event join"},
}, {
	name:   "our key is not known",
	answer: flowtest.ComesBack(nil),
	state:  func(s *flow.State) { verify.Forget(s.Keys, "you.example") },
	want: []string{"not_checked signing_key join", "not_checked signature join", "not_checked returned_event join",
		"not_checked join_auth join", "not_checked join_auth_state join"},
	unproven: "the keys of you.example are not available",
}, {
	name: "let in by a restricted rule", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2": {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")}, "join": {Content: flowtest.LetIn}},
	answer: flowtest.ComesBack(nil),
}, {
	name: "let in, and the authoriser is among the members left out", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2": {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")}, "join": {Content: flowtest.LetIn}},
	answer: func(r *flowtest.Room, a *flowtest.Answer) { partial(r, a); flowtest.ComesBack(nil)(r, a) },
	state:  asksToOmit,
}, {
	name: "let in by who has no right to, and members are left out", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2":   {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")},
		"join": {Content: strings.Replace(flowtest.LetIn, "alice:a.", "bob:b.", 1), After: flowtest.AlsoBy("b.example")}},
	answer:  func(r *flowtest.Room, a *flowtest.Answer) { partial(r, a); a.Chain = append(a.Chain, "M2b") },
	state:   asksToOmit,
	want:    []string{"fail join_auth join", "fail join_auth_state join"},
	invalid: "the join would be rejected by the events it names",
}, {
	name: "let in by a member of whom nothing came", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2":   {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")},
		"join": {Content: strings.Replace(flowtest.LetIn, "alice:a.", "bob:b.", 1), After: flowtest.AlsoBy("b.example")}},
	answer:   partial,
	state:    asksToOmit,
	want:     []string{"fail closure join", "not_checked join_auth join", "not_checked join_auth_state join"},
	unproven: "which is not in the answer",
}, {
	name: "let in, and the join carries the signature already", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2":   {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")},
		"join": {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")}},
}, {
	name: "let in, and nothing comes back", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2": {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")}, "join": {Content: flowtest.LetIn}},
	want:    then("fail returned_event join", joinUnsigned...),
	invalid: "other servers will reject the join",
}, {
	name: "let in, and the signature is not added", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2": {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")}, "join": {Content: flowtest.LetIn}},
	answer:  flowtest.ComesBack(func(r *flowtest.Room, _ *event.Event) []byte { return r.Events["join"].Raw() }),
	want:    then("fail returned_event join", joinUnsigned...),
	invalid: "had to sign the join",
}, {
	name: "let in, and another event comes back", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2": {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")}, "join": {Content: flowtest.LetIn}},
	answer:  flowtest.ComesBack(func(r *flowtest.Room, _ *event.Event) []byte { return r.Events["M2"].Raw() }),
	want:    append([]string{"fail returned_event_id join", "not_checked returned_event join"}, joinUnsigned...),
	invalid: "ours is",
}, {
	name: "let in without right", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2":   {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")},
		"join": {Content: strings.Replace(flowtest.LetIn, "alice:a.", "bob:b.", 1), After: flowtest.AlsoBy("b.example")}},
	want:    []string{"fail join_auth join", "fail join_auth_state join"},
	invalid: "the join would be rejected by the events it names",
}, {
	name: "an authoriser whose server has not signed a member's join", version: "10",
	bends: map[string]flowtest.Change{"J1": {Content: flowtest.Restricted}, "M2": {Content: flowtest.LetIn},
		"join": {Content: flowtest.LetIn}},
	answer: flowtest.ComesBack(nil),
	want: []string{"not_checked authorisation N", "not_checked authorisation M2b", "fail signature M2",
		"not_checked authorisation M2"},
}, {
	name:  "the room is closed",
	bends: map[string]flowtest.Change{"J1": {Content: `{"join_rule":"invite"}`}},
	want: []string{"fail authorisation N", "fail authorisation M2b", "fail authorisation M2", "fail join_auth join",
		"fail join_auth_state join"},
	invalid: "the join would be rejected by the events it names: rule 4.3.7",
}, {
	name: "banned since the template",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		r.Add("B", "m.room.member", "@alice:a.example", "@you:you.example", `{"membership":"ban"}`,
			flowtest.Change{Aside: true})
		a.State = append(a.State, "B")
	},
	want:    []string{"fail join_auth_state join", "warn join_auth_events join"},
	invalid: "the join would be rejected by the state before it: rule 4.3.3",
}, {
	name:  "a stale template",
	bends: map[string]flowtest.Change{"join": {Auth: map[auth.Tuple]string{{Type: "m.room.power_levels"}: "P1"}}},
	want:  []string{"warn join_auth_events join"},
}, {
	name:  "the join names too little",
	bends: map[string]flowtest.Change{"join": {Auth: map[auth.Tuple]string{{Type: "m.room.power_levels"}: ""}}},
	want:  []string{"warn join_auth_events join"},
}, {
	name:    "the join names what it must not",
	bends:   map[string]flowtest.Change{"join": {Auth: map[auth.Tuple]string{{Type: "m.room.name"}: "N"}}},
	want:    []string{"fail join_auth join", "warn join_auth_events join"},
	invalid: "rule 2.2",
}, {
	name: "the join rests on a rejected event",
	bends: map[string]flowtest.Change{"P2": {Auth: map[auth.Tuple]string{{Type: "m.room.member",
		StateKey: "@alice:a.example"}: ""}}},
	want:    []string{"fail authorisation P2", "fail authorisation N", "fail authorisation M2b", "fail join_auth join"},
	invalid: "rule 2.3",
}, {
	name:     "our join is not signed",
	bends:    map[string]flowtest.Change{"join": {Unsigned: true}},
	want:     then("fail signature join", joinUnjudged...),
	unproven: "not properly signed",
}, {
	name: "our join's content was changed",
	bends: map[string]flowtest.Change{"join": {After: flowtest.Edited("content",
		`{"membership":"join","displayname":"You"}`)}},
	want: []string{"fail content_hash join"},
}, {
	name:     "our join breaks the format",
	bends:    map[string]flowtest.Change{"join": {Set: func(f map[string]any) { f["depth"] = "1" }}},
	want:     then("fail event_format join", joinUnjudged...),
	unproven: "breaks the format",
}, {
	name: "our join is sent under another ID",
	state: func(s *flow.State) {
		s.Sent.Request.Target = strings.Replace(s.Sent.Request.Target, "send_join/", "send_join/x", 1) + "x"
	},
	want: []string{"fail event_id join"},
}, {
	name:  "our join was given another ID when it was built",
	state: func(s *flow.State) { s.Build.EventID = "$other" },
	want:  []string{"fail event_id join"},
}, {
	name:     "our join cannot be read",
	state:    func(s *flow.State) { s.Build.Event = []byte("{") },
	want:     then("fail event_format join", joinUnjudged...),
	unproven: "cannot be read",
}, {
	name:  "only what was sent is known",
	state: func(s *flow.State) { s.Build = nil },
}, {
	name:   "only what came back is known",
	answer: flowtest.ComesBack(nil),
	state:  func(s *flow.State) { s.Build, s.Sent = nil, nil },
	want:   []string{"not_checked returned_event_id join", "not_checked returned_event join"},
}, {
	name:  "no join is known",
	state: func(s *flow.State) { s.Build, s.Sent = nil, nil },
	want:  then("not_checked event_format join", joinUnjudged...),
}}

func TestJoinFaults(t *testing.T) {
	for _, f := range joinFaults {
		t.Run(f.name, func(t *testing.T) {
			r, v := f.verify(t)
			got := r.NotPassed(v)
			for i := range got { // where no event has an ID, the subject says so
				got[i] = strings.ReplaceAll(got[i], " join", " join")
			}
			if diff := cmp.Diff(f.want, got); diff != "" {
				t.Errorf("not passed (-want +got):\n%s", diff)
				for _, c := range v.Checks {
					if c.Outcome != verify.Pass {
						t.Logf("%s %s %s: %s", c.Outcome, c.Kind, c.Field, c.Detail)
					}
				}
			}
			if (f.invalid == "") != (v.Invalid == "") || !strings.Contains(v.Invalid, f.invalid) {
				t.Errorf("invalid: %q, want %q", v.Invalid, f.invalid)
			}
			if (f.unproven == "") != (v.Unproven == "") || !strings.Contains(v.Unproven, f.unproven) {
				t.Errorf("unproven: %q, want %q", v.Unproven, f.unproven)
			}
			flowtest.Consistent(t, v)
		})
	}
}

// The copy that came back is what the rules are asked about: it alone carries the signature of a restricted join.
func TestReturnedCopyIsUsed(t *testing.T) {
	i := slices.IndexFunc(joinFaults, func(f fault) bool { return f.name == "let in by a restricted rule" })
	_, v := joinFaults[i].verify(t)
	if !bytes.Equal(verify.UsedJoin(v).Raw(), verify.ReturnedJoin(v).Raw()) {
		t.Error("our own copy was used")
	}
}

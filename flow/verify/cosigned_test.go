package verify_test

import (
	"bytes"
	"slices"
	"testing"

	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// restrictedJoin is the worked example with a join that a user of a.example lets in; back makes the copy that comes
// back, nil for none.
func restrictedJoin(t *testing.T, version string, back func(*flowtest.Room, *event.Event) []byte) (flow.State,
	*verify.Verification, *flowtest.Room) {
	r := flowtest.Worked(t, version, map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
		"M2": {Content: flowtest.LetIn, After: flowtest.AlsoBy("a.example")}, "join": {Content: flowtest.LetIn}})
	a := flowtest.WorkedAnswer()
	if back != nil {
		flowtest.ComesBack(back)(r, &a)
	}
	s := r.After(r.Body(a))
	s.Verification = s.Verify()
	return s, s.Verification, r
}

// The rule that refuses a restricted join because the authoriser's signature is missing is named, in whatever way it is
// missing.
func TestNotCosigned(t *testing.T) {
	for _, version := range []string{"8", "9", "10", "11", "12"} {
		rule := "4.2.1"
		if version == "12" {
			rule = "5.2.1"
		}
		for name, test := range map[string]struct {
			back  func(*flowtest.Room, *event.Event) []byte
			fault verify.Fault
			check string
		}{
			"nothing comes back": {nil, verify.NotReturned, "returned_event"},
			"our copy as it was": {func(r *flowtest.Room, _ *event.Event) []byte { return r.Events["join"].Raw() },
				verify.NotCosigned, "returned_event"},
			"signed by another": {func(r *flowtest.Room, _ *event.Event) []byte {
				return flowtest.Raw(flowtest.AlsoBy("b.example"))(r, r.Events["join"])
			}, verify.NotCosigned, "returned_event"},
			"signature turned": {flowtest.Raw(authoriserTurned), verify.NotCosigned, "returned_event"},
			"what is no event": {func(*flowtest.Room, *event.Event) []byte { return []byte("5") }, verify.Unreadable,
				"returned_event"},
			"another event": {func(r *flowtest.Room, _ *event.Event) []byte { return r.Events["M2"].Raw() },
				verify.OtherEvent, "returned_event_id"},
			"with a field that is wrong": {flowtest.Raw(flowtest.Edited("unsigned", "5")), verify.BadField, "returned_event"},
		} {
			s, v, r := restrictedJoin(t, version, test.back)
			if !flowtest.FailsWith(v, test.check, test.fault) || v.Invalid == "" {
				t.Errorf("version %s, %s: %s does not fail with %s: invalid %q, %q", version, name, test.check, test.fault,
					v.Invalid, r.NotPassed(v))
			}
			for _, id := range []string{"join_auth", "join_auth_state"} {
				c := flowtest.CheckOf(v, id)
				if c.Outcome != verify.Fail || c.Fault != verify.RuleRejects || c.Ground != auth.NotCosigned || c.Rule != rule {
					t.Errorf("version %s, %s: %s is %+v, want rule %s", version, name, id, c, rule)
				}
			}
			for _, w := range s.ShowWork(r.Events["join"].ID()) {
				if w.NotYetCosigned != "" != (w.Where == "sent" && !w.Counts) {
					t.Errorf("version %s, %s: the copy at %s counts %v, and is not yet signed by %q", version, name, w.Where,
						w.Counts, w.NotYetCosigned)
				}
			}
			flowtest.Consistent(t, v)
		}
	}
}

// The copy as sent cannot carry the authoriser's signature yet: it is not judged by itself, but by the copy that came
// back.
func TestNotYetCosigned(t *testing.T) {
	for _, version := range []string{"8", "9", "10", "11", "12"} {
		s, v, r := restrictedJoin(t, version, flowtest.Raw(func(e *event.Event) (*event.Event, error) { return e, nil }))
		if v.Invalid != "" || v.Unproven != "" {
			t.Fatalf("version %s: %q %q", version, v.Invalid, v.Unproven)
		}
		work := s.ShowWork(r.Events["join"].ID())
		if len(work) != 2 {
			t.Fatalf("version %s: %d copies", version, len(work))
		}
		sent, back := work[0], work[1]
		if sent.Counts || sent.NotYetCosigned != "a.example" || sent.JudgedAt != "/event" {
			t.Errorf("version %s: as sent: counts %v, not yet signed by %q, judged at %q", version, sent.Counts,
				sent.NotYetCosigned, sent.JudgedAt)
		}
		if !back.Counts || back.NotYetCosigned != "" {
			t.Errorf("version %s: as it came back: %+v", version, back)
		}
		for _, w := range work {
			if w.ByAuthEvents.Outcome != auth.Allowed || w.ByAuthEvents.Result() != verify.Pass ||
				w.ByState.Outcome != auth.Allowed || w.ByState.Result() != verify.Pass {
				t.Errorf("version %s, the copy at %s: %+v, %+v", version, w.Where, w.ByAuthEvents, w.ByState)
			}
		}
		// Before there is an answer, it is the same.
		s.Verification, s.Reply = nil, nil
		if w := s.ShowWork(r.Events["join"].ID()); len(w) != 1 || w[0].NotYetCosigned != "a.example" || !w[0].Counts {
			t.Errorf("version %s, before the answer: %+v", version, w)
		}
	}
}

// authoriserTurned turns over one bit of the signature of a.example.
func authoriserTurned(e *event.Event) (*event.Event, error) {
	for _, s := range e.Signatures() {
		if s.Server == "a.example" {
			b := bytes.Clone(s.Bytes)
			b[0] ^= 1
			return event.Parse(e.Version(), bytes.ReplaceAll(e.Raw(), []byte(s.Base64), []byte(event.EncodeBase64(b))))
		}
	}
	return e, nil
}

// An answer given without the join that was sent is judged by the copy in it, and the rule that refuses that is named,
// too.
func TestRawNotCosigned(t *testing.T) {
	for _, version := range []string{"8", "9", "10", "11", "12"} {
		for signed, back := range map[bool]func(*flowtest.Room, *event.Event) []byte{
			true:  func(_ *flowtest.Room, e *event.Event) []byte { return e.Raw() },
			false: func(r *flowtest.Room, _ *event.Event) []byte { return r.Events["join"].Raw() },
		} {
			_, _, r := restrictedJoin(t, version, back)
			a := flowtest.WorkedAnswer()
			flowtest.ComesBack(back)(r, &a)
			s, err := flow.VerifyRaw(flow.RawReply{RoomVersion: version, Answer: r.Body(a), Keys: r.KeyFile(),
				Now: flowtest.FetchedAt()})
			if err != nil {
				t.Fatal(err)
			}
			if outcome := s.Outcome(); (outcome == flow.Verified) != signed || (outcome == flow.Invalid) == signed {
				t.Errorf("version %s, signed %v: %s, %+v", version, signed, outcome, s.Stopped)
			}
			found := flowtest.FindingOf(diagnose.RawFindings(s), "restricted-unsigned")
			if c := flowtest.CheckOf(s.Verification, "join_auth"); !signed && (c.Ground != auth.NotCosigned || found == nil) ||
				signed && found != nil {
				t.Errorf("version %s, signed %v: %+v, %+v", version, signed, c, found)
			}
		}
	}
}

// What can be shown of our join does not hang on whether the answer can be used.
func TestWorkWithoutAnswer(t *testing.T) {
	for _, version := range event.Versions() {
		r := flowtest.Worked(t, version.ID, nil)
		for _, body := range []string{"", "{}", "[]", `{"state":[],"auth_chain":[]}`} {
			s := r.After([]byte(body))
			s.Verification = s.Verify()
			work := s.ShowWork(r.Events["join"].ID())
			if len(work) != 1 || work[0].Where != "sent" || work[0].ContentClaimed != work[0].ContentComputed ||
				!work[0].Signatures[0].Verifies {
				t.Errorf("version %s, %q: %+v", version.ID, body, work)
			}
		}
	}
}

// A check that could be made on no event is there for each of them: a page that shows what passed must not hide it.
func TestSkippedChecksAreTold(t *testing.T) {
	r := flowtest.Worked(t, "11", map[string]flowtest.Change{"C": {After: flowtest.Turned}})
	v := r.Verified(flowtest.WorkedAnswer())
	for _, name := range flowtest.WorkedState {
		if !slices.ContainsFunc(v.Of(r.Events[name].ID()),
			func(c verify.Check) bool { return c.Kind == verify.KindAuthorisation && c.Outcome == verify.NotChecked }) {
			t.Errorf("nothing says of %s that the rules were not asked", name)
		}
	}
}

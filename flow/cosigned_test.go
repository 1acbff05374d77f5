package flow

import (
	"bytes"
	"slices"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// restrictedJoin is the worked example with a join that a user of a.example lets in; back makes the copy that comes
// back, nil for none.
func restrictedJoin(t *testing.T, version string, back func(*testRoom, *event.Event) []byte) (State, *Verification, *testRoom) {
	r := worked(t, version, map[string]bend{"J1": {content: restricted}, "M2": {content: letIn, after: alsoBy("a.example")}, "join": {content: letIn}})
	a := workedAnswer()
	if back != nil {
		comesBack(back)(r, &a)
	}
	s := r.after(r.body(a))
	s.Verification = s.Verify()
	return s, s.Verification, r
}

// The rule that refuses a restricted join for want of the authoriser's signature is named, in whatever way it is
// missing.
func TestNotCosigned(t *testing.T) {
	for _, version := range []string{"8", "9", "10", "11", "12"} {
		rule := "4.2.1"
		if version == "12" {
			rule = "5.2.1"
		}
		for name, test := range map[string]struct {
			back  func(*testRoom, *event.Event) []byte
			fault Fault
			check string
		}{
			"nothing comes back":         {nil, NotReturned, "returned_event"},
			"our copy as it was":         {func(r *testRoom, _ *event.Event) []byte { return r.events["join"].Raw() }, NotCosigned, "returned_event"},
			"signed by another":          {func(r *testRoom, _ *event.Event) []byte { return raw(alsoBy("b.example"))(r, r.events["join"]) }, NotCosigned, "returned_event"},
			"signature turned":           {raw(authoriserTurned), NotCosigned, "returned_event"},
			"what is no event":           {func(*testRoom, *event.Event) []byte { return []byte("5") }, Unreadable, "returned_event"},
			"another event":              {func(r *testRoom, _ *event.Event) []byte { return r.events["M2"].Raw() }, OtherEvent, "returned_event_id"},
			"with a field that is wrong": {raw(edited("unsigned", "5")), BadField, "returned_event"},
		} {
			s, v, r := restrictedJoin(t, version, test.back)
			if !failsWith(v, test.check, test.fault) || v.Invalid == "" {
				t.Errorf("version %s, %s: %s does not fail with %s: invalid %q, %q", version, name, test.check, test.fault, v.Invalid, r.notPassed(v))
			}
			for _, id := range []string{"join_auth", "join_auth_state"} {
				c := checkOf(v, id)
				if c.Outcome != Fail || c.Fault != RuleRejects || c.Ground != auth.NotCosigned || c.Rule != rule {
					t.Errorf("version %s, %s: %s is %+v, want rule %s", version, name, id, c, rule)
				}
			}
			for _, w := range s.ShowWork(r.events["join"].ID()) {
				if w.NotYetCosigned != "" != (w.Where == "sent" && !w.Counts) {
					t.Errorf("version %s, %s: the copy at %s counts %v, and is not yet signed by %q", version, name, w.Where, w.Counts, w.NotYetCosigned)
				}
			}
			consistent(t, v)
		}
	}
}

// The copy as sent cannot carry the authoriser's signature yet: it is not judged by itself, but by the copy that came back.
func TestNotYetCosigned(t *testing.T) {
	for _, version := range []string{"8", "9", "10", "11", "12"} {
		s, v, r := restrictedJoin(t, version, raw(func(e *event.Event) (*event.Event, error) { return e, nil }))
		if v.Invalid != "" || v.Unproven != "" {
			t.Fatalf("version %s: %q %q", version, v.Invalid, v.Unproven)
		}
		work := s.ShowWork(r.events["join"].ID())
		if len(work) != 2 {
			t.Fatalf("version %s: %d copies", version, len(work))
		}
		sent, back := work[0], work[1]
		if sent.Counts || sent.NotYetCosigned != "a.example" || sent.JudgedAt != "/event" {
			t.Errorf("version %s: as sent: counts %v, not yet signed by %q, judged at %q", version, sent.Counts, sent.NotYetCosigned, sent.JudgedAt)
		}
		if !back.Counts || back.NotYetCosigned != "" {
			t.Errorf("version %s: as it came back: %+v", version, back)
		}
		for _, w := range work {
			if w.ByAuthEvents.Outcome != auth.Allowed || w.ByAuthEvents.Result() != Pass || w.ByState.Outcome != auth.Allowed || w.ByState.Result() != Pass {
				t.Errorf("version %s, the copy at %s: %+v, %+v", version, w.Where, w.ByAuthEvents, w.ByState)
			}
		}
		// Before there is an answer, it is the same.
		s.Verification, s.Reply = nil, nil
		if w := s.ShowWork(r.events["join"].ID()); len(w) != 1 || w[0].NotYetCosigned != "a.example" || !w[0].Counts {
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
		for signed, back := range map[bool]func(*testRoom, *event.Event) []byte{
			true:  func(_ *testRoom, e *event.Event) []byte { return e.Raw() },
			false: func(r *testRoom, _ *event.Event) []byte { return r.events["join"].Raw() },
		} {
			_, _, r := restrictedJoin(t, version, back)
			a := workedAnswer()
			comesBack(back)(r, &a)
			s, err := VerifyRaw(RawReply{RoomVersion: version, Answer: r.body(a), Keys: r.keyFile(), Now: fetchedAt()})
			if err != nil {
				t.Fatal(err)
			}
			if outcome := s.Outcome(); (outcome == Verified) != signed || (outcome == Invalid) == signed {
				t.Errorf("version %s, signed %v: %s, %+v", version, signed, outcome, s.Stopped)
			}
			found := findingOf(RawFindings(s), "restricted-unsigned")
			if c := checkOf(s.Verification, "join_auth"); !signed && (c.Ground != auth.NotCosigned || found == nil) || signed && found != nil {
				t.Errorf("version %s, signed %v: %+v, %+v", version, signed, c, found)
			}
		}
	}
}

// What can be shown of our join does not hang on whether the answer can be used.
func TestWorkWithoutAnswer(t *testing.T) {
	for _, version := range event.Versions() {
		r := worked(t, version.ID, nil)
		for _, body := range []string{"", "{}", "[]", `{"state":[],"auth_chain":[]}`} {
			s := r.after([]byte(body))
			s.Verification = s.Verify()
			work := s.ShowWork(r.events["join"].ID())
			if len(work) != 1 || work[0].Where != "sent" || work[0].ContentClaimed != work[0].ContentComputed || !work[0].Signatures[0].Verifies {
				t.Errorf("version %s, %q: %+v", version.ID, body, work)
			}
		}
	}
}

// A check that could be made on no event is there for each of them: a page that shows what passed must not hide it.
func TestSkippedChecksAreTold(t *testing.T) {
	r := worked(t, "11", map[string]bend{"C": {after: turned}})
	v := r.verified(workedAnswer())
	for _, name := range workedState {
		if !slices.ContainsFunc(v.Of(r.events[name].ID()), func(c Check) bool { return c.ID == "authorisation" && c.Outcome == NotChecked }) {
			t.Errorf("nothing says of %s that the rules were not asked", name)
		}
	}
}

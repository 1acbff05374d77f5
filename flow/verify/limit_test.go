package verify_test

import (
	"strings"
	"testing"

	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// Of an answer with more events than are looked at, the first are looked at one by one. What the others might say stays
// not checked, with the limit's number, and the join is not proven: nothing fails for what was not looked at.
func TestMoreEventsThanAreLookedAt(t *testing.T) {
	for _, version := range hostileVersions {
		r := flowtest.Worked(t, version, nil)
		body := r.Body(flowtest.WorkedAnswer())
		whole := r.After(body)
		all := len(whole.Reply.State) + len(whole.Reply.AuthChain)
		for most := range all {
			s := r.After(body)
			s.Reply = verify.ReadUpTo(9, "a.example", body, most)
			if kept := len(s.Reply.State) + len(s.Reply.AuthChain); kept != most || s.Reply.Beyond != all-most {
				t.Fatalf("version %s: %d events kept of %d, %d beyond", version, kept, most, s.Reply.Beyond)
			}
			v := s.Verify()
			if v.Invalid != "" || !strings.Contains(v.Unproven, "over the limit of ") {
				t.Errorf("version %s, %d events: invalid %q, unproven %q", version, most, v.Invalid, v.Unproven)
			}
			for _, c := range v.Checks {
				if c.Outcome == verify.Fail {
					t.Errorf("version %s, %d events: %s fails at %s: %s", version, most, c.Kind, c.Field, c.Detail)
				}
			}
			if got := v.Tally(verify.KindSignature); most == all-1 && got.Pass == 0 {
				t.Errorf("version %s: no signature was looked at", version)
			}
			flowtest.Consistent(t, v)
		}
		s := r.After(body)
		s.Reply = verify.ReadUpTo(9, "a.example", body, all)
		if v := s.Verify(); v.Unproven != "" || s.Reply.Beyond != 0 {
			t.Errorf("version %s: just as many as are looked at: %q", version, v.Unproven)
		}
	}
}

// An answer of things that are too short to be events is not looked at for longer than it takes to see that.
func TestEventsTooShortToBeOne(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	body := []byte(`{"auth_chain":[],"state":[{}` + strings.Repeat(`,{}`, 4999) + `]}`)
	s := r.After(body)
	v := s.Verify()
	if len(s.Reply.State) != 1000 || s.Reply.Beyond != 4000 {
		t.Errorf("%d looked at, %d not", len(s.Reply.State), s.Reply.Beyond)
	}
	const want = "of the 5000 events of the answer more than the limit of 1000 are shorter than 100 bytes"
	if !strings.Contains(v.Unproven, want) {
		t.Errorf("unproven %q, want %q", v.Unproven, want)
	}
	flowtest.Consistent(t, v)
}

package sandbox

import (
	"testing"

	"doorstep/flow"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

// A join that stands also stands when members are left out of the answer, whoever lets the user in: nothing that may be
// left out is missed.
func TestJoinsStandWithoutMembers(t *testing.T) {
	for name, whole := range sweep() {
		if flow.Fold(whole).Outcome() != flow.Joined || name == "partial-state-incomplete" { // more is left out there
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := Lookup(name)
			s.Asked.OmitMembers = true
			run, stop, err := Join(t.Context(), s, engine.JoinOptions{Tool: "test"})
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			run.Finish(t.Context())
			state := flow.Fold(run.Trace())
			if got := state.Outcome(); got != flow.Joined {
				t.Errorf("outcome %s; stopped %+v", got, state.Stopped)
			}
			if state.Verification == nil {
				return
			}
			for _, c := range state.Verification.Checks {
				if c.Kind == verify.KindPartialState && c.Outcome != verify.Pass {
					t.Errorf("%s %s: %s", c.Outcome, c.Kind, c.Detail)
				}
			}
		})
	}
}

package sandbox

import (
	"testing"

	"doorstep/flow"
	"doorstep/flow/sandbox/engine"
)

// Every scenario can be hosted, or says why not; what the specification asks of who joins is known of each that can.
func TestHosted(t *testing.T) {
	t.Parallel()
	hosted := map[string]bool{}
	for _, s := range Scenarios() {
		why := s.Unhosted()
		if why != "" && why.Says() == "" {
			t.Errorf("%s: %q is said in no words", s.Name, why)
		}
		hosted[s.Name] = why == ""
		if DutyOf(s).Says() == "" {
			t.Errorf("%s: a duty without words", s.Name)
		}
	}
	for name := range duties {
		if !hosted[name] {
			t.Errorf("there is no scenario %s that could be hosted", name)
		}
	}
	if len(hosted) < 200 {
		t.Errorf("%d scenarios", len(hosted))
	}
}

// What the specification asks agrees with what our own joining server does in the same scenario.
func TestDutiesAgreeWithOurs(t *testing.T) {
	t.Parallel()
	allowed := map[Duty][]flow.Outcome{
		DutyJoin: {flow.Joined}, DutyDrop: {flow.Joined}, DutyRefuse: {flow.Invalid, flow.Refused, flow.Failed, flow.Unreachable},
		DutyFail: {flow.Refused, flow.Unreachable, flow.Failed, flow.TimedOut},
	}
	for _, s := range Scenarios() {
		duty := DutyOf(s)
		if s.Unhosted() != "" || duty == DutyMay {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			run, stop, err := Join(t.Context(), s, engine.JoinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			run.Finish(t.Context())
			got := flow.Fold(run.Trace()).Outcome()
			for _, want := range allowed[duty] {
				if got == want {
					return
				}
			}
			t.Errorf("we come to %s, and are asked to %s", got, duty)
		})
	}
}

package sandbox

import (
	"slices"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

// verified walks through a scenario in a room of another version and returns what the answer came to.
func verified(t *testing.T, s engine.Scenario, version string) (flow.Trace, flow.State) {
	t.Helper()
	s.RoomVersion = version
	run, stop, err := Join(t.Context(), s, engine.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	state := flow.Fold(run.Trace())
	if state.Verification == nil {
		t.Fatalf("version %s: nothing was verified: %+v", version, state.Stopped)
	}
	return run.Trace(), state
}

func tally(v *verify.Verification, o verify.CheckOutcome, id string, f verify.Fault) (n int) {
	for _, c := range v.Checks {
		if c.Outcome == o && c.Kind.String() == id && c.Fault == f {
			n++
		}
	}
	return n
}

// A room with redacted members, power levels and topic is joined in every version: what was redacted is told as such,
// and fails nothing; an event among them that was changed still fails.
func TestRedactedState(t *testing.T) {
	for _, v := range event.Versions() {
		t.Run("v"+v.ID, func(t *testing.T) {
			t.Parallel()
			s := scenario(t, "redacted-state")
			trace, state := verified(t, s, v.ID)
			if all := state.Verification.Tally(verify.NoKind); all.Fail+all.NotChecked > 0 || state.Outcome() != flow.Joined {
				t.Errorf("%s, %+v", state.Outcome(), all)
			}
			if got := tally(state.Verification, verify.Warn, "content_hash", verify.Redacted); got != 5 {
				t.Errorf("%d events told as redacted, not 5", got)
			}
			report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{Strict: true})
			if report.ExitCode != 0 || !slices.ContainsFunc(report.Findings,
				func(f diagnose.Finding) bool { return f.ID == "redacted-events" && f.Severity == "info" }) {
				t.Errorf("exit code %d, findings %+v", report.ExitCode, report.Findings)
			}
			told := 0
			for _, e := range state.Verification.Sets().Events {
				if w := state.ShowWork(e.ID)[0]; w.Redacted != nil && w.Redacted.By != "" && w.Redacted.Reason == "spam" &&
					w.Redacted.Sender != "" {
					told++
				}
			}
			if told != 3 {
				t.Errorf("of %d events it is known who redacted them, not of 3", told)
			}

			s.Faults = append(slices.Clone(s.Faults), engine.Fault{History: tamper(engine.StepOldName,
				setContent("name", "Another room"))}, engine.Fault{History: tamper("name", setContent("name", "x"))})
			trace, state = verified(t, s, v.ID)
			altered := tally(state.Verification, verify.Fail, "content_hash", verify.Altered)
			if altered != 1 || tally(state.Verification, verify.Warn, "content_hash", verify.Redacted) != 5 {
				t.Errorf("%d altered besides the redacted ones", altered)
			}
			if found := diagnose.Findings(trace, flow.Fold(trace)); len(found) == 0 || found[0].ID != "bad-hash" {
				t.Errorf("findings %+v", found)
			}
		})
	}
}

package sandbox

import (
	"testing"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/sandbox/engine"
)

// What the room holds of the user after a join that was to be left again: whatever was there before stays, unless that
// was said twice.
func TestLeaveLeavesTheRestAlone(t *testing.T) {
	for name, c := range map[string]struct {
		held, sure string                 // the user's membership afterwards
		change     func(*engine.Scenario) // of the scenario; nil: none
	}{
		"already-member": {held: "join", sure: "leave"},
		"leave-held":     {held: "invite", sure: "leave"},
		"half-joined":    {held: "leave", sure: "leave"},
		"public-v12":     {held: "leave", sure: "leave", change: func(s *engine.Scenario) { s.Asked.Leave = true }},
		"public-v1":      {held: "leave", sure: "leave", change: func(s *engine.Scenario) { s.Asked.Leave = true }},
		"restricted":     {held: "leave", sure: "leave", change: func(s *engine.Scenario) { s.Asked.Leave = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario(t, name)
			if c.change != nil {
				c.change(&s)
			}
			f, err := engine.Start(t.Context(), s, engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(f.Stop)
			run, stop, err := f.Join(t.Context(), engine.JoinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stop)
			run.Finish(t.Context())
			if got := f.Room.Membership(f.UserID); got != c.held {
				t.Errorf("afterwards the user's membership is %q, want %q", got, c.held)
			}
			state := flow.Fold(run.Trace())
			if left := state.Undo.Left; left != (c.held == "leave") || left != (state.HoldsLeave() == flow.NotHeld) {
				t.Errorf("left %t, hold %d", left, state.HoldsLeave())
			}
			run.LeaveAnyway()
			run.Finish(t.Context())
			if got := f.Room.Membership(f.UserID); got != c.sure {
				t.Errorf("told twice, the user's membership is %q, want %q", got, c.sure)
			}
		})
	}
}

func reportOf(t flow.Trace) export.Report {
	return export.NewReport(t, flow.Fold(t), export.ReportOptions{})
}

// Every version has members who join again.
func TestAlreadyMemberInEveryVersion(t *testing.T) {
	for _, s := range publicScenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			s := complete([]engine.Scenario{s})[0]
			s.Asked = engine.Asked{Leave: true, AlreadyIn: true}
			report := reportOf(finish(t, s, engine.JoinOptions{}))
			if report.Outcome != flow.Joined || !report.AlreadyMember || report.NotLeft == "" || report.Left ||
				report.MayHaveJoined {
				t.Errorf("outcome %s (%s), already a member %t, left %t, not left %q", report.Outcome, report.Why,
					report.AlreadyMember, report.Left, report.NotLeft)
			}
			omit := s
			omit.Asked.OmitMembers = true
			if s.Form == "current" {
				if report := reportOf(finish(t, omit, engine.JoinOptions{})); !report.AlreadyMember || report.Left {
					t.Errorf("without members: already a member %t, left %t", report.AlreadyMember, report.Left)
				}
			}
		})
	}
}

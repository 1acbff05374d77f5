package export

import (
	"doorstep/flow"
	"doorstep/flow/inspect"
)

// checkReport is the report of a trace of a check: what is about a join is empty in it.
func checkReport(t flow.Trace, s flow.State, o ReportOptions) Report {
	check := inspect.Of(t)
	r := Report{
		Doorstep: 1,
		Outcome:  check.Outcome,
		ExitCode: check.ExitCode(o.Strict),
		Why:      check.Verdict(),
		Check:    &check,
		Roles:    RolesJSON{Joining: t.Header.Joining},
		Steps:    make([]StepJSON, 0, len(t.Entries)),
		Diff:     []ChangeJSON{},
		Checks:   []CheckJSON{},
		Findings: check.Findings,
		Redacted: t.Header.Redacted != nil,
	}
	if check.Outcome == flow.Cancelled {
		r.ExitCode = s.ExitCode(check.Outcome, o.Strict)
	}
	r.Counts.Checks = check.Counts
	answers := t.Answers()
	for i := range t.Entries {
		r.Steps = append(r.Steps, stepJSON(t, &t.Entries[i], answers[t.Entries[i].Seq]))
	}
	return r
}

package diagnose_test

import (
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
)

// What a redacted recording says was found before are words that every view takes for ours: none of them is anything
// but an ID, a severity and a step, and those that another version may know stay what they are.
func TestHostileFoundBefore(t *testing.T) {
	trace := flowtest.Embedded(t, "banned")
	const bad = "\x1b[2J<b>|`\u202e"
	trace.Header.Redacted = &flow.Redacted{Found: flow.FoundBefore{Entries: len(trace.Entries), Outcome: flow.Refused,
		Verified: flow.Failed, Findings: []flow.FoundFinding{{ID: "banned", Severity: bad, Step: bad, Evidence: []int{1}},
			{ID: bad, Severity: bad, Step: bad, Evidence: []int{1}},
			{ID: "of-a-later-version", Severity: "info", Step: "A5", Evidence: []int{1}}}}}
	found := diagnose.Findings(trace, flow.Fold(trace))
	if len(found) < 3 {
		t.Fatalf("%d findings", len(found))
	}
	want := []diagnose.Finding{{ID: "banned", Severity: "warn", Step: "A5"},
		{ID: "finding-of-another-version", Severity: "warn"}, {ID: "of-a-later-version", Severity: "info", Step: "A5"}}
	for i, w := range want {
		if f := found[i]; f.ID != w.ID || f.Severity != w.Severity || f.Step != w.Step {
			t.Errorf("%q, %q, %q; want %q, %q, %q", f.ID, f.Severity, f.Step, w.ID, w.Severity, w.Step)
		}
	}
}

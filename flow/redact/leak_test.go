package redact_test

import (
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/redact"
)

// Nothing that identifies anybody is left of a recording that was redacted.
func TestNothingLeaks(t *testing.T) {
	most := 0
	each(t, func(t *testing.T, trace flow.Trace) {
		hidden := flowtest.Secrets(t, written(t, trace))
		if most = max(most, len(hidden)); len(hidden) < 5 {
			t.Errorf("only %q is looked for", hidden)
		}
		for _, s := range flowtest.Leaks(t, written(t, redact.Trace(trace, "doorstep test")), hidden) {
			t.Errorf("%q is still in it", s)
		}
	})
	if most < 1000 {
		t.Errorf("at most %d names are looked for in a recording", most)
	}
}

package live

import (
	"context"
	"errors"
	"testing"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/flowtest"
)

// What is sent to real servers cannot be changed, and a stepper that changes nothing has no drafts.
func TestOnlyTheSandboxIsChanged(t *testing.T) {
	for _, source := range []string{"join", "sandbox"} {
		script := flowtest.NewScript(func(h *flow.Header) {
			h.Target, h.Via, h.Source = "!r:a.example", []string{"a.example"}, source
		}).Joins().Finds([]string{"192.0.2.1:8448"})
		var stepper Stepper = &Network{Client: nil}
		if source == "sandbox" {
			stepper = plain{}
		}
		run := NewRun(script.Trace.Header, stepper, nil)
		for _, e := range script.Trace.Entries {
			run.Emit(e)
		}
		if next, ok := flow.Fold(run.Trace()).Next(); !ok || next.ID != flow.A4 {
			t.Fatalf("the next step is %+v", next)
		}
		if _, err := run.Draft(); !errors.Is(err, ErrUnalterable) {
			t.Errorf("%s: a draft, and %v", source, err)
		}
		if err := run.StepAltered(t.Context(), alter.Draft{Step: flow.A4}); !errors.Is(err, ErrUnalterable) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// plain is a stepper that does nothing.
type plain struct{}

func (plain) Do(context.Context, flow.Trace, flow.State, flow.Step, func(flow.Entry) flow.Entry) {}

func (plain) Progress() flow.Progress { return flow.Progress{} }

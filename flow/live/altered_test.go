package live

import (
	"context"
	"errors"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/flowtest"
)

// toMakeJoin is a run on real servers, or in the sandbox, whose next step is make_join.
func toMakeJoin(t *testing.T, source string, stepper Stepper) *Run {
	t.Helper()
	script := flowtest.NewScript(func(h *flow.Header) {
		h.Target, h.Via, h.Source = "!r:a.example", []string{"a.example"}, source
	}).Joins().Finds([]string{"192.0.2.1:8448"})
	run := NewRun(script.Trace.Header, stepper, nil)
	for _, e := range script.Trace.Entries {
		run.Emit(e)
	}
	if next, ok := flow.Fold(run.Trace()).Next(); !ok || next.ID != flow.A4 {
		t.Fatalf("the next step is %+v", next)
	}
	return run
}

// A stepper that changes nothing has no drafts, and neither has a run of another source.
func TestUnalterable(t *testing.T) {
	for source, stepper := range map[string]Stepper{"sandbox": plain{}, "join": plain{}, "import": &altering{}} {
		run := toMakeJoin(t, source, stepper)
		if _, err := run.Draft(); !errors.Is(err, ErrUnalterable) {
			t.Errorf("%s: a draft, and %v", source, err)
		}
		if err := run.StepAltered(t.Context(), alter.Draft{Step: flow.A4}, Consent{}); !errors.Is(err, ErrUnalterable) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// What real servers would see of a changed step needs the consent to just that; in the sandbox none is needed, and
// none for a step that is as it would have been.
func TestConsentToAChangedStep(t *testing.T) {
	usual := alter.Of(flow.A4, "a.example", client.Request{Method: "GET", Target: "/make_join"}, nil)
	unsigned, _ := usual.Parse("GET /make_join?ver=1\nTo: a.example\n\n")
	other, _ := usual.Parse("GET /make_join?ver=2\nTo: a.example\n\n")
	for _, c := range []struct {
		source  string
		draft   alter.Draft
		consent Consent
		want    error
	}{
		{"join", unsigned, Consent{}, ErrUnconsented},
		{"join", unsigned, ConsentTo(other), ErrUnconsented},
		{"join", unsigned, ConsentTo(unsigned), nil},
		{"join", usual, Consent{}, nil},
		{"sandbox", unsigned, Consent{}, nil},
	} {
		stepper := &altering{}
		err := toMakeJoin(t, c.source, stepper).StepAltered(t.Context(), c.draft, c.consent)
		if !errors.Is(err, c.want) || (err == nil) != (stepper.did == c.draft.Target) {
			t.Errorf("%s, %s: %v, did %q; want %v", c.source, c.draft.Target, err, stepper.did, c.want)
		}
	}
}

// altering does nothing but remember the target that it was to send.
type altering struct {
	plain
	did string
}

func (*altering) Draft(flow.State, flow.Step) (alter.Draft, error) { return alter.Draft{}, nil }

func (a *altering) DoAltered(_ context.Context, _ flow.State, _ flow.Step, d alter.Draft,
	_ func(flow.Entry) flow.Entry) error {
	a.did = d.Target
	return nil
}

// plain is a stepper that does nothing.
type plain struct{}

func (plain) Do(context.Context, flow.Trace, flow.State, flow.Step, func(flow.Entry) flow.Entry) {}

func (plain) Progress() flow.Progress { return flow.Progress{} }

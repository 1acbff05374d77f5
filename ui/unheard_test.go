package ui

import (
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/sandbox"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/text"
)

// The exchange that is missing is drawn, faintly and as inferred, before the refusal that it explains; it is no entry,
// and nothing rests on it.
func TestWhatNeverCameIsDrawn(t *testing.T) {
	scenario, _ := sandbox.Lookup("key-unreachable")
	trace, err := ranTrace(scenario)
	if err != nil {
		t.Fatal(err)
	}
	state := flow.Fold(trace)
	unheard := diagnose.UnheardOf(trace, state, diagnose.Findings(trace, state))
	if len(unheard) != 1 {
		t.Fatalf("%+v never came, want one request", unheard)
	}
	refusal := unheard[0].Refusal
	for _, size := range sizes {
		for _, ascii := range []bool{false, true} {
			s := replaying(t, size[0], size[1], trace, -1, Options{ASCII: ascii})
			s.m.screen.reveal(refusal)
			s.send(nil).press("k")
			h := s.m.screen
			r, ok := h.selected()
			if !ok || r.ID != (story.RowID{Unheard: refusal}) || r.Kind != render.Failure || !r.Inferred || r.At >= 0 ||
				r.Number != 0 {
				t.Fatalf("before the refusal stands %+v", r)
			}
			s.sound()
			drawn := strings.Join(h.drawLadder(), "\n")
			for _, want := range []string{"inferred: GET key", "never reached us"} {
				if !strings.Contains(drawn, want) {
					t.Errorf("at %v %q is not in the ladder:\n%s", size, want, drawn)
				}
			}
			s.press("e").shows("Inferred: a request that never reached us")
		}
	}
	whole := export.NewReport(trace, state, export.ReportOptions{})
	if len(whole.Steps) != len(trace.Entries) {
		t.Errorf("the report has %d steps of %d entries", len(whole.Steps), len(trace.Entries))
	}
	var plain strings.Builder
	if err := text.Write(&plain, trace, text.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(plain.String()), " "); !strings.Contains(got,
		"inferred: GET key by the resident server resident.example never reached us, before entry 9") {
		t.Errorf("the plain text does not infer it:\n%s", plain.String())
	}
	if drawn := strings.Join(text.Ladder(trace, 100, 0, false), "\n"); !strings.Contains(drawn, "never reached us") {
		t.Errorf("the exported ladder lacks it:\n%s", drawn)
	}
	// Before the refusal nothing shows that anything is missing.
	earlier := trace.Prefix(refusal - 1)
	if got := diagnose.UnheardOf(earlier, flow.Fold(earlier), diagnose.Findings(earlier, flow.Fold(earlier))); got != nil {
		t.Errorf("before the refusal %+v is missing already", got)
	}
}

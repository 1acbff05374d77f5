package redact_test

import (
	"fmt"
	"os"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/recordings"
)

func TestTry(t *testing.T) {
	for _, name := range recordings.Names() {
		r, _ := recordings.Open(name)
		tr, err := recording.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		out := redact.Trace(tr, "test")
		recording.Save("/tmp/rtry/"+name+".jsonl", out, true)
		f, err := os.Open("/tmp/rtry/" + name + ".jsonl")
		again, err := recording.Read(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		ids := func(tr flow.Trace) (s string) {
			for _, f := range diagnose.Findings(tr, flow.Fold(tr)) {
				s += fmt.Sprint(" ", f.ID, f.Before)
			}
			return
		}
		bare := again
		s := flow.Fold(again)
		fmt.Println(name, flow.Fold(tr).Outcome(), s.Outcome(), out.Header.Redacted.Removed, "|", ids(tr), "|", ids(bare), "|", out.Header.Redacted.Found.Apparent, s.WhyEnded())
		if s.Verification != nil {
			fmt.Println(flow.Fold(tr).Verification.Tally(0), s.Verification.Tally(0), s.Verification.Invalid, s.Verification.Unproven)
		}
	}
}

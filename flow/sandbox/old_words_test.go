package sandbox

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox/engine"
)

// A recording that has look-ups and failures in words alone, as the first ones do, leads to the findings that the facts
// lead to.
func TestWordsAloneSayTheSame(t *testing.T) {
	for _, s := range withNetwork(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			trace := finish(t, s, engine.JoinOptions{})
			want := idsOf(trace)
			forgetFacts(&trace)
			var old bytes.Buffer
			if err := recording.Write(&old, trace); err != nil {
				t.Fatal(err)
			}
			read, err := recording.Read(&old)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, idsOf(read)); diff != "" {
				t.Errorf("findings (-facts +words):\n%s", diff)
			}
		})
	}
}

func idsOf(t flow.Trace) []string {
	var out []string
	for _, f := range diagnose.Findings(t, flow.Fold(t)) {
		out = append(out, f.ID+" "+string(f.Severity))
	}
	return out
}

// forgetFacts leaves in a trace what the first recordings have.
func forgetFacts(t *flow.Trace) {
	forget := func(f *client.Failure) {
		if f != nil {
			f.Part, f.Reason, f.Alert = "", "", ""
		}
	}
	for i := range t.Entries {
		e := &t.Entries[i]
		forget(e.Failure)
		if c := e.Connection; c != nil {
			if c.TLS != nil {
				c.TLS.Faults = nil
			}
			for i := range c.Unreached {
				forget(&c.Unreached[i].Failure)
			}
		}
		if d := e.Discovery; d != nil {
			forget(d.Failure)
			for i := range d.Steps {
				d.Steps[i].Lookup = client.Lookup{}
			}
		}
	}
}

package sandbox

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/sandbox/engine"
)

// What probes find out about the resident server, asked for real; the directory server is always as it should be.
func TestProbes(t *testing.T) {
	fine := []string{"path unchanged", "own_keys current", "address own", "clock right"}
	for name, want := range map[string][]string{
		"probe":                    fine,
		"probe-proxy-decodes-path": {"path rewritten", "own_keys current", "address own", "clock right"},
		"probe-key-unreachable":    {"path undecided", "own_keys none", "address own", "clock right"},
		"probe-own-key-differs":    {"path undecided", "own_keys other", "address own", "clock right"},
		"probe-dead-address": {"path unchanged", "own_keys current", "address own", "address unreachable",
			"clock right"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trace := finish(t, scenario(t, name), engine.JoinOptions{})
			got := map[string][]string{}
			for _, r := range diagnose.Probes(trace, flow.Fold(trace)) {
				got[r.Server] = append(got[r.Server], string(r.Name)+" "+string(r.Result))
			}
			if diff := cmp.Diff(want, got[engine.ResidentName]); diff != "" {
				t.Errorf("the resident server (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(fine, got[engine.DirectoryName]); diff != "" {
				t.Errorf("the directory server (-want +got):\n%s", diff)
			}
			if name == "probe" {
				if found := diagnose.Findings(trace, flow.Fold(trace)); len(found) > 0 {
					t.Errorf("nothing is wrong: %+v", found)
				}
			}
			for _, f := range diagnose.Findings(trace, flow.Fold(trace)) {
				if f.ID == "signature-refused" {
					t.Error("the signature was right")
				}
			}
			for _, c := range compare.CandidateRows(trace, flow.Fold(trace)) {
				if c.Software == "" {
					t.Errorf("%s was not asked what it runs", c.Server)
				}
			}
		})
	}
}

// Questions come between the end of the join and the leave, and none of them is more than a question: the room is
// what it was without them.
func TestProbesComeBeforeTheLeave(t *testing.T) {
	s := scenario(t, "probe")
	s.Asked.Leave = true
	run, stop, err := Join(t.Context(), s, engine.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	trace := run.Trace()
	heard := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == flow.A8 })
	leaves := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == flow.U1 })
	if heard < 0 || leaves < 0 || !flow.Fold(trace).Undo.Left {
		t.Fatalf("joined at %d, left at %d", heard, leaves)
	}
	questions := 0
	for i, e := range trace.Entries {
		if e.Kind != flow.Request || e.From != flow.Joining || i < heard {
			continue
		}
		if e.Step == flow.R && i < leaves {
			questions++
		}
		if e.Step == flow.R && (e.Request.Method != "GET" || len(e.Request.Body) > 0 || i > leaves) {
			t.Errorf("entry %d: %s %s", e.Seq, e.Request.Method, e.Request.Target)
		}
	}
	if questions != 9 { // two spellings and our keys, of three servers whose own keys are known by then
		t.Errorf("%d questions", questions)
	}
}

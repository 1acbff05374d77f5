package sandbox

import (
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/sandbox/engine"
)

// Whatever is wrong with our certificate, our own client takes it and other servers judge it: the refusal is theirs,
// and the finding is about their call for our key.
func TestOthersJudgeOurCertificate(t *testing.T) {
	day := 24 * time.Hour
	for name, leaf := range map[string]client.Leaf{
		"expired":                 {NotBefore: testNow.Add(-2 * day), NotAfter: testNow.Add(-day)},
		"not yet valid":           {NotBefore: testNow.Add(day), NotAfter: testNow.Add(2 * day)},
		"self-signed":             {SelfSigned: true},
		"self-signed and expired": {SelfSigned: true, NotBefore: testNow.Add(-2 * day), NotAfter: testNow.Add(-day)},
		"intermediate left out":   {OmitIntermediate: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario(t, "own-certificate-refused")
			s.Faults = []engine.Fault{{Server: engine.JoiningName, Certificate: &leaf}}
			trace := finish(t, s, engine.JoinOptions{Now: func() time.Time { return testNow }})
			state := flow.Fold(trace)
			if state.Outcome() != flow.Refused || state.Stopped == nil || state.Stopped.Step != flow.A3 {
				t.Errorf("outcome %s, stopped at %+v; want a refusal by the directory server", state.Outcome(), state.Stopped)
			}
			found := diagnose.Findings(trace, flow.Fold(trace))
			if len(found) == 0 || found[0].ID != "own-certificate-refused" {
				t.Fatalf("findings %+v, want own-certificate-refused first", found)
			}
			for _, e := range trace.Entries {
				if e.Failure != nil && e.From == flow.Client {
					t.Errorf("entry %d: our own client failed: %s", e.Seq, e.Failure.Message)
				}
			}
		})
	}
}

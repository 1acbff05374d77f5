package flow

import (
	"slices"
	"strings"
	"testing"

	"doorstep/recordings"
)

// recordedUntil returns an embedded recording up to the first answer of that step, with a copy of what it holds that a
// test may change. Only one candidate is known in it.
func recordedUntil(t *testing.T, name string, step StepID) Trace {
	t.Helper()
	r, err := recordings.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	trace, err := ReadRecording(r)
	if err != nil {
		t.Fatal(err)
	}
	for i := range trace.Entries {
		e := &trace.Entries[i]
		*e = e.Remembering()
		if e.Step == A3 && step != A3 && e.Response != nil {
			response := *e.Response
			response.Body = []byte(strings.Replace(string(response.Body), `,"other.example"`, ``, 1))
			e.Response = &response
		}
		if e.Step == step && (e.Kind == Response || e.Kind == Failure) {
			trace.Entries = slices.Clone(trace.Entries[:i+1])
			return trace
		}
	}
	t.Fatalf("%s has no %s", name, step)
	return trace
}

// finishedBy returns trace with the local work done that needs nobody, and the state that leads to.
func finishedBy(trace Trace) (Trace, State) {
	s := Fold(trace)
	for range 3 {
		step, ok := s.Next()
		if !ok || step.Work != VerifyReply {
			break
		}
		trace.verify()
		verified := Entry{Seq: len(trace.Entries) + 1, Kind: Local, Step: L2, From: Joining, To: Joining}
		trace.Entries = append(trace.Entries, verified.Remembering())
		s = Fold(trace)
	}
	return trace, s
}

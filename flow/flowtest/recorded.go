package flowtest

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// Embedded reads a recording that the program carries.
func Embedded(t testing.TB, name string) flow.Trace {
	t.Helper()
	trace, err := recording.Read(bytes.NewReader(EmbeddedBytes(t, name)))
	if err != nil {
		t.Fatal(name, err)
	}
	return trace
}

// EmbeddedBytes are those of a recording that the program carries, uncompressed.
func EmbeddedBytes(t testing.TB, name string) []byte {
	t.Helper()
	r, err := recordings.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// RecordedUntil returns an embedded recording up to the first answer of that step, with a copy of what it holds that a
// test may change. Only one candidate is known in it.
func RecordedUntil(t *testing.T, name string, step flow.StepID) flow.Trace {
	t.Helper()
	trace := Embedded(t, name)
	for i := range trace.Entries {
		e := &trace.Entries[i]
		*e = e.Remembering()
		if e.Step == flow.A3 && step != flow.A3 && e.Response != nil {
			response := *e.Response
			response.Body = []byte(strings.Replace(string(response.Body), `,"other.example"`, ``, 1))
			e.Response = &response
		}
		if e.Step == step && (e.Kind == flow.Response || e.Kind == flow.Failure) {
			trace.Entries = slices.Clone(trace.Entries[:i+1])
			return trace
		}
	}
	t.Fatalf("%s has no %s", name, step)
	return trace
}

// FinishedBy returns trace with the local work done that needs nobody, and the state that leads to.
func FinishedBy(trace flow.Trace) (flow.Trace, flow.State) {
	s := flow.Fold(trace)
	for range 3 {
		step, ok := s.Next()
		if !ok || step.Work != flow.VerifyReply {
			break
		}
		s.VerifyNow(trace)
		verified := flow.Entry{Seq: len(trace.Entries) + 1, Kind: flow.Local, Step: flow.L2, From: flow.Joining,
			To: flow.Joining}
		trace.Entries = append(trace.Entries, verified.Remembering())
		s = flow.Fold(trace)
	}
	return trace, s
}

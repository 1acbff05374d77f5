package flow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/recordings"
	"doorstep/recordings/mutate"
)

// exercise asks everything that can be asked of a trace, of every prefix of it.
func exercise(t flow.Trace) {
	for n := range len(t.Entries) + 1 {
		exerciseState(t.Prefix(n))
	}
	for _, o := range []flow.ReportOptions{{}, {AllChecks: true, Strict: true}, {Verify: true}} {
		if _, err := json.Marshal(flow.NewReport(t, o)); err != nil {
			panic(err)
		}
	}
	s := flow.Fold(t)
	v := s.Verification
	if v == nil {
		return
	}
	for range v.All() {
		continue
	}
	for i, e := range v.Sets().Events {
		if i == 20 {
			break
		}
		v.Of(e.ID)
		v.Ancestry(e.ID, 20)
		v.NamedBy(e.ID, 20)
		e.Why()
		s.ShowWork(e.ID)
	}
}

// exerciseState asks what is asked while a handshake runs.
func exerciseState(t flow.Trace) {
	s := flow.Fold(t)
	if step, ok := s.Next(); ok {
		step.Says()
	}
	s.ClientAnswer()
	s.Candidate()
	s.Outcome()
	s.Checks()
	s.LeftBehind()
	t.Diff()
	t.Candidates()
	flow.Probes(t)
	flow.Findings(t)
	if s.Build != nil {
		s.ShowWork(s.Build.EventID)
	}
	if n := len(t.Entries); n > 0 {
		e := &t.Entries[n-1]
		flow.NewStepJSON(t, e)
		s.Pace(e)
		flow.WouldDo(e)
	}
}

// panics returns where f panics; empty where it does not.
func panics(f func()) (where string) {
	defer func() {
		if r := recover(); r != nil {
			where = fmt.Sprint(r)
			for _, line := range strings.Split(string(debug.Stack()), "\n") {
				if strings.Contains(line, ".go:") && !strings.Contains(line, "total_test") && !strings.Contains(line, "/runtime/") {
					where += "\n" + strings.TrimSpace(line)
				}
			}
		}
	}()
	f()
	return ""
}

// smallRecordings returns the embedded recordings that take no long time to verify.
func smallRecordings(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range recordings.Names() {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) < 1<<18 {
			out[name] = b
		}
	}
	return out
}

// Whatever becomes of the structure of a recording, as long as the reader accepts it, everything can be asked of every prefix.
func TestRecordingsMutated(t *testing.T) {
	read := 0
	for name, recording := range smallRecordings(t) {
		for mutant := range mutate.All(recording, mutants) {
			trace, err := flow.ReadRecording(bytes.NewReader(mutant))
			if err != nil {
				continue
			}
			read++
			if where := panics(func() { exercise(trace) }); where != "" {
				t.Errorf("%s: %s\n%.3000s", name, where, mutant)
			}
		}
	}
	t.Logf("%d mutants were read", read)
	if read < 500 {
		t.Errorf("only %d mutants were read", read)
	}
}

// mutants is how many are made of each recording.
var mutants = 20

// FuzzFold: of whatever the reader accepts, everything can be asked of every prefix.
func FuzzFold(f *testing.F) {
	for _, name := range []string{"banned", "not-invited"} {
		f.Add(smallRecordings(f)[name])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		trace, err := flow.ReadRecording(bytes.NewReader(file))
		if err == nil || errors.Is(err, flow.ErrTruncated) {
			exercise(trace)
		}
	})
}

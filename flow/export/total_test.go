package export_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/inspect"
	"doorstep/flow/recording"
	"doorstep/recordings"
	"doorstep/recordings/mutate"
)

// exercise asks everything that can be asked of a trace, of every prefix of it.
func exercise(t flow.Trace) {
	for n := range len(t.Entries) + 1 {
		exerciseState(t.Prefix(n))
	}
	for _, o := range []export.ReportOptions{{}, {AllChecks: true, Strict: true}, {Verify: true}} {
		if _, err := json.Marshal(export.NewReport(t, flow.Fold(t), o)); err != nil {
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

// exerciseState asks what is asked while a handshake runs, or a server is looked at.
func exerciseState(t flow.Trace) {
	if t.Header.Source == flow.SourceCheck {
		inspect.Of(t)
	}
	s := flow.Fold(t)
	if step, ok := s.Next(); ok {
		step.Says()
	}
	s.ClientAnswer()
	s.Candidate()
	s.Outcome()
	s.Checks()
	s.LeftBehind()
	s.Join().Diff(t.Header.Form)
	compare.CandidateRows(t, flow.Fold(t))
	diagnose.Probes(t, flow.Fold(t))
	diagnose.Findings(t, flow.Fold(t))
	if s.Build != nil {
		s.ShowWork(s.Build.EventID)
	}
	if n := len(t.Entries); n > 0 {
		e := &t.Entries[n-1]
		export.NewStepJSON(t, e)
		compare.Pace(s, e)
		diagnose.Reactions(e)
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

// smallRecordings returns the embedded recordings that take no long time to verify, and one of every form there has
// been.
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
	maps.Copy(out, flowtest.Forms(t))
	return out
}

// Whatever becomes of the structure of a recording, as long as the reader accepts it, everything can be asked of
// every prefix.
func TestRecordingsMutated(t *testing.T) {
	read := 0
	for name, recorded := range smallRecordings(t) {
		for mutant := range mutate.All(recorded, mutants) {
			trace, err := recording.Read(bytes.NewReader(mutant))
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
var mutants = 50

// FuzzFold: of whatever the reader accepts, everything can be asked of every prefix. The seed changes the structure
// of the recording, which bytes changed at random rarely do.
func FuzzFold(f *testing.F) {
	f.Add([]byte(oneAnswer), uint64(0))
	f.Add([]byte(oneAnswer), uint64(1))
	f.Add([]byte(oneCheck), uint64(0))
	f.Add([]byte(oneCheck), uint64(2))
	f.Fuzz(func(t *testing.T, file []byte, seed uint64) {
		if seed > 0 {
			file = mutate.One(file, seed)
		}
		trace, err := recording.Read(bytes.NewReader(file))
		if err == nil || errors.Is(err, recording.ErrTruncated) {
			exercise(trace)
		}
	})
}

// oneAnswer is a recording with an answer to make_join, where no candidate is known.
const oneAnswer = `{"doorstep_recording":1,"joining":"j.test","user_id":"@a:j.test","target":"!r:r.test","form":"current","offered":["10"],"ask_all":true}
{"seq":1,"kind":"request","step":"A1","from":"client","to":"joining","endpoint":"join","method":"POST","target":"/join"}
{"seq":2,"at":1,"kind":"request","step":"A4","from":"joining","to":"resident","server":"r.test","endpoint":"make_join","method":"GET","target":"/make_join"}
{"seq":3,"at":2,"kind":"response","step":"A5","from":"resident","to":"joining","server":"r.test","answers":2,"status":200,"body":"{\"room_version\":\"10\",\"event\":{\"type\":\"m.room.member\",\"room_id\":\"!r:r.test\",\"sender\":\"@a:j.test\",\"state_key\":\"@a:j.test\",\"content\":{\"membership\":\"join\"},\"auth_events\":[],\"prev_events\":[],\"depth\":1,\"origin_server_ts\":1}}"}
`

// oneCheck is a recording of a check, of a server whose key document was read.
const oneCheck = `{"doorstep_recording":1,"created":"2026-01-01T00:00:00Z","source":"check","joining":"","user_id":"","target":"","form":"current","server":"r.test","deadline":9000000000}
{"seq":1,"kind":"local","step":"R","from":"joining","to":"joining","server":"r.test","discovery":{"server":"r.test","steps":[],"destinations":[{"server":"r.test","address":"192.0.2.1:8448","host":"r.test"}]}}
{"seq":2,"at":1,"kind":"request","step":"R","from":"joining","to":"resident","server":"r.test","endpoint":"key/server","method":"GET","target":"/_matrix/key/v2/server"}
{"seq":3,"at":2,"kind":"response","step":"R","from":"resident","to":"joining","server":"r.test","answers":2,"status":200,"body":"{\"server_name\":\"r.test\",\"verify_keys\":{\"ed25519:1\":{\"key\":\"x\"}},\"valid_until_ts\":1,\"signatures\":{}}"}
`

const (
	twoAnswers = `{"seq":4,"at":3,"kind":"response","step":"A5","from":"resident","to":"joining","server":"r.test","answers":2,"status":403,"body":"{\"errcode\":\"M_FORBIDDEN\"}"}
`
	builtFromNothing = `{"seq":2,"at":1,"kind":"local","step":"L1","from":"joining","to":"joining","build":{"membership":"join","event_id":"$x","event":"{}"}}
`
	answerToNothing = `{"seq":2,"at":1,"kind":"request","step":"A6","from":"joining","to":"resident","server":"r.test","endpoint":"send_join","method":"PUT","target":"/send_join"}
{"seq":3,"at":2,"kind":"response","step":"A7","from":"resident","to":"joining","server":"r.test","answers":2,"status":200,"body":"{\"state\":[],\"auth_chain\":[],\"members_omitted\":true}"}
{"seq":4,"at":3,"kind":"local","step":"L2","from":"joining","to":"joining"}
{"seq":5,"at":4,"kind":"response","step":"A8","from":"joining","to":"client","answers":1,"status":200,"body":"{}"}
`
)

// Recordings whose entries do not go together: what does not fit is no part of the handshake, and nothing is made up.
func TestEntriesThatDoNotFit(t *testing.T) {
	lines := strings.SplitAfter(oneAnswer, "\n")
	for name, recorded := range map[string]string{
		"an answer without a candidate":      oneAnswer,
		"two answers without a candidate":    oneAnswer + twoAnswers,
		"the first candidate only":           strings.ReplaceAll(oneAnswer+twoAnswers, `,"ask_all":true`, ""),
		"a policy of a later version":        strings.ReplaceAll(oneAnswer+twoAnswers, `"ask_all":true`, `"like":"2031"`),
		"an event made from no protoevent":   lines[0] + lines[1] + builtFromNothing,
		"an answer to a join that was never": lines[0] + lines[1] + answerToNothing,
	} {
		trace, err := recording.Read(strings.NewReader(recorded))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if where := panics(func() { exercise(trace) }); where != "" {
			t.Errorf("%s: %s", name, where)
			continue
		}
		// nobody is known who could be asked
		if got := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{}).Outcome; got != flow.Unreachable {
			t.Errorf("%s: outcome %s", name, got)
		}
	}
}

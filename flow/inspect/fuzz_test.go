package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/recordings/mutate"
)

// shortCheck is a recording of a check, of a server whose key document was read.
const shortCheck = `{"doorstep_recording":1,"created":"2026-01-01T00:00:00Z","source":"check","joining":"","user_id":"","target":"","form":"current","server":"r.test","deadline":9000000000}
{"seq":1,"kind":"local","step":"R","from":"joining","to":"joining","server":"r.test","discovery":{"steps":[{}],"destinations":[{}]}}
{"seq":2,"at":1,"kind":"request","step":"R","from":"joining","to":"resident","server":"r.test","endpoint":"key/server","method":"GET","target":"/_matrix/key/v2/server"}
{"seq":3,"at":2,"kind":"response","step":"R","from":"resident","to":"joining","server":"r.test","answers":2,"status":200,"body":"{\"server_name\":\"r.test\",\"verify_keys\":{},\"valid_until_ts\":1}"}
`

// strangerCheck is one in which our key was asked for, and nothing is known of who did.
const strangerCheck = `{"doorstep_recording":1,"created":"2026-01-01T00:00:00Z","source":"check","joining":"j.test","user_id":"","target":"","form":"current","server":"r.test","listen":"127.0.0.1:1"}
{"seq":1,"kind":"request","step":"R","from":"resident","to":"joining","endpoint":"key/server","method":"GET","target":"/_matrix/key/v2/server"}
`

// FuzzOf: of whatever the reader accepts, every prefix has a report, if it is read as a check: the counts are those of
// its rows, and every piece of evidence is an entry that is there.
func FuzzOf(f *testing.F) {
	f.Add([]byte(shortCheck), uint64(0))
	f.Add([]byte(shortCheck), uint64(1))
	f.Add([]byte(strangerCheck), uint64(0)) // it was a panic
	f.Fuzz(func(t *testing.T, file []byte, seed uint64) {
		if seed > 0 {
			file = mutate.One(file, seed)
		}
		trace, err := recording.Read(bytes.NewReader(file))
		if err != nil && !errors.Is(err, recording.ErrTruncated) || len(trace.Entries) > 30 {
			return
		}
		trace.Header.Source = flow.SourceCheck
		for n := range len(trace.Entries) + 1 {
			reported(t, trace.Prefix(n))
		}
	})
}

func reported(t *testing.T, trace flow.Trace) {
	t.Helper()
	r := Of(trace)
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	counted := r.Counts.Pass + r.Counts.Warn + r.Counts.Fail + r.Counts.NotChecked
	if counted != len(r.Rows) {
		t.Errorf("%d rows are counted, of %d", counted, len(r.Rows))
	}
	evidence := [][]int{}
	for _, row := range r.Rows {
		evidence = append(evidence, row.Evidence)
	}
	for _, found := range r.Findings {
		evidence = append(evidence, found.Evidence)
	}
	for _, seqs := range evidence {
		for _, seq := range seqs {
			if trace.Entry(seq) == nil {
				t.Errorf("entry %d is evidence, and there are %d", seq, len(trace.Entries))
			}
		}
	}
	r.ExitCode(false)
	r.ExitCode(true)
	r.Verdict()
}

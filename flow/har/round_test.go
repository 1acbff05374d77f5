package har_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// archived is a trace as an archive.
func archived(t testing.TB, trace flow.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.HAR(&b).End(trace, flow.State{}, export.Report{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// imported is the handshake of an archive that holds one.
func imported(t testing.TB, file []byte) flow.Trace {
	t.Helper()
	a, err := har.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if a.Changed != nil || len(a.Handshakes) != 1 {
		t.Fatalf("%v, %d handshakes", a.Changed, len(a.Handshakes))
	}
	trace, err := a.Trace(1, "doorstep test")
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// lines are the lines of a recording.
func lines(t testing.TB, trace flow.Trace) []string {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// An archive made of a recording gives back the recording, to the byte.
func TestRecordingsComeBack(t *testing.T) {
	for _, name := range recordings.Names() {
		t.Run(name, func(t *testing.T) {
			trace := flowtest.Embedded(t, name)
			want, got := lines(t, trace), lines(t, imported(t, archived(t, trace)))
			if len(want) != len(got) {
				t.Fatalf("%d lines, not %d", len(got), len(want))
			}
			for i := range want {
				if want[i] != got[i] {
					t.Errorf("line %d:\n%.2000s\nwant\n%.2000s", i+1, got[i], want[i])
				}
			}
		})
	}
}

// stripped is an archive without fields of ours.
func stripped(t testing.TB, file []byte) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	var strip func(any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "_doorstep")
			for _, member := range v {
				strip(member)
			}
		case []any:
			for _, e := range v {
				strip(e)
			}
		}
	}
	strip(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDebugStripped(t *testing.T) {
	for _, name := range recordings.Names() {
		trace := flowtest.Embedded(t, name)
		a, err := har.Read(bytes.NewReader(stripped(t, archived(t, trace))))
		if err != nil {
			t.Log(name, err)
			continue
		}
		got, _ := a.Trace(1, "doorstep test")
		s, r := flow.Fold(trace), flow.Fold(got)
		t.Log(name, len(a.Handshakes), s.Outcome(), r.Outcome(), r.WhyEnded(), got.Header.Imported)
		for _, l := range lines(t, got) {
			if err := flowtest.Obeys([]byte(l)); err != nil {
				t.Error(err)
			}
		}
		if _, err := recording.Read(strings.NewReader(strings.Join(lines(t, got), "\n"))); err != nil {
			t.Error(err)
		}
		before := map[string]bool{}
		for _, f := range diagnose.Findings(trace, s) {
			before[f.ID] = true
		}
		for _, f := range diagnose.Findings(got, r) {
			if !before[f.ID] {
				t.Log("   new", f.ID, f.Severity, f.Title)
			}
			delete(before, f.ID)
		}
		t.Log("   lost", before)
		c, d := export.NewReport(trace, s, export.ReportOptions{}), export.NewReport(got, r, export.ReportOptions{})
		t.Log("   ", c.Counts.Checks, d.Counts.Checks, len(trace.Entries), len(got.Entries))
	}
}

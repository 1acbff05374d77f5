package recording_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
)

func recorded(t *testing.T, tr flow.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, tr); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRecordingComesBackAsItWas(t *testing.T) {
	want := flowtest.SomeTrace()
	file := recorded(t, want)
	got, err := recording.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(flow.Entry{})); d != "" {
		t.Error(d)
	}
	if again := recorded(t, got); !bytes.Equal(file, again) {
		t.Errorf("written again it is\n%s\nnot\n%s", again, file)
	}
}

// A program may be killed at any byte: what was written before the last line is there, and the reader says so.
func TestRecordingCutAnywhere(t *testing.T) {
	file := recorded(t, flowtest.SomeTrace())
	headerEnd := bytes.IndexByte(file, '\n')
	for n := headerEnd + 1; n < len(file); n++ {
		got, err := recording.Read(bytes.NewReader(file[:n]))
		whole := bytes.Count(file[:n], []byte("\n")) - 1
		atEnd := file[n-1] == '\n' || file[n] == '\n' // a line is whole without its end
		switch {
		case atEnd && err != nil:
			t.Fatalf("cut at %d, between lines: %v", n, err)
		case !atEnd && !errors.Is(err, recording.ErrTruncated):
			t.Fatalf("cut at %d: error %v", n, err)
		case len(got.Entries) < whole:
			t.Fatalf("cut at %d: %d entries of %d", n, len(got.Entries), whole)
		}
	}
}

func TestRecordingRefusesWhatItCannotTrust(t *testing.T) {
	lines := strings.SplitAfter(string(recorded(t, flowtest.SomeTrace())), "\n")
	with := func(i int, line string) string {
		out := append([]string(nil), lines...)
		out[i] = line + "\n"
		return strings.Join(out, "")
	}
	header := lines[0]
	for name, c := range map[string]struct{ file, want string }{
		"empty":             {"", "not a recording"},
		"other JSON":        {"{}\n", "not a recording"},
		"version 2":         {`{"doorstep_recording":2}` + "\n", "recording version 2"},
		"no such user":      {strings.Replace(header, "@you:joining.example", "you", 1), `"you"`},
		"no such form":      {strings.Replace(header, `"current"`, `"1999"`, 1), `"1999"`},
		"wrong order":       {with(2, strings.TrimSpace(lines[3])), "seq is 3"},
		"unknown role":      {with(1, `{"seq":1,"at":1,"kind":"local","from":"king","to":"joining"}`), "king"},
		"back in time":      {with(2, `{"seq":2,"at":-5,"kind":"local","from":"joining","to":"joining"}`), "time"},
		"answer to nothing": {with(1, `{"seq":1,"at":1,"kind":"response","step":"A3","from":"directory","to":"joining","answers":9}`), "answers entry 9"},
		"answer to another": {with(4, `{"seq":4,"at":4,"kind":"response","step":"A5","from":"directory","to":"joining","answers":3}`), "answers entry 3"},
		"no reason":         {with(6, `{"seq":6,"at":6,"kind":"failure","step":"A5","from":"resident","to":"joining","answers":5}`), "without its reason"},
		"not JSON":          {with(2, `{"seq":2`), "entry 2"},
		"body of a number": {with(1, `{"seq":1,"at":1,"kind":"request","from":"client","to":"joining","body":7}`),
			"entry 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := recording.Read(strings.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// FuzzReadRecording: whatever the bytes, reading does not panic, nor does anything that is worked out from the trace;
// and what was read is written and read again the same.
func FuzzReadRecording(f *testing.F) {
	var b bytes.Buffer
	if err := recording.Write(&b, flowtest.SomeTrace()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		tr, err := recording.Read(bytes.NewReader(file))
		if err != nil && !errors.Is(err, recording.ErrTruncated) {
			return
		}
		export.NewReport(tr, flow.Fold(tr), export.ReportOptions{AllChecks: true})
		first := recorded(t, tr)
		again, err := recording.Read(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("read its own writing: %v", err)
		}
		if second := recorded(t, again); !bytes.Equal(first, second) {
			t.Errorf("%s\n%s", first, second)
		}
	})
}

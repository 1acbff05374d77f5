package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/recordings/mutate"
	"doorstep/render/rendertest"
)

// reread reads what was written in a form with a parser of that form.
func reread(t *testing.T, format string, h Handshake, written []byte) {
	t.Helper()
	switch format {
	case "json":
		if !json.Valid(written) {
			t.Errorf("json: %s", written)
		}
	case "ndjson":
		for line := range bytes.Lines(written) {
			if !json.Valid(line) {
				t.Errorf("ndjson: %s", line)
			}
		}
	case "text":
		for line := range strings.Lines(string(written)) {
			line = strings.TrimSuffix(line, "\n")
			if err := rendertest.Check([]string{line}, ansi.StringWidth(line)); err != nil {
				t.Errorf("text: %v", err)
			}
		}
	case "har":
		rereadArchive(t, h.Trace, written)
	case "svg":
		oursAlone(t, "a mutant", elementsOfXML(t, "a mutant", written), nil)
	case "html":
		oursAlone(t, "a mutant", elementsOfHTML(t, "a mutant", written), nil)
	default:
		unseen(t, format, written)
	}
}

// rereadArchive checks that an archive gives back the recording that it was made of, byte for byte.
func rereadArchive(t *testing.T, trace flow.Trace, written []byte) {
	t.Helper()
	capture, err := har.Read(bytes.NewReader(written))
	if err != nil {
		t.Errorf("har: %v", err)
		return
	}
	again, err := capture.Trace(1, "doorstep test")
	if err != nil || capture.Changed != nil {
		t.Errorf("har: %v, %v", err, capture.Changed)
		return
	}
	if want, got := recordedAs(t, trace), recordedAs(t, again); !bytes.Equal(want, got) {
		t.Errorf("har: another recording comes back\n%.2000s\n%.2000s", got, want)
	}
}

func recordedAs(t *testing.T, trace flow.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// writes writes a trace in a form, and reads that again.
func writes(t *testing.T, trace flow.Trace, f Format) {
	t.Helper()
	h := handshakeOf(trace)
	h.Parts = PictureParts()
	var b bytes.Buffer
	if err := f.Write(&b, h); err != nil {
		t.Errorf("%s: %v", f.Name, err)
		return
	}
	reread(t, f.Name, h, b.Bytes())
}

// ofChecks are the forms that a check is written in: the others are of handshakes.
var ofChecks = map[string]bool{"text": true, "json": true, "ndjson": true, "har": true}

// Whatever becomes of the structure of a recording, of any form there has been, it is written in every form, and a
// parser of that form reads it; redacted it is a recording still.
func TestMutantsWritten(t *testing.T) {
	all := flowtest.Forms(t)
	for _, name := range []string{"public-v12", "banned", "no-candidate-answers", "synapse-and-dendrite-dry-run"} {
		all[name] = flowtest.EmbeddedBytes(t, name)
	}
	read := 0
	for name, raw := range all {
		for mutant := range mutate.All(raw, 12) {
			trace, err := recording.Read(bytes.NewReader(mutant))
			if err != nil {
				continue
			}
			read++
			t.Run(fmt.Sprint(name, ", mutant ", read), func(t *testing.T) {
				defer func() {
					if t.Failed() {
						t.Logf("%.3000s", mutant)
					}
				}()
				check := trace.Header.Source == flow.SourceCheck
				for i, f := range Formats() {
					if check && !ofChecks[f.Name] || !check && i%4 != read%4 {
						continue // a quarter of the forms for each
					}
					writes(t, trace, f)
				}
				if !check {
					recordedAs(t, redact.Trace(trace, "doorstep test"))
				}
			})
		}
	}
	if t.Logf("%d mutants were written", read); read < 80 {
		t.Errorf("only %d mutants were written", read)
	}
}

// FuzzForms: whatever the reader accepts is written in every form, and read again. The seed changes the structure of
// the recording and chooses the form.
func FuzzForms(f *testing.F) {
	short := `{"doorstep_recording":1,"created":"2026-01-01T00:00:00Z","joining":"j.test","user_id":"@a:j.test","target":"!r:r.test","form":"current"}
{"seq":1,"kind":"request","step":"A4","from":"joining","to":"resident","server":"r.test","endpoint":"make_join","method":"GET","target":"/x"}
{"seq":2,"kind":"response","step":"A5","from":"resident","to":"joining","server":"r.test","answers":1,"status":403,"body":"{\"errcode\":\"M_FORBIDDEN\",\"error\":\"<no>\"}"}
`
	for i := range Formats() {
		f.Add([]byte(short), uint64(i))
	}
	f.Fuzz(func(t *testing.T, file []byte, seed uint64) {
		if seed >= uint64(len(Formats())) {
			file = mutate.One(file, seed)
		}
		trace, err := recording.Read(bytes.NewReader(file))
		if err != nil && !errors.Is(err, recording.ErrTruncated) || len(trace.Entries) > 20 {
			return
		}
		form := Formats()[seed%uint64(len(Formats()))]
		if trace.Header.Source == flow.SourceCheck && !ofChecks[form.Name] {
			return
		}
		writes(t, trace, form)
	})
}

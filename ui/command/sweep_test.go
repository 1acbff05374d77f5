package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/otlp"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/flow/shell"
	"doorstep/render/rendertest"
	"doorstep/ui/document"
	"doorstep/ui/lesson"
	"doorstep/ui/linear"
	"doorstep/ui/text"
)

// A swept is a form that a trace is written in: it writes one, and judge says what is wrong with what it wrote.
type swept struct {
	name  string
	check bool // of checks too
	slow  bool // it is told from a document, or compares
	write func(io.Writer, *sweeping) error
	judge func([]byte) error
}

// A sweeping is a trace that is swept, with what is worked out of it once for all forms.
type sweeping struct {
	document.Handshake
	plain flow.Trace // the same without anybody's texts
}

// forTerminals is what is wrong with lines: they have no colours, as none of it goes to a terminal here.
func forTerminals(b []byte) error {
	if bytes.Contains(b, []byte("\x1b")) {
		return errors.New("there is an escape")
	}
	return rendertest.Harmless(string(b), 0)
}

// inASCII is forTerminals for what is spelled in ASCII.
func inASCII(b []byte) error {
	if i := bytes.IndexFunc(b, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }); i >= 0 {
		return fmt.Errorf("%q is no ASCII", b[i:min(len(b), i+20)])
	}
	return nil
}

// linesOfJSON is what is wrong with a value of JSON a line.
func linesOfJSON(b []byte) error {
	for line := range bytes.Lines(b) {
		if !json.Valid(line) {
			return fmt.Errorf("no JSON: %.200q", line)
		}
	}
	return forTerminals(b)
}

// oneOfJSON is what is wrong with one value of JSON.
func oneOfJSON(b []byte) error {
	if !json.Valid(b) {
		return fmt.Errorf("no JSON: %.200q", b)
	}
	return forTerminals(b)
}

// both judges by both.
func both(a, b func([]byte) error) func([]byte) error {
	return func(text []byte) error { return errors.Join(a(text), b(text)) }
}

func asText(judge func(string) error) func([]byte) error {
	return func(b []byte) error { return judge(string(b)) }
}

// judges say what is wrong with the forms of export, by name. A form without a row fails the sweep.
var judges = map[string]func([]byte) error{
	"text": forTerminals, "markdown": both(forTerminals, asText(rendertest.Markdown)), "json": linesOfJSON,
	"ndjson": linesOfJSON, "mermaid": both(forTerminals, asText(rendertest.Diagram)),
	"svg":  both(forTerminals, rendertest.Picture),
	"html": both(forTerminals, rendertest.Page), "har": oneOfJSON,
	"plain": forTerminals,
}

// sweeps are all forms: those of export, those that every command prints, and what else is made of a handshake.
func sweeps(t *testing.T) []swept {
	var out []swept
	for _, f := range document.Formats() {
		if judges[f.Name] == nil {
			t.Fatalf("nobody judges the form %s: it needs a row in judges", f.Name)
		}
		out = append(out, swept{"export " + f.Name, slices.Contains(checkForms, f.Name), f.Shared,
			func(w io.Writer, s *sweeping) error { return f.Write(w, s.Handshake) }, judges[f.Name]})
	}
	for _, f := range forms {
		if judges[f.name] == nil {
			t.Fatalf("nobody judges the form --%s: it needs a row in judges", f.name)
		}
		out = append(out, swept{"--" + f.name, true, true, func(w io.Writer, s *sweeping) error {
			p := program{stdout: w, stderr: w, ascii: f.name == "plain", allChecks: true}
			return export.Read(f.open(&p, w), s.Trace, s.State, s.Report)
		}, judges[f.name]})
	}
	return append(out,
		swept{"--plain --ascii", true, false, func(w io.Writer, s *sweeping) error {
			return export.Read(text.New(w, text.Options{ASCII: true}), s.Trace, s.State, s.Report)
		}, inASCII},
		swept{"notices", true, false, func(w io.Writer, s *sweeping) error {
			p := program{stdout: w, stderr: w}
			p.tellRedacted(s.Trace)
			p.tellImported(s.Trace)
			p.tellReplaced(s.Trace)
			if err := notOfCheck("x", s.Trace.Header); err != nil {
				p.notice(oneLine(err))
			}
			return text.New(w, text.Options{}).Parting(s.State, s.Report)
		}, forTerminals},
		swept{"lesson", false, true, func(w io.Writer, s *sweeping) error { return lesson.WriteRecording(w, s.Handshake) },
			both(forTerminals, rendertest.Page)},
		swept{"diff", false, true, func(w io.Writer, s *sweeping) error {
			return text.Compared(w, compared(s), text.Options{})
		}, forTerminals},
		swept{"diff --json", false, true, func(w io.Writer, s *sweeping) error {
			p := program{stdout: w}
			return p.writeJSON(compared(s))
		}, linesOfJSON},
		swept{"redact", false, true, func(w io.Writer, s *sweeping) error {
			return recording.Write(w, redact.Trace(s.Trace, "doorstep"))
		}, linesOfJSON},
		swept{"recording", true, false, func(w io.Writer, s *sweeping) error {
			return recording.Write(w, s.Trace)
		}, linesOfJSON},
		swept{"import", false, true, imported, forTerminals},
		swept{"spans", false, false, func(w io.Writer, s *sweeping) error {
			for _, span := range otlp.Spans(s.Trace, s.State, s.Report) {
				fmt.Fprintln(w, span.Name)
				fmt.Fprintln(w, span.Problem)
				for _, a := range span.Attributes {
					fmt.Fprintln(w, a.Key, a.Value.String())
				}
			}
			return nil
		}, forTerminals},
		swept{"--linear", false, true, func(w io.Writer, s *sweeping) error {
			_, err := linear.Run(t.Context(), linear.Options{Out: w, Source: read{s.Trace}, Name: s.Trace.Header.Title,
				Tool: "doorstep", In: strings.NewReader("all\nwhy\nfindings\nchecks\nbody\nhead\nhelp\nquit\n")})
			return err
		}, forTerminals},
		swept{"commands", false, false, func(w io.Writer, s *sweeping) error {
			for _, f := range s.Report.Findings {
				for _, line := range f.Try {
					fmt.Fprintln(w, line)
				}
			}
			fmt.Fprintln(w, shell.Text(s.Report.Undo))
			return nil
		}, asText(rendertest.Quoted)},
		swept{"--work", false, false, func(w io.Writer, s *sweeping) error {
			if s.State.Build == nil {
				return nil
			}
			for _, work := range s.State.ShowWork(s.State.Build.EventID) {
				fmt.Fprintln(w, export.Redo(work))
			}
			return nil
		}, asText(rendertest.Quoted)},
	)
}

// read is a recording as a source of lines.
type read struct{ trace flow.Trace }

func (r read) Trace() flow.Trace        { return r.trace }
func (read) Progress() flow.Progress    { return flow.Progress{} }
func (read) Step(context.Context) bool  { return false }
func (read) Again(context.Context) bool { return false }

// compared compares a trace with what it was.
func compared(s *sweeping) compare.Comparison {
	before := flow.Fold(s.plain)
	return compare.Handshakes(
		compare.Side{Name: s.Trace.Header.Title, Trace: s.Trace, State: s.State, Findings: s.Report.Findings},
		compare.Side{Name: "before", Trace: s.plain, State: before, Findings: diagnose.Findings(s.plain, before)})
}

// imported writes a trace as an archive, as another program would have recorded the same, and what is read of that.
func imported(w io.Writer, s *sweeping) error {
	var archive bytes.Buffer
	if err := export.Read(export.HAR(&archive), s.Trace, s.State, s.Report); err != nil {
		return err
	}
	foreign := bytes.ReplaceAll(archive.Bytes(), []byte(`"_doorstep`), []byte(`"_another`)) // none of ours to anybody
	for _, file := range [][]byte{archive.Bytes(), foreign} {
		c, err := har.Read(bytes.NewReader(file))
		if err != nil { // there may be no join in it
			fmt.Fprintln(w, oneLine(err))
			continue
		}
		for n := range c.Handshakes {
			t, err := c.Trace(n+1, "doorstep")
			if err != nil {
				fmt.Fprintln(w, oneLine(err))
				continue
			}
			if err := text.Write(w, t, text.Options{}); err != nil {
				return err
			}
		}
		if c.Changed != nil {
			fmt.Fprintln(w, oneLine(c.Changed))
		}
	}
	return nil
}

// A sweeper puts texts into the fields of a trace, has it written in every form, and remembers which fields came to be
// read in any.
type sweeper struct {
	t      *testing.T
	forms  []swept
	seen   map[string]bool
	traces int
	faults map[string]int
}

// marker is what stands before the text of a field, by its number.
func marker(n int) string { return fmt.Sprintf("zq%dzq", n) }

// sweep puts a text behind what stands in each of those fields, as a file holds it that is read.
func (w *sweeper) sweep(name string, plain flow.Trace, fields []string, payload rendertest.Text) {
	w.t.Helper()
	number := map[string]int{}
	for i, f := range fields {
		number[f] = i
	}
	spoiled := flowtest.Spoil(plain, func(field, text string) string {
		if n, ok := number[field]; ok {
			return text + marker(n) + payload.Text
		}
		return text
	})
	var file bytes.Buffer
	if err := recording.Write(&file, spoiled); err != nil {
		w.t.Errorf("%s, %s: %v", name, payload.Name, err)
		return
	}
	what := fmt.Sprintf("%s, %s, %s and so on", name, payload.Name, fields[0])
	trace, err := recording.Read(bytes.NewReader(file.Bytes()))
	if err != nil { // it is refused, in words that are harmless
		if bad := forTerminals([]byte(oneLine(err))); bad != nil {
			w.fault(what, "error", bad)
		}
		w.mark(fields, []byte(err.Error()))
		return
	}
	w.traces++
	if utf8.ValidString(payload.Text) { // nothing of it is lost in a file that is safe to show
		flowtest.Spoil(trace, func(field, text string) string {
			n, ok := number[field]
			if i := strings.Index(text, marker(n)); ok && i >= 0 && !strings.HasPrefix(text[i+len(marker(n)):], payload.Text) &&
				!strings.HasSuffix(field, "(raw)") {
				w.fault(what, "read again", fmt.Errorf("%s is %q", field, text))
			}
			return text
		})
	}
	s := &sweeping{plain: plain}
	s.Trace, s.Parts, s.AllChecks = trace, document.PictureParts(), true
	s.State = flow.Fold(trace)
	s.Report = export.NewReport(trace, s.State, export.ReportOptions{AllChecks: true})
	check := trace.Header.Source == flow.SourceCheck
	for _, form := range w.forms {
		if check && !form.check {
			continue
		}
		var b bytes.Buffer
		if err := form.write(&b, s); err != nil {
			w.t.Errorf("%s: %s: %v", what, form.name, err)
			continue
		}
		if err := form.judge(b.Bytes()); err != nil {
			w.fault(what, form.name, err)
		}
		if form.name != "recording" && form.name != "redact" {
			w.mark(fields, b.Bytes())
		}
	}
}

// fault tells of a fault, of each form a few times.
func (w *sweeper) fault(what, form string, err error) {
	if w.faults[form]++; w.faults[form] <= 4 {
		w.t.Errorf("%s: %s: %v", what, form, err)
	}
}

// mark remembers the fields whose texts are in what was written.
func (w *sweeper) mark(fields []string, b []byte) {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("zq"))
		if i < 0 {
			return
		}
		at += i + 2
		var n int
		if _, err := fmt.Sscanf(string(b[at:min(len(b), at+12)]), "%dzq", &n); err == nil && n < len(fields) {
			w.seen[fields[n]] = true
		}
	}
}

// Whatever stands in whichever field of a recording, of whichever source, every form of it is what it has to be: lines,
// errors and JSON are safe to show, pages and pictures have no element and no link of somebody else's, Markdown and
// diagrams no word that means anything, commands nothing outside of quotes. All fields that steer nothing are filled at
// once, with each sort of text, in every form. Then those that steer, and whichever came to nothing so far, each by
// itself, in the forms that are quickly made, once in the traces of each source.
func TestHostileFieldsOfEverySource(t *testing.T) {
	forms := sweeps(t)
	quick := slices.DeleteFunc(slices.Clone(forms), func(f swept) bool { return f.slow })
	kinds := rendertest.Spellings()
	var mixed strings.Builder // all sorts in one
	for _, k := range kinds[:len(kinds)-1] {
		mixed.WriteString(k.Text)
	}
	all := rendertest.Text{Name: "all sorts", Text: mixed.String()}
	sources, done := flowtest.Sources(t), map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		trace := sources[name]
		every := flowtest.Fields(trace)
		alone := map[string][]string{} // by what they are, wherever they stand
		for _, f := range every {
			kind := flowtest.Kind(f)
			if !strings.Contains(kind, "/") { // what is in a body is read alike, whatever the source
				kind = trace.Header.Source + " " + kind
			}
			if flowtest.Steers(f) && !done[kind] {
				alone[kind] = append(alone[kind], f)
			}
		}
		for kind := range alone {
			done[kind] = true
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &sweeper{t: t, forms: forms, faults: map[string]int{}, seen: map[string]bool{}}
			for _, k := range kinds {
				w.sweep(name, trace, slices.DeleteFunc(slices.Clone(every), flowtest.Steers), k)
			}
			for _, f := range every {
				if kind := flowtest.Kind(f); !flowtest.Steers(f) && !w.seen[f] {
					alone[kind] = append(alone[kind], f)
				}
			}
			w.forms = quick
			for _, kind := range slices.Sorted(maps.Keys(alone)) {
				w.sweep(name, trace, alone[kind], all)
			}
			unseen := map[string]bool{}
			for kind, fields := range alone {
				if !slices.ContainsFunc(fields, func(f string) bool { return w.seen[f] }) {
					unseen[kind] = true
				}
			}
			if w.traces < len(kinds) || len(w.seen) == 0 {
				t.Errorf("only %d traces could be read, and %d of %d fields came to anything", w.traces, len(w.seen), len(every))
			}
			t.Logf("%d fields, %d traces in %d forms; in no form are %q", len(every), w.traces, len(forms),
				slices.Sorted(maps.Keys(unseen)))
		})
	}
}

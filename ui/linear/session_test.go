package linear

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/live"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/recordings"
	"doorstep/render"
	"doorstep/render/rendertest"
	"doorstep/ui/document"
	"doorstep/ui/tab"
)

// whole is a recording as a source.
type whole struct{ t flow.Trace }

func (w whole) Trace() flow.Trace         { return w.t }
func (whole) Step(context.Context) bool   { return false }
func (whole) Again(context.Context) bool  { return false }
func (whole) Progress() (p flow.Progress) { return p }

// typing runs a session on what a reader types, and returns what is told and the exit code.
func typing(t *testing.T, o Options, typed ...string) (text string, code int) {
	t.Helper()
	var out bytes.Buffer
	o.In, o.Out = strings.NewReader(strings.Join(typed, "\n")+"\n"), &out
	code, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if err := rendertest.Check([]string{line}, render.Width(line)); err != nil || strings.Contains(line, "\x1b") {
			t.Fatalf("%v in %q", err, line)
		}
	}
	return out.String(), code
}

// ran starts a scenario.
func ran(t *testing.T, name string) *live.Run {
	t.Helper()
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		t.Fatal("no scenario " + name)
	}
	run, stop, err := sandbox.Join(context.Background(), scenario, engine.JoinOptions{Tool: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return run
}

func holds(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(text, s) {
			t.Errorf("it does not say %q:\n%s", s, text)
		}
	}
}

// Enter alone goes through a whole handshake, and the end is told with its verdict.
func TestEnterGoesOn(t *testing.T) {
	text, code := typing(t, Options{Source: ran(t, "public-v12"), Live: true, Name: "public-v12"},
		make([]string, 60)...)
	holds(t, text, "public-v12: @you:joining.example joins", "Next: GET make_join → resident.example", "PUT send_join",
		"✓ ok: joined.", "There is nothing more to do.")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	text, code = typing(t, Options{Source: ran(t, "banned"), Live: true, ASCII: true}, "continue", "found", "quit")
	holds(t, text, "X fail: refused: The user is banned from the room.", "Ask the moderators", "1 finding")
	if strings.ContainsFunc(text, func(r rune) bool { return r > 126 }) || code != 1 {
		t.Errorf("exit code %d, or more than ASCII:\n%s", code, text)
	}
}

// The join is sent only to those who say y.
func TestConsentInLines(t *testing.T) {
	run := ran(t, "public-v12")
	text, code := typing(t, Options{Source: run, Live: true, Confirm: true}, "c", "maybe", "n", "quit")
	holds(t, text, "This is a real join", "Send the join? y or n: Send the join? y or n:", "The join was not sent")
	if s := flow.Fold(run.Trace()); s.Sent != nil || code != flow.DryRun.ExitCode() {
		t.Errorf("exit code %d; it was sent: %v", code, s.Sent != nil)
	}
	text, _ = typing(t, Options{Source: run, Live: true, Confirm: true}, "c", "y", "c", "q")
	holds(t, text, "joined")
	if text, code = typing(t, Options{Source: ran(t, "public-v12"), Live: true, Confirm: true}, "c"); code != 130 &&
		code != flow.DryRun.ExitCode() {
		t.Errorf("input that ends at the question: exit code %d\n%s", code, text)
	}
}

// Every tab of every entry of every recording can be told, and holds nothing that a terminal would act on.
func TestEveryTabInLines(t *testing.T) {
	for _, name := range recordings.Names() {
		trace := flowtest.Embedded(t, name)
		if len(trace.Entries) > 60 {
			continue // the sweep over all rows is that of the screen; here it is about lines
		}
		var typed []string
		for n := range trace.Entries {
			typed = append(typed, "")
			for _, show := range tab.All {
				if (n+len(show.Name()))%3 == 0 || n == len(trace.Entries)-1 {
					typed = append(typed, strings.ToLower(show.Name()))
				}
			}
		}
		text, _ := typing(t, Options{Source: whole{trace}, Name: name}, typed...)
		holds(t, text, fmt.Sprintf("A recording of %d entries.", len(trace.Entries)), "The recording ends here.")
	}
}

// What is typed wrongly is answered, and leads nowhere.
func TestCommandsInLines(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	file := filepath.Join(t.TempDir(), "out.jsonl")
	text, _ := typing(t, Options{Source: whole{trace}, Name: "public-v12"},
		"back", "frob", "b", "go", "go 99", "go 14", "look 99", "look 12", "diff", "event 2", "event 99", "event $nothing",
		"event", "list", "again", "write "+file, "more", "help", "go 23", "events", "event 2")
	holds(t, text, "This is the beginning.", "There is no command frob", "go needs NUMBER", "Entries go from 1 to 23.",
		"Entries go from 1 to 14.", "replaced", "Events go from 1 to", "0 events have an ID that begins with $nothing.",
		"event needs ID", "a recording asks nobody", "23 entries written", "Nothing was left out.",
		"continue, c: do every step that is left.", "m.room.create", "Its checks: ")
	for _, key := range []string{"Enter in this pane", "Esc goes back", "y v copies"} {
		if strings.Contains(text, key) {
			t.Errorf("it speaks of keys: %q", key)
		}
	}
}

// write takes a form and what to do about names before the file, writes what export does, and keeps what is there.
func TestWriteInLines(t *testing.T) {
	trace := flowtest.Embedded(t, "synapse-v12")
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	text, _ := typing(t, Options{Source: whole{trace}, Name: "x", Tool: "doorstep test"}, "write svg "+in("a.svg"),
		"write svg unredacted "+in("b.svg"), "write redacted "+in("c.jsonl"), "write svg "+in("a.svg"),
		"write html "+in("no/such"), "write", "write text "+in("with a space.txt"))
	holds(t, text, in("a.svg")+"\n", "Redacted: names are pseudonyms", "exists, and is kept", "Not written: open ",
		"write needs", in("with a space.txt"))
	svg, _ := document.Lookup("svg")
	for file, of := range map[string]flow.Trace{"a.svg": redact.Trace(trace, "doorstep test"), "b.svg": trace} {
		s := flow.Fold(of)
		var want bytes.Buffer
		h := document.Handshake{Trace: of, State: s, Report: export.NewReport(of, s, export.ReportOptions{})}
		if err := svg.Write(&want, h); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(in(file)); err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what export writes: %v", file, err)
		}
	}
	if got, err := recording.Open(in("c.jsonl")); err != nil || got.Header.Redacted == nil {
		t.Errorf("not redacted: %v", err)
	}
}

// A name that several commands begin with leads to none of them.
func TestBeginningsOfCommands(t *testing.T) {
	for name, want := range map[string]string{"cont": "", "che": "", "e": "may be", "fou": "", "h": "may be"} {
		c, problem := lookup(name)
		if want == "" && (problem != "" || !strings.HasPrefix(c.names[0], name)) ||
			want != "" && !strings.Contains(problem, want) {
			t.Errorf("%s leads to %v, %q", name, c.names, problem)
		}
	}
}

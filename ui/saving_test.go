package ui

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/ui/document"
	"doorstep/ui/saving"
)

// exported is what doorstep export writes of a trace.
func exported(t *testing.T, form string, trace flow.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if form == "recording" {
		if err := recording.Write(&b, trace); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	f, ok := document.Lookup(form)
	if !ok {
		t.Fatalf("no form %q", form)
	}
	s := flow.Fold(trace)
	h := document.Handshake{Trace: trace, State: s, Report: export.NewReport(trace, s, export.ReportOptions{})}
	if err := f.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// choose opens the menu of w, if it is not open, and puts its cursor on a form.
func (s *screen) choose(form string) *screen {
	s.t.Helper()
	if s.m.mode != keeping {
		s.press("w")
	}
	s.press("g")
	for _, f := range saving.Forms() {
		if f.Name == form {
			return s
		}
		s.press("j")
	}
	s.t.Fatalf("no form %q", form)
	return s
}

// writes names the file, and returns what is in it then.
func (s *screen) writes(file string) []byte {
	s.t.Helper()
	s.press("enter", "type:"+file, "enter")
	got, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.text())
	}
	return got
}

// Every form that is written from the screen is, byte for byte, what export writes of the same handshake: of one among
// real servers redacted where the form is made to be passed on, of one in the sandbox never, unless r says otherwise.
func TestEveryFormFromTheScreen(t *testing.T) {
	real, sandboxed := flowtest.Embedded(t, "synapse-v12"), flowtest.Embedded(t, "public-v12")
	for _, trace := range []flow.Trace{real, sandboxed} {
		s := replaying(t, 100, 40, trace, -1, Options{Tool: "doorstep test"})
		dir := t.TempDir()
		for _, f := range saving.Forms() {
			whole, hidden := exported(t, f.Name, trace), exported(t, f.Name, redact.Trace(trace, "doorstep test"))
			first, second := whole, hidden
			if f.Shared && trace.Header.Source != flow.SourceSandbox {
				first, second = hidden, whole
			}
			s.choose(f.Name)
			if got := s.writes(filepath.Join(dir, "a"+f.Extension)); !bytes.Equal(got, first) {
				t.Errorf("%s of %s is not what export writes", f.Name, trace.Header.Source)
			}
			s.shows("written").shows("a" + f.Extension)
			s.press("r")
			if got := s.writes(filepath.Join(dir, "b"+f.Extension)); !bytes.Equal(got, second) {
				t.Errorf("%s of %s after r is not what export writes", f.Name, trace.Header.Source)
			}
			s.press("r")
		}
	}
}

// What is there is kept unless somebody says y, which alone writes over it.
func TestWriteOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "there.md")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	trace := recorded(t, "joined")
	s := replaying(t, 80, 24, trace, -1, Options{}).choose("markdown")
	for _, no := range []string{"n", "enter", "esc", "q"} {
		if got := s.writes(file); string(got) != "mine" {
			t.Fatal("written over unasked")
		}
		s.shows("there.md exists").shows("any other key keeps it").press(no).shows("kept as it was").sound()
		if s.m.mode != keeping {
			t.Fatalf("%s left the menu", no)
		}
	}
	s.writes(file)
	s.press("y").shows("written").sound()
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, exported(t, "markdown", trace)) {
		t.Errorf("not written over: %v", err)
	}
}

// Whatever keeps a file from being written is said in the menu, which stays, and a file that was begun is named.
func TestWriteErrors(t *testing.T) {
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	s := replaying(t, 60, 16, recorded(t, "joined"), -1, Options{})
	for _, form := range []string{"recording", "html"} {
		s.choose(form).press("enter", "type:"+filepath.Join(dir, "nowhere", "x"), "enter").shows("not written").sound()
		s.press("enter", "type:"+dir, "enter").shows("exists").press("y").shows("not written: ").sound()
		if os.Geteuid() != 0 { // who may write everywhere is not kept from it
			s.press("enter", "type:"+filepath.Join(closed, "x"), "enter").shows("permission denied")
		}
		if _, err := os.Stat("/dev/full"); err == nil {
			s.press("enter", "type:/dev/full", "enter").shows("full exists").press("y")
			s.shows(`"/dev/full" holds only a part`).shows("no space").sound()
		}
	}
	s.press("esc")
	if s.m.mode != browsing || s.m.keep != nil {
		t.Error("Esc does not leave the menu")
	}
}

// The menu says how much is written: of a replay all of it, of a handshake that goes on what there is.
func TestExtent(t *testing.T) {
	trace := recorded(t, "joined")
	s := replaying(t, 80, 24, trace, -1, Options{}).press("w").shows("Written are all 23 entries.").press("esc")
	s.press("b", "b", "w").shows("Written are all 23 entries, not only the 21 that are shown.")
	if got := s.choose("recording").writes(filepath.Join(t.TempDir(), "x.jsonl")); len(bytes.Split(got, []byte("\n"))) != 25 {
		t.Error("not all of it is written")
	}
	live := stepping(t, 80, 24, trace, Options{}).press(".", ".", ".", "w").shows("entries so far: the handshake goes on")
	file := filepath.Join(t.TempDir(), "part.jsonl")
	live.choose("recording").writes(file)
	if got, err := recording.Open(file); err != nil || len(got.Entries) != len(live.m.screen.whole.Entries) {
		t.Errorf("%d entries, %v", len(got.Entries), err)
	}
	live.press("esc", "c", "w").hides("so far")
}

// What redaction does is said until the menu is left, and in short from then on; what is redacted stays so.
func TestRedactionIsToldOnce(t *testing.T) {
	trace := flowtest.Embedded(t, "synapse-v12")
	s := replaying(t, 80, 24, trace, -1, Options{}).choose("recording").shows("Names stay as they are. r redacts it.")
	s.press("r").shows("become pseudonyms").shows("Read the file before you").press("r").hides("pseudonyms")
	s.press("j", "j").shows("become pseudonyms").press("esc").choose("svg").shows("names are pseudonyms").hides("become")
	gone := replaying(t, 80, 24, redact.Trace(trace, "test"), -1, Options{}).choose("svg").shows("redacted already")
	gone.press("r").shows("what was taken out cannot be put back").sound()
}

// A name that is free is offered, in the folder we are in; the path is copied by y; the list filters, and takes clicks.
func TestMenuOfForms(t *testing.T) {
	trace := recorded(t, "joined")
	t.Chdir(t.TempDir())
	for _, taken := range []string{"doorstep-recorded.svg", "doorstep-recorded-2.svg"} {
		if err := os.WriteFile(taken, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := replaying(t, 80, 24, trace, -1, Options{}).choose("svg").press("y").shows("no path to copy")
	s.press("enter").shows("doorstep-recorded-3.svg   Enter writes it").press("esc").shows("write as").press("enter", "enter")
	s.shows("written")
	if info, err := os.Stat("doorstep-recorded-3.svg"); err != nil || info.Size() == 0 {
		t.Error(err)
	}
	path, err := filepath.Abs("doorstep-recorded-3.svg")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.m.keep.menu.Path(); got != path {
		t.Errorf("path %q", got)
	}
	s.press("y").shows("path: sent")
	s.press("/", "type:panels", "enter").shows("har").hides("ndjson").press("esc").shows("ndjson")
	for y, line := range s.lines() {
		if strings.HasPrefix(strings.TrimSpace(line), "mermaid") {
			for range 2 {
				s.send(tea.MouseMsg{Y: y, X: 5, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
			}
		}
	}
	if s.shows("write to").shows("doorstep-recorded.mmd"); s.m.mode != asksLine {
		t.Error("two clicks do not choose")
	}
}

// A file that is there when the menu was left is told of all the same.
func TestWrittenAfterTheMenu(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("w")
	k := s.m.keep
	s.press("esc").send(savedMsg{k, saving.Result{Path: "/x/y.svg", Bytes: 10, Entries: 23}, nil})
	s.shows("/x/y.svg: 23 entries, 10 B written")
	s.send(savedMsg{k, saving.Result{}, fs.ErrPermission}).shows("not written: permission denied")
}

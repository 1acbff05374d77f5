package ui

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
	"github.com/muesli/termenv"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/render/rendertest"
	"doorstep/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestMain(m *testing.M) {
	lipgloss.SetColorProfile(termenv.Ascii)
	runewidth.DefaultCondition.EastAsianWidth = false
	os.Exit(m.Run())
}

// recorded reads one of the handshakes in testdata: real ones of the sandbox, kept so that frames stay comparable.
func recorded(t testing.TB, name string) flow.Trace {
	t.Helper()
	trace, err := recording.Open(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// A screen is a model under test, and what its commands write.
type screen struct {
	t   testing.TB
	m   *Model
	out bytes.Buffer
	cmd tea.Cmd // returned by the last message
	now time.Time
}

func newScreen(t testing.TB, width, height int, o Options) *screen {
	t.Helper()
	s := &screen{t: t}
	s.m = newModel(context.Background(), o, theme.NewLook(o.Theme, o.ASCII, false), &s.out)
	s.m.after = never
	s.run(s.m.Init())
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	t.Cleanup(func() {
		if s.m.screen != nil {
			s.m.screen.close()
		}
	})
	return s
}

// replaying opens the first n entries of a trace; all of them when n is negative.
func replaying(t testing.TB, width, height int, trace flow.Trace, n int, o Options) *screen {
	if n < 0 {
		n = len(trace.Entries)
	}
	part := trace.Prefix(n)
	o.Recorded, o.Recording = recording.Whole(part), "recorded"
	return newScreen(t, width, height, o)
}

// stepping opens a run that does again what a trace tells.
func stepping(t testing.TB, width, height int, trace flow.Trace, o Options) *screen {
	o.Scenario = "recorded"
	o.Start = func(context.Context, string) (Source, func(), error) { return &scripted{whole: trace}, func() {}, nil }
	return newScreen(t, width, height, o)
}

// A scripted source does step after step of a trace that is already known.
type scripted struct {
	whole flow.Trace
	done  int
	err   error // of recording it

	progress flow.Progress // of a step that goes on
	again    func(ctx context.Context) bool
}

func (s *scripted) Trace() flow.Trace        { return s.whole.Prefix(s.done) }
func (s *scripted) Changed() <-chan struct{} { return nil }
func (s *scripted) Err() error               { return s.err }
func (s *scripted) Progress() flow.Progress  { return s.progress }

func (s *scripted) Again(ctx context.Context) bool { return s.again(ctx) }

func (s *scripted) Step(context.Context) bool {
	if s.done == len(s.whole.Entries) {
		return false
	}
	s.done = stepEnd(flow.Fold, s.whole, s.done)
	return true
}

// send hands messages to the model and runs what it commands, until nothing is left to do.
func (s *screen) send(msgs ...tea.Msg) *screen {
	for _, msg := range msgs {
		s.run(s.pass(msg))
	}
	return s
}

// pass hands one message to the model, and nothing more.
func (s *screen) pass(msg tea.Msg) tea.Cmd {
	_, s.cmd = s.m.Update(msg)
	if s.m.screen != nil { // no test waits for a clock
		for _, h := range s.m.screen.branches() {
			h.after = never
			h.now = func() time.Time { return s.now }
		}
	}
	return s.cmd
}

// never sends nothing later: no test waits for a clock.
func never(time.Duration, func(time.Time) tea.Msg) tea.Cmd { return nil }

func (s *screen) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg, tea.SuspendMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			s.run(c)
		}
	default:
		s.send(msg)
	}
}

// press sends keys, named as bindings name them; "type:" begins text that is typed.
func (s *screen) press(names ...string) *screen {
	for _, name := range names {
		if text, ok := strings.CutPrefix(name, "type:"); ok {
			for _, r := range text {
				s.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
			}
			continue
		}
		s.send(keyMsg(name))
	}
	return s
}

var namedKeys = map[string]tea.KeyType{
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp,
	"pgdown": tea.KeyPgDown,
	"home":   tea.KeyHome, "end": tea.KeyEnd, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "enter": tea.KeyEnter,
	"esc":       tea.KeyEsc,
	"backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
	"ctrl+a": tea.KeyCtrlA, "ctrl+b": tea.KeyCtrlB, "ctrl+c": tea.KeyCtrlC, "ctrl+d": tea.KeyCtrlD, "ctrl+e": tea.KeyCtrlE,
	"ctrl+f": tea.KeyCtrlF, "ctrl+k": tea.KeyCtrlK, "ctrl+l": tea.KeyCtrlL, "ctrl+u": tea.KeyCtrlU,
	"ctrl+w": tea.KeyCtrlW, "ctrl+z": tea.KeyCtrlZ,
}

func keyMsg(name string) tea.KeyMsg {
	if kind, ok := namedKeys[name]; ok {
		return tea.KeyMsg{Type: kind}
	}
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

func (s *screen) lines() []string {
	if view := s.m.View(); view != "" {
		return strings.Split(view, "\n")
	}
	return nil
}

func (s *screen) text() string { return strings.Join(s.lines(), "\n") }

// sound fails the test unless the frame is as high and as wide as it has to be and holds nothing a terminal acts upon.
func (s *screen) sound() {
	s.t.Helper()
	lines := s.lines()
	if len(lines) != s.m.height {
		s.t.Fatalf("%d lines, want %d", len(lines), s.m.height)
	}
	if err := rendertest.Check(lines, s.m.width); err != nil {
		s.t.Fatal(err)
	}
}

func (s *screen) shows(texts ...string) *screen {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.text(), text) {
			s.t.Fatalf("%q is not on the screen:\n%s", text, s.text())
		}
	}
	return s
}

func (s *screen) hides(texts ...string) *screen {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.text(), text) {
			s.t.Fatalf("%q is on the screen:\n%s", text, s.text())
		}
	}
	return s
}

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "frames", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// withoutMode blanks the corner of the first line, where a live run and its recording differ.
func withoutMode(lines []string) []string {
	out := append([]string(nil), lines...)
	if first := []rune(out[0]); modeWord.MatchString(out[0]) {
		out[0] = theme.Fit(string(first[:len(first)-cornerWidth-1]), len(first))
	}
	return out
}

var modeWord = regexp.MustCompile(`(REPLAY|LIVE|STEP|DONE)( \d+/\d+)? $`)

// until returns how many entries of a trace there are up to and with the first of that step and kind.
func until(t testing.TB, trace flow.Trace, step flow.StepID, kind flow.Kind) int {
	t.Helper()
	for _, e := range trace.Entries {
		if e.Step == step && e.Kind == kind {
			return e.Seq
		}
	}
	t.Fatal(fmt.Errorf("no %s of %s", kind, step))
	return 0
}

func sizeMsg(width, height int) tea.Msg { return tea.WindowSizeMsg{Width: width, Height: height} }

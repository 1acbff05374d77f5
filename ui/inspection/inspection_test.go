package inspection

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings/mutate"
	"doorstep/render/rendertest"
	"doorstep/ui/theme"
)

var update = flag.Bool("update", false, "write the frames anew")

// A still is a check as it was at a moment.
type still struct{ trace flow.Trace }

func (s *still) Trace() flow.Trace { return s.trace }

func (s *still) Progress() flow.Progress { return flow.Progress{Of: flow.Looking, Done: 4, All: 18} }

// recorded is a recorded check, of a server with two addresses of which one is dead, behind a proxy that decodes paths.
func recorded(t testing.TB) flow.Trace {
	t.Helper()
	trace, err := recording.Open("../../flow/recording/testdata/earlier/9-check.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func screenOf(t flow.Trace, done, ascii bool, width, height int) *Model {
	m := New(theme.NewLook("mono", ascii, true), &still{t}, nil)
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	if done {
		m.Update(DoneMsg{})
	}
	return m
}

// press types keys, by their names as Bubble Tea spells them.
func press(m *Model, keys ...string) (last tea.Cmd) {
	special := map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "up": tea.KeyUp, "down": tea.KeyDown,
		"pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "ctrl+c": tea.KeyCtrlC, "ctrl+l": tea.KeyCtrlL}
	for _, k := range keys {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
		if t, ok := special[k]; ok {
			msg = tea.KeyMsg{Type: t}
		}
		_, last = m.Update(msg)
	}
	return last
}

// picture is the screen without looks.
func picture(m *Model) string {
	var out []string
	for _, l := range m.drawn() {
		text, _, _ := strings.Cut(strings.TrimPrefix(rendertest.Frame([]string{l}), "|"), "|\n")
		out = append(out, strings.TrimRight(text, " "))
	}
	return strings.Join(out, "\n") + "\n"
}

// Whatever becomes of the structure of a recorded check, and of any recording that says it is one, every prefix of it
// is drawn.
func TestMutants(t *testing.T) {
	forms := flowtest.Forms(t)
	read := 0
	for _, name := range []string{"9-check", "1-words", "13-held"} {
		for mutant := range mutate.All(forms[name], 60) {
			trace, err := recording.Read(bytes.NewReader(mutant))
			if err != nil {
				continue
			}
			read++
			trace.Header.Source = flow.SourceCheck
			if trace.Header.Server == "" {
				trace.Header.Server = "a.example"
			}
			for n := 0; n <= len(trace.Entries); n += 1 + n/2 {
				m := screenOf(trace.Prefix(n), true, false, 100, 30)
				for _, k := range []string{"", "G", "o", "x", "enter"} {
					if k != "" {
						press(m, k)
					}
					if err := rendertest.Check(m.drawn(), 100); err != nil {
						t.Fatalf("%s, %d entries, key %q: %v\n%.3000s", name, n, k, err, mutant)
					}
				}
			}
		}
	}
	if read < 40 {
		t.Errorf("only %d mutants were read", read)
	}
}

// TestFrames keeps the screens as they are, to be read by eye.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name string
		upTo int // entries; 0: all of them
		keys []string
	}{
		{"begun", 1, nil},
		{"under-way", 10, nil},
		{"over", 0, nil},
		{"what-fails-first", 0, []string{"o", "g"}},
		{"explained", 0, []string{"x", "enter"}},
		{"help", 0, []string{"?"}},
	} {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}} {
			name := fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				trace := recorded(t)
				if c.upTo > 0 {
					trace = trace.Prefix(c.upTo)
				}
				m := screenOf(trace, c.upTo == 0, size[0] == 60, size[0], size[1])
				press(m, c.keys...)
				got, file := picture(m), filepath.Join("testdata", name+".txt")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("it shows\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// At any size, in any look, after any keys and clicks, every line is as wide as the screen, and there are as many as it
// is high.
func TestSizes(t *testing.T) {
	all := []string{"j", "k", "o", "x", "X", "enter", "esc", "g", "G", "pgdown", "pgup", "?", "z", "down", "ctrl+l"}
	trace := recorded(t)
	r := rand.New(rand.NewPCG(3, 4))
	for width := 1; width < 200; width += 1 + width/9 {
		for _, height := range []int{1, 2, 11, 12, 16, 24, 40, 61} {
			m := screenOf(trace.Prefix(r.IntN(len(trace.Entries)+1)), r.IntN(2) == 0, r.IntN(2) == 0, width, height)
			var keys []string
			for range 12 {
				keys = append(keys, all[r.IntN(len(all))])
				press(m, keys[len(keys)-1])
				m.Update(tea.MouseMsg{X: r.IntN(width), Y: r.IntN(height), Action: tea.MouseActionPress,
					Button: []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelDown, tea.MouseButtonWheelUp}[r.IntN(3)]})
				lines := m.drawn()
				if err := rendertest.Check(lines, width); err != nil {
					t.Fatalf("%dx%d after %v: %v", width, height, keys, err)
				}
				if len(lines) != height {
					t.Fatalf("%dx%d after %v: %d lines", width, height, keys, len(lines))
				}
			}
		}
	}
}

// What a server, or whoever wrote a recording, put into its answers reaches the screen as text that no terminal acts
// upon.
func TestHostileText(t *testing.T) {
	for n, h := range rendertest.Hostile() {
		trace := recorded(t)
		trace.Header.Server = h.Text
		trace.Entries = append([]flow.Entry(nil), trace.Entries...)
		for i := range trace.Entries {
			e := &trace.Entries[i]
			e.Server = h.Text
			if e.Discovery != nil {
				d := *e.Discovery
				d.Server = h.Text
				e.Discovery = &d
			}
			if e.Response != nil {
				answer := *e.Response
				answer.Reason, answer.Header = h.Text, []client.Field{{Name: h.Text, Value: h.Text}}
				answer.Body = []byte(`{"errcode":"` + h.Text + `","server":{"name":"` + h.Text + `"}}`)
				e.Response = &answer
			}
			*e = e.Remembering()
		}
		size := [][2]int{{60, 16}, {140, 40}}[n%2]
		m := screenOf(trace, true, n%4 < 2, size[0], size[1])
		for range len(m.order) / 4 {
			press(m, "enter", "G")
			if err := rendertest.Check(m.drawn(), size[0]); err != nil {
				t.Fatalf("%s: %v", h.Name, err)
			}
			press(m, "esc", "j", "j", "j", "j")
		}
	}
}

// While the check goes on the reader stays on the row that is read.
func TestStaysOnTheRow(t *testing.T) {
	trace := recorded(t)
	s := &still{trace.Prefix(4)}
	m := New(theme.NewLook("mono", false, true), s, nil)
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	press(m, "o", "G")
	before, _ := m.row()
	for n := range trace.Entries {
		s.trace = trace.Prefix(max(n, 4))
		m.Update(glanceMsg{})
		if at, _ := m.row(); at.Kind != before.Kind || at.Address != before.Address {
			t.Fatalf("after %d entries on %s, was on %s", n, at.Kind, before.Kind)
		}
	}
	if _, cmd := m.Update(DoneMsg{}); cmd != nil || !m.done {
		t.Error("it goes on looking when nothing more comes")
	}
}

// A check that is over is looked at no more, and one under way again and again.
func TestLooksWhileThereIsMore(t *testing.T) {
	m := screenOf(recorded(t), false, false, 80, 24)
	if m.Init() == nil {
		t.Error("it does not look")
	}
	if _, cmd := m.Update(glanceMsg{}); cmd == nil {
		t.Error("it looked once")
	}
	if _, cmd := m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("q")}); cmd == nil || m.View() != "" {
		t.Error("q does not quit")
	}
}

// Nor does whatever stands in any other field of a check: each row, and what there is to say of it.
func TestHostileTextInEveryField(t *testing.T) {
	for n, k := range rendertest.Spellings() {
		for _, all := range []bool{false, true} {
			trace := flowtest.Spoil(recorded(t), func(field, text string) string {
				if flowtest.Steers(field) && !all {
					return text
				}
				return text + k.Text
			})
			trace.Header.Source = flow.SourceCheck
			m := screenOf(trace, true, n%2 == 0, 100, 30)
			for range m.order {
				press(m, "enter", "G")
				if err := rendertest.Check(m.drawn(), 100); err != nil {
					t.Fatalf("%s: %v", k.Name, err)
				}
				press(m, "esc", "j")
			}
		}
	}
}

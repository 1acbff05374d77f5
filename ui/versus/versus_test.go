package versus

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

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings/mutate"
	"doorstep/render/rendertest"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

var update = flag.Bool("update", false, "write the frames anew")

func sideOf(t testing.TB, name string, raw []byte) compare.Side {
	t.Helper()
	trace, err := recording.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	s := flow.Fold(trace)
	return compare.Side{Name: name, Trace: trace, State: s, Findings: diagnose.Findings(trace, s)}
}

func compared(t testing.TB, a, b string) compare.Comparison {
	t.Helper()
	return compare.Handshakes(sideOf(t, a, flowtest.EmbeddedBytes(t, a)), sideOf(t, b, flowtest.EmbeddedBytes(t, b)))
}

func screenOf(c compare.Comparison, ascii bool, width, height int) *Model {
	m := New(theme.NewLook("mono", ascii, true), c, nil)
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return m
}

// press types keys, by their names as Bubble Tea spells them.
func press(m *Model, keys ...string) (last tea.Cmd) {
	special := map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "up": tea.KeyUp, "down": tea.KeyDown,
		"pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "ctrl+c": tea.KeyCtrlC, "left": tea.KeyLeft, "right": tea.KeyRight,
		"end": tea.KeyEnd, "home": tea.KeyHome}
	for _, k := range keys {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
		if t, ok := special[k]; ok {
			msg = tea.KeyMsg{Type: t}
		}
		_, last = m.Update(msg)
	}
	return last
}

// shown is the screen without looks.
func shown(m *Model) string {
	var out []string
	for _, l := range m.drawn() {
		text, _, _ := strings.Cut(strings.TrimPrefix(rendertest.Frame([]string{l}), "|"), "|\n")
		out = append(out, strings.TrimRight(text, " "))
	}
	return strings.Join(out, "\n") + "\n"
}

// TestFrames keeps the screens as they are, to be read by eye: at every size the table, the fields of a row, and all of
// it in ASCII.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		keys       []string
	}{
		{"homeservers", "synapse-v12", "dendrite-v12", nil},
		{"homeservers-fields", "synapse-v12", "dendrite-v12", []string{"x", "x", "enter", "j"}},
		{"forms-in-order", "public-v12", "form-2015", []string{"l", "o"}},
		{"refused", "banned", "public-v12", nil},
		{"equal", "public-v12", "public-v12", nil},
		{"help", "public-v12", "public-v12", []string{"?"}},
	} {
		comparison := compared(t, c.a, c.b)
		for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}, {200, 60}} {
			name := fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				m := screenOf(comparison, size[0] == 80, size[0], size[1])
				press(m, c.keys...)
				got, file := shown(m), filepath.Join("testdata", name+".txt")
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

// At any size, in any look, after any keys, every line is as wide as the screen, and there are as many as it is high.
func TestSizes(t *testing.T) {
	all := []string{"j", "k", "l", "h", "o", "x", "X", "enter", "esc", "g", "G", "pgdown", "pgup", "?", "/", "n", "N", "M",
		"e", "down", "ctrl+l"}
	comparisons := []compare.Comparison{compared(t, "synapse-v12", "dendrite-v12"), compared(t, "banned", "failover"),
		compared(t, "invite", "invite"), {}}
	r := rand.New(rand.NewPCG(3, 4))
	for width := 1; width < 230; width += 1 + width/9 {
		for _, height := range []int{1, 2, 11, 12, 16, 24, 40, 61} {
			c := comparisons[r.IntN(len(comparisons))]
			m := screenOf(c, r.IntN(2) == 0, width, height)
			var keys []string
			for range 12 {
				keys = append(keys, all[r.IntN(len(all))])
				press(m, keys[len(keys)-1])
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

// What a server, or whoever wrote a recording, put into its fields reaches the screen as text that no terminal acts
// upon.
func TestHostileText(t *testing.T) {
	raw := flowtest.EmbeddedBytes(t, "banned")
	plain := sideOf(t, "banned", raw)
	for _, h := range rendertest.Hostile() {
		side := plain
		side.Name = h.Text
		side.Trace.Header.Title, side.Trace.Header.Tool = h.Text, h.Text
		other := side
		other.Trace.Entries = append([]flow.Entry(nil), plain.Trace.Entries...)
		for i := range other.Trace.Entries {
			e := &other.Trace.Entries[i]
			if e.Response != nil {
				answer := *e.Response
				answer.Body = []byte(`{"errcode":"` + h.Text + `","error":"` + h.Text + `"}`)
				e.Response = &answer
				e.Server = h.Text
			}
		}
		other.State = flow.Fold(other.Trace)
		other.Findings = diagnose.Findings(other.Trace, other.State)
		c := compare.Handshakes(plain, other)
		for i, size := range [][2]int{{60, 16}, {140, 40}} {
			m := screenOf(c, i == 0, size[0], size[1])
			press(m, "l")
			for range len(m.rows) {
				press(m, "enter")
				if err := rendertest.Check(m.drawn(), size[0]); err != nil {
					t.Fatalf("%s: %v", h.Name, err)
				}
				press(m, "esc", "j")
			}
		}
	}
}

func TestMutants(t *testing.T) {
	raw := flowtest.EmbeddedBytes(t, "public-v11")
	whole := sideOf(t, "whole", raw)
	for m := range mutate.All(raw, 40) {
		if _, err := recording.Read(bytes.NewReader(m)); err != nil {
			continue
		}
		s := screenOf(compare.Handshakes(whole, sideOf(t, "mutant", m)), false, 100, 30)
		press(s, "l", "o")
		for range len(s.rows) {
			press(s, "enter", "G", "esc", "j")
			if err := rendertest.Check(s.drawn(), 100); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func current(m *Model) string {
	if row := m.row(); row != folded {
		return m.rows[row].Name
	}
	return "folded"
}

// The cursor goes over what differs first; what is alike is one line until it is unfolded, and o puts all in order.
func TestFoldsAndOrder(t *testing.T) {
	m := screenOf(compared(t, "public-v3", "public-v4"), false, 100, 40)
	if got := shown(m); !strings.Contains(got, "=  13 rows alike") || strings.Contains(got, "A1 join") {
		t.Fatalf("not folded:\n%s", got)
	}
	press(m, "G")
	if current(m) != "folded" {
		t.Fatalf("the cursor is on %s", current(m))
	}
	press(m, "enter")
	if got := shown(m); !strings.Contains(got, "A1 join") || strings.Contains(got, "rows alike") || m.inFields {
		t.Fatalf("not unfolded:\n%s", got)
	}
	press(m, "g", "x")
	if current(m) != "A4 GET make_join" {
		t.Errorf("x goes to %s", current(m))
	}
	press(m, "o")
	if current(m) != "A4 GET make_join" || m.lines[1].row != 1 || m.lines[len(m.lines)-1].row != len(m.rows)-1 {
		t.Errorf("the order of the handshake: %v, on %s", m.lines, current(m))
	}
	press(m, "h")
	if got := shown(m); !strings.Contains(got, "13 rows alike") || current(m) != "A4 GET make_join" {
		t.Errorf("not folded again:\n%s", got)
	}
	press(m, "h")
	if !strings.Contains(m.notice, "folded already") {
		t.Errorf("it says %q", m.notice)
	}
	press(m, "X", "X")
	if current(m) != "room version" || m.notice != "no further row differs" {
		t.Errorf("X goes to %s and says %q", current(m), m.notice)
	}
}

// A search finds rows by their fields, unfolds for those that are folded away, and goes round.
func TestSearch(t *testing.T) {
	m := screenOf(compared(t, "synapse-v12", "dendrite-v12"), false, 100, 30)
	press(m, "/", "P", "r", "ev_state", "enter")
	if current(m) != "A6 PUT send_join" {
		t.Errorf("it found %s", current(m))
	}
	press(m, "/", "get dir", "enter")
	if current(m) != "A2 GET directory" || !m.unfolded {
		t.Errorf("it found %s, unfolded %v", current(m), m.unfolded)
	}
	press(m, "n", "N")
	if current(m) != "A2 GET directory" {
		t.Errorf("n and N led to %s", current(m))
	}
	press(m, "/", "no such thing", "enter")
	if current(m) != "A2 GET directory" || m.notice != "not found: no such thing" {
		t.Errorf("on %s it says %q", current(m), m.notice)
	}
	press(m, "/", "q", "esc", "q")
	if !m.quitting {
		t.Error("q in the search was taken for a command, or not after it")
	}
}

func TestLeaving(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		keys []string
		code int
	}{
		"equal":       {"banned", "banned", []string{"q"}, 0},
		"different":   {"banned", "failover", []string{"enter", "esc", "q"}, 1},
		"interrupted": {"banned", "failover", []string{"?", "ctrl+c"}, 130},
	} {
		m := screenOf(compared(t, c.a, c.b), false, 80, 24)
		if cmd := press(m, c.keys...); cmd == nil || m.code != c.code || m.View() != "" {
			t.Errorf("%s: code %d", name, m.code)
		}
	}
}

// The user's keys are in force, in the help and in the footer.
func TestOwnKeys(t *testing.T) {
	table, problems := keymap.Rebind(Bindings, map[string][]string{"search": {"s"}})
	if problems != nil {
		t.Fatal(problems)
	}
	m := New(theme.NewLook("mono", false, true), compared(t, "banned", "failover"), table)
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if got := shown(m); !strings.Contains(got, " s search ") {
		t.Errorf("the footer says\n%s", got)
	}
	press(m, "s")
	if m.mode != searching {
		t.Error("s does not search")
	}
	if len(keymap.KeyOf(m.bindings, keymap.ActHelp)) == 0 {
		t.Error("help has no key any more")
	}
}

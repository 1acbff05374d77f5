package ui

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/render"
	"doorstep/render/rendertest"
	"doorstep/ui/home"
	"doorstep/ui/pane"
	"doorstep/ui/tab"
	"doorstep/ui/theme"
)

var sizes = [][2]int{{60, 16}, {80, 24}, {120, 40}, {200, 60}}

// homeOptions is a home screen with a little of everything.
func homeOptions() Options {
	return Options{
		Scenarios: []home.Scenario{
			{Name: "public-v1", Title: "A public room of version 1",
				Teaches: "The form of 2015, with the event ID chosen by the sender.", Group: "The join in every room version"},
			{Name: "public-v12", Title: "A public room of version 12",
				Teaches: "The room ID is the hash of the create event.", Group: "The join in every room version"},
			{Name: "banned", Title: "The user is banned from the room",
				Teaches: "The ban holds at every server.", Finding: "banned", Group: "make_join refused or unanswered",
				About: "Whoever may ban has banned this user."},
		},
		Recordings: []home.Recording{
			{Name: "failover", Command: "doorstep replay failover", Title: "The first join candidate is dead", Group: "In the sandbox"},
			{Name: "public-v12", Title: "A public room of version 12", Group: "In the sandbox"},
		},
		Recent: func(context.Context) ([]home.Recording, string) {
			return []home.Recording{
				{Name: "/recordings/a.jsonl", Title: "Join #room:matrix.example", When: "2026-11-26 19:30", Outcome: "refused"},
				{Name: "/recordings/b.jsonl", Title: "Join #room:matrix.example", When: "2026-11-25 08:05", Outcome: "joined"},
			}, "None yet."
		},
		Start: func(context.Context, string) (Source, func(), error) {
			return nil, nil, errors.New("nothing starts here")
		},
		Open: func(_ context.Context, name string) (*recording.Stream, error) {
			return nil, fmt.Errorf("no recording %q", name)
		},
	}
}

// comparable is the screen of the answer to send_join of a handshake that can be compared with another.
func comparable(t testing.TB, w, h int, trace, other flow.Trace, o Options) *screen {
	o.Recordings = homeOptions().Recordings
	o.Open = func(context.Context, string) (*recording.Stream, error) { return recording.Whole(other), nil }
	return replaying(t, w, h, trace, -1, o).at(until(t, trace, flow.A7, flow.Response))
}

// states are the screens whose frames are kept.
func states(t testing.TB) map[string]func(width, height int, o Options) *screen {
	joined, refused := recorded(t, "joined"), recorded(t, "refused")
	return map[string]func(width, height int, o Options) *screen{
		"home": func(w, h int, o Options) *screen {
			at := homeOptions()
			at.ASCII, at.Theme = o.ASCII, o.Theme
			return newScreen(t, w, h, at)
		},
		"compare": func(w, h int, o Options) *screen {
			return comparable(t, w, h, joined, refused, o).press("d")
		},
		"compare-lists": func(w, h int, o Options) *screen {
			return comparable(t, w, h, joined, refused, o).press("d", "j", "j", "enter")
		},
		"compare-with": func(w, h int, o Options) *screen {
			return comparable(t, w, h, joined, refused, o).press("d", "G", "enter")
		},
		"compared": func(w, h int, o Options) *screen {
			return comparable(t, w, h, joined, refused, o).press("d", "G", "enter", "enter")
		},
		"writing": func(w, h int, o Options) *screen {
			return replaying(t, w, h, flowtest.Embedded(t, "synapse-v12"), -1, o).choose("svg")
		},
		"start": func(w, h int, o Options) *screen { return replaying(t, w, h, joined, 0, o) },
		"ghost": func(w, h int, o Options) *screen {
			return replaying(t, w, h, joined, until(t, joined, flow.A5, flow.Response), o).press("G")
		},
		"waiting": func(w, h int, o Options) *screen {
			return replaying(t, w, h, joined, until(t, joined, flow.A6, flow.Request), o)
		},
		"joined": func(w, h int, o Options) *screen { return replaying(t, w, h, joined, -1, o) },
		"refused": func(w, h int, o Options) *screen {
			return replaying(t, w, h, refused, -1, o).press("1")
		},
		"merged": func(w, h int, o Options) *screen {
			return replaying(t, w, h, recorded(t, "merged"), -1, o).press("k", "4")
		},
		"timeout": func(w, h int, o Options) *screen {
			return replaying(t, w, h, recorded(t, "timeout"), -1, o).press("1")
		},
		"why": func(w, h int, o Options) *screen { return replaying(t, w, h, refused, -1, o) },
		"diff": func(w, h int, o Options) *screen {
			return replaying(t, w, h, joined, until(t, joined, flow.L1, flow.Local), o)
		},
		"checks": func(w, h int, o Options) *screen {
			return replaying(t, w, h, recorded(t, "flawed"), -1, o).press("v")
		},
		"flawed": func(w, h int, o Options) *screen {
			return replaying(t, w, h, recorded(t, "flawed"), -1, o)
		},
		"found": func(w, h int, o Options) *screen {
			return replaying(t, w, h, recorded(t, "timeout"), -1, o).press("F")
		},
		"playing": func(w, h int, o Options) *screen {
			s := replaying(t, w, h, joined, -1, held(o)).press("P")
			for range 12 {
				s.passTime()
			}
			return s
		},
		"event": func(w, h int, o Options) *screen {
			return replaying(t, w, h, recorded(t, "flawed"), -1, o).press("8", "j", "enter", "/", "type:depth", "enter")
		},
		"events": func(w, h int, o Options) *screen {
			return replaying(t, w, h, joined, -1, o).press("8", "j", "j")
		},
		"search": func(w, h int, o Options) *screen {
			return replaying(t, w, h, joined, -1, o).press("/", "type:origin", "enter", "n")
		},
		"help": func(w, h int, o Options) *screen {
			return replaying(t, w, h, joined, -1, o).press("?")
		},
	}
}

// held is o for a recording that is shown from its start.
func held(o Options) Options {
	o.FromStart = true
	return o
}

// How many checks there are is package flow's to change: frames are compared without the number.
var passed = regexp.MustCompile(`\d+ passed`)

func hashes(counted string) string {
	n := strings.TrimSuffix(counted, " passed")
	return strings.Repeat("#", len(n)) + " passed"
}

// Frames of every state, at every size, in Unicode and in ASCII, in every theme: the text, which is the same in all
// themes, and what each cell looks like in each of them.
func TestFrames(t *testing.T) {
	lipgloss.SetColorProfile(termenv.ANSI256)
	defer lipgloss.SetColorProfile(termenv.Ascii)
	for name, open := range states(t) {
		for _, size := range sizes {
			for _, ascii := range []bool{false, true} {
				file := fmt.Sprintf("%s-%dx%d.txt", name, size[0], size[1])
				if ascii {
					file = fmt.Sprintf("%s-%dx%d-ascii.txt", name, size[0], size[1])
				}
				t.Run(file, func(t *testing.T) {
					themed := map[string][]string{}
					for _, theme := range render.Themes() {
						s := open(size[0], size[1], Options{ASCII: ascii, Theme: theme})
						s.sound()
						themed[theme] = withoutMode(s.lines())
					}
					frame, err := rendertest.ThemedFrame(render.Themes(), themed)
					if err != nil {
						t.Error(err)
					}
					if name != "checks" && name != "why" && name != "event" { // whose words are package flow's to change
						golden(t, file, passed.ReplaceAllStringFunc(frame, hashes))
					}
				})
			}
		}
	}
}

// A live run shows at every step what its recording shows of the same entries, but for the word in the corner.
func TestReplayShowsTheSame(t *testing.T) {
	for _, name := range []string{"joined", "refused", "merged", "timeout", "failover", "flawed"} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				whole := recorded(t, name)
				live := stepping(t, size[0], size[1], whole, Options{})
				for {
					shown := live.m.screen.shown
					again := replaying(t, size[0], size[1], whole, -1, Options{})
					again.m.screen.shown, again.m.screen.at, again.m.screen.follow = shown, live.m.screen.at, true
					live.m.screen.top, again.m.screen.top = 0, 0
					a, b := withoutMode(live.send(nil).lines()), withoutMode(again.send(nil).lines())
					for i := range a[:len(a)-1] { // the last line names keys: what has happened can be played
						if a[i] != b[i] {
							t.Fatalf("after %d entries, line %d:\nlive   %q\nreplay %q", shown, i, a[i], b[i])
						}
					}
					if live.press("."); live.m.screen.shown == shown {
						break
					}
				}
				if live.m.screen.shown != len(whole.Entries) {
					t.Fatalf("the steps ended after %d of %d entries", live.m.screen.shown, len(whole.Entries))
				}
			})
		}
	}
}

// Every size down to one cell gives a frame of exactly that size, in every state.
func TestEverySize(t *testing.T) {
	for name, open := range states(t) {
		t.Run(name, func(t *testing.T) {
			s := open(80, 24, Options{})
			for _, w := range []int{1, 2, 7, 39, 40, 41, 59, 60, 61, 79, 80, 99, 100, 101, 120, 159, 160, 161, 200, 300} {
				for _, h := range []int{1, 2, 3, 4, 5, 9, 15, 16, 17, 19, 20, 23, 24, 29, 30, 31, 45, 60, 100} {
					s.send(sizeMsg(w, h))
					s.sound()
				}
			}
			if s.send(sizeMsg(0, 0)); s.m.View() != "" {
				t.Error("a screen of 0x0 has a frame")
			}
			s.send(sizeMsg(59, 15)).shows("needs 60x16, has 59x15")
		})
	}
}

// Where a handshake failed, the first thing shown says so: what happened, why, and what to do about it.
func TestWhyTellsTheFindings(t *testing.T) {
	for _, name := range []string{"refused", "timeout"} {
		trace := recorded(t, name)
		s := replaying(t, 200, 60, trace, -1, Options{})
		shown := strings.Join(strings.Fields(strings.Join(s.m.screen.side.Text.Lines, " ")), " ")
		findings := diagnose.Findings(trace, flow.Fold(trace))
		if len(findings) == 0 {
			t.Fatalf("%s: no findings", name)
		}
		for _, f := range findings {
			for _, words := range []string{f.Title, f.Cause, f.Advice} {
				if !strings.Contains(strings.ReplaceAll(shown, "- ", "-"), strings.ReplaceAll(words, "- ", "-")) {
					t.Errorf("%s: %q is not in:\n%s", name, words, shown)
				}
			}
		}
		s.shows(findings[0].Title)
	}
}

func TestThemesExist(t *testing.T) {
	for _, name := range render.Themes() {
		if !theme.ThemeExists(name) {
			t.Errorf("theme %s does not exist", name)
		}
	}
	if theme.ThemeExists("pink") {
		t.Error("theme pink exists")
	}
}

// What is drawn once and kept is what would be drawn again, wherever the reader goes.
func TestKeptLines(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	keys := []string{"j", "k", "l", "h", "g", "G", "tab", "z", "]", "b", ".", "f", "t", " ", "|", "+", "-", "1", "3", "5", "6", "7", "8",
		"esc", "pgdown", "a", "s", "enter"}
	for _, name := range []string{"joined", "failover", "refused"} {
		s := replaying(t, 200, 50, recorded(t, name), -1, Options{})
		for i := range 400 {
			key := keys[random.IntN(len(keys))]
			s.press(key)
			if i%50 == 0 {
				s.send(sizeMsg(80+random.IntN(130), 20+random.IntN(40)))
			}
			first, h := s.text(), s.m.screen
			h.drawn = nil
			for _, c := range []*pane.Content{h.main, h.side} {
				if c != nil && c.Text != nil {
					c.Text.Draw(1, 1, 0)
				}
			}
			if again := s.text(); again != first {
				t.Fatalf("%s, after %s:\n%s\nis kept, drawn again it is\n%s", name, key, first, again)
			}
		}
	}
}

// BenchmarkView draws the screen of every tab as it is after a key, and once more without one.
func BenchmarkView(b *testing.B) {
	for _, t := range tab.All {
		s := replaying(b, 200, 50, recorded(b, "joined"), -1, Options{})
		s.press(strings.Split(strings.Repeat("k", 9), "")...).press(t.Key())
		b.Run(t.Name(), func(b *testing.B) {
			var drawn time.Duration
			for i := 0; b.Loop(); i++ {
				s.pass(keyMsg([]string{"j", "k"}[i%2]))
				begun := time.Now()
				_ = s.m.View()
				drawn += time.Since(begun)
			}
			b.ReportMetric(float64(drawn.Microseconds())/float64(b.N), "µs/View")
		})
		b.Run(t.Name()+" again", func(b *testing.B) {
			for b.Loop() {
				_ = s.m.View()
			}
		})
	}
}

func BenchmarkKeyToFrame(b *testing.B) {
	s := replaying(b, 200, 60, recorded(b, "joined"), -1, Options{})
	keys := []string{"k", "k", "j", "j"}
	for i := 0; b.Loop(); i++ {
		s.press(keys[i%len(keys)])
		_ = s.m.View()
	}
}

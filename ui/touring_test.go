package ui

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/tour"
	"doorstep/ui/keymap"
	"doorstep/ui/layout"
	uitour "doorstep/ui/tour"
)

// An unwatched run tells of no change while a step goes on: a test does one thing after another.
type unwatched struct{ *live.Run }

func (unwatched) Changed() <-chan struct{} { return nil }

// A tourist is a screen with the tour on it, and what is kept of the tour.
type tourist struct {
	*screen
	kept  uitour.Progress
	fails error // of keeping it
	open  int   // federations that were started and not stopped
}

// touring opens the tour on real sandboxes, of which something is done already.
func touringAt(t *testing.T, width, height int, done uitour.Progress, chapter string) *tourist {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	s := &tourist{kept: done}
	o := Options{Tour: &Tour{Chapters: tour.Chapters(), Open: true, Chapter: chapter,
		Progress: func() (uitour.Progress, string) { return s.kept, "" },
		Save: func(p uitour.Progress) error {
			s.kept = p
			return s.fails
		},
		Start: func(_ context.Context, name string) (Source, func(), error) {
			scenario, _ := sandbox.Lookup(name)
			run, stop, err := sandbox.Join(ctx, scenario, engine.JoinOptions{})
			if err != nil {
				return nil, nil, err
			}
			s.open++
			return unwatched{run}, func() { s.open--; stop() }, nil
		}}}
	s.screen = newScreen(t, width, height, o)
	t.Cleanup(func() {
		if s.m.screen != nil {
			s.m.screen.close()
		}
		if s.open != 0 {
			t.Errorf("%d federations are left running", s.open)
		}
		s.m.screen = nil
		cancel()
	})
	return s
}

// at fails the test unless the screen is at a stop, with what there is to look at on it.
func (s *tourist) at(stop *tour.Stop) {
	s.t.Helper()
	s.sound()
	if !s.m.atStop() || s.m.tour.contents.Stop(s.m.tour.chapter, s.m.tour.stop) != stop {
		s.t.Fatalf("the screen is not at %s, which is in %s:%d:\n%s", stop.Name, stop.File, stop.Line, s.text())
	}
	h := s.m.screen
	e := stop.At.In(h.whole)
	if e == nil || h.shown < e.Seq {
		s.t.Fatalf("%s: the entry is not shown yet", stop.Name)
	}
	if r, ok := h.selected(); !ok || r.ID.Seq != e.Seq && r.Failure != e.Seq {
		s.t.Fatalf("%s: selected is %+v, not entry %d", stop.Name, h.at, e.Seq)
	}
	if stop.Tab != "" && h.tab.Name() != stop.Tab {
		s.t.Errorf("%s: the tab is %s", stop.Name, h.tab.Name())
	}
	if stop.Tab != "" && h.tab.Lacks(h.scene()) != "" {
		s.t.Errorf("%s: the tab %s has nothing to show: %s", stop.Name, stop.Tab, h.tab.Lacks(h.scene()))
	}
	if stop.Look != "" && stop.Tab == "Body" && h.main.Path() != stop.Look {
		s.t.Errorf("%s: the cursor is on %s, not on %s", stop.Name, h.main.Path(), stop.Look)
	}
}

// Through all of the tour, with each wrong answer before the right one: nothing goes on before that, each stop shows
// what it speaks of, and in the end all of it is done and kept.
func TestWholeTour(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		s := touringAt(t, size[0], size[1], uitour.Progress{}, "")
		s.shows("the tour")
		for _, chapter := range tour.Chapters() {
			s.press("enter")
			for i := range chapter.Stops {
				stop := s.m.tour.contents.Stop(s.m.tour.chapter, i)
				s.at(stop)
				for j, choice := range stop.Choices {
					if choice.Right {
						continue
					}
					entries := len(s.m.screen.whole.Entries)
					s.press(letterOf(j)).shows(beginning(choice.Reply))
					s.press(".", "right", "}")
					if s.at(stop); len(s.m.screen.whole.Entries) != entries || s.m.tour.panel.Answered() {
						t.Fatalf("%s: it went on before the question was answered", stop.Name)
					}
				}
				s.press(letterOf(stop.Right())).shows(beginning(stop.Choices[stop.Right()].Reply))
				if !slices.Contains(s.kept.Done, stop.Name) || s.kept.At != stop.Name {
					t.Fatalf("%s: kept is %+v", stop.Name, s.kept)
				}
				s.press([]string{"enter", ".", "right"}[i%3])
			}
			s.shows("last stop of the chapter")
		}
		if n := strings.Count(s.text(), "✓"); n != len(tour.Chapters()) {
			t.Errorf("%d chapters are done:\n%s", n, s.text())
		}
		if s.press("q"); !s.m.quitting {
			t.Error("q does not leave the contents of a tour that the command line asked for")
		}
	}
}

func letterOf(i int) string { return string(rune('a' + i)) }

// beginning is how a text of the tour begins on the screen, whatever its width.
func beginning(text string) string {
	words := strings.Fields(strings.ReplaceAll(text, "`", ""))
	return strings.Join(words[:3], " ")
}

// The tour on a small screen, with the answers shown for the asking, back to an earlier stop and on again.
func TestTourBackAndForth(t *testing.T) {
	s := touringAt(t, 60, 16, uitour.Progress{}, "original")
	stops := tour.Chapters()[0].Stops
	for i := range 5 {
		s.at(&stops[i])
		s.press("s", "enter")
	}
	s.at(&stops[5])
	entries := len(s.m.screen.whole.Entries)
	for i := 4; i >= 0; i-- {
		s.press("left")
		s.at(&stops[i])
		if !s.m.tour.panel.Answered() {
			t.Error("what was answered is asked again")
		}
	}
	if h := s.m.screen; len(h.whole.Entries) != entries || h.shown >= entries {
		t.Errorf("at the first stop %d entries are shown of %d, and there were %d", h.shown, len(h.whole.Entries), entries)
	}
	s.press("left").shows("first stop of the chapter")
	s.press("right", "right", "right", "right", "right")
	s.at(&stops[5])
	if len(s.m.screen.whole.Entries) != entries {
		t.Error("a step was done twice")
	}
}

// Whoever leaves in the middle goes on there, in a new run of the same handshake.
func TestTourResumed(t *testing.T) {
	s := touringAt(t, 80, 24, uitour.Progress{}, "since")
	s.press("s", "enter", "s", "enter", "q").shows("the tour").shows("2 of 8")
	s.press("enter")
	again := touringAt(t, 80, 24, s.kept, "")
	again.press("enter")
	again.at(&tour.Chapters()[1].Stops[2])
	again.press("q", "k", "enter")
	again.at(&tour.Chapters()[0].Stops[0])
}

// At a stop the handshake can be explored with all its keys, and Tab leads there and back.
func TestExploringAtAStop(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		s := touringAt(t, size[0], size[1], uitour.Progress{}, "original")
		s.press("s", "enter", "tab")
		for range 4 { // through all panes
			if !s.m.tour.focus {
				s.press("tab")
			}
		}
		if !s.m.tour.focus {
			t.Fatalf("Tab does not lead back:\n%s", s.text())
		}
		s.press("shift+tab")
		if s.m.tour.focus || s.m.where()&keymap.InHandshake == 0 {
			t.Fatal("Shift-Tab does not lead into the handshake")
		}
		s.press("2").shows("Content-Length: 97")
		s.press("/", "type:resident", "enter").shows("match 2 of 2")
		s.sound()
		s.press("esc", "esc", "esc", "esc", "esc", "esc")
		if !s.m.tour.focus {
			t.Error("Esc does not lead back to the question")
		}
		s.press("2").shows("Content-Length: 97") // what the tour has no use for goes to the handshake
		s.press("b")                             // an answer, and not a step back
		if !s.m.tour.panel.Answered() {
			t.Error("b does not answer")
		}
		s.press("?").shows("The tour")
		s.press("esc", "tab", "?").shows("The handshake")
		s.press("esc")
		s.m.screen.pane = layout.Ladder
		s.press("b", ".")
		s.sound()
		for _, to := range [][2]int{{60, 16}, {39, 12}, {200, 60}, {40, 16}, {120, 40}} {
			s.send(tea.WindowSizeMsg{Width: to[0], Height: to[1]})
			s.sound()
		}
		s.shows("From an alias")
	}
}

// The tour is on the home screen, and leads back there.
func TestTourFromHome(t *testing.T) {
	s := touringAt(t, 80, 24, uitour.Progress{}, "")
	s.m.o.Scenarios = homeOptions().Scenarios
	s.m.tour.direct = false
	s.press("q")
	s.m.home.Offer(s.m.contents(nil, ""))
	s.shows("Take the tour").shows("begin here").press("g", "j").shows("doorstep learn")
	s.press("enter").shows("the tour").shows("0 of 11")
	if s.press("q"); s.m.quitting || s.m.tour != nil {
		t.Error("q does not lead back to the home screen")
	}
	s.shows("Start here")
}

// What cannot be kept or started is said, and the tour goes on.
func TestTourTroubles(t *testing.T) {
	s := touringAt(t, 80, 24, uitour.Progress{}, "")
	s.fails = errors.New("the disk is full")
	s.press("enter").shows("is not kept: the disk is full").shows("Four parties")
	start := s.m.o.Tour.Start
	s.m.o.Tour.Start = func(context.Context, string) (Source, func(), error) {
		return nil, nil, errors.New("no more ports")
	}
	s.press("q", "j", "enter").shows("no more ports").shows("the tour")
	s.m.o.Tour.Start = func(context.Context, string) (Source, func(), error) {
		short := recorded(t, "refused").Prefix(2)
		return &scripted{whole: short}, func() {}, nil
	}
	s.press("enter").shows("does not come to A4 request").shows("the tour")
	s.m.o.Tour.Start = start
	s.press("enter").shows("Rules by number")
	s.press("q", "esc").shows("q leaves the tour")
	s.m.o.Tour.Progress = func() (uitour.Progress, string) { return uitour.Progress{}, "it cannot be read" }
	s.m.tour = nil
	s.run(s.m.openTour(true))
	s.shows("it cannot be read")
}

// Every key of the tour does something in its places: it changes the frame, or commands something, or says why it has
// no effect.
func TestEveryKeyOfTheTour(t *testing.T) {
	joined := recorded(t, "joined")
	open := func(chapter string, keys ...string) *screen {
		return newScreen(t, 80, 24, Options{Tour: &Tour{Chapters: tour.Chapters(), Open: true, Chapter: chapter,
			Progress: func() (uitour.Progress, string) { return uitour.Progress{}, "" },
			Start: func(context.Context, string) (Source, func(), error) {
				return &scripted{whole: joined}, func() {}, nil
			}}}).press(keys...)
	}
	places := []func() *screen{
		func() *screen { return open("") },
		func() *screen { return open("", "G") },
		func() *screen { return open("since") },
		func() *screen { return open("since", "down", "down") },
		func() *screen { return open("since", "s") },
		func() *screen { return open("since", "s", "enter", "c", "up") },
	}
	for _, b := range bindings {
		if b.Where&keymap.InTour == 0 {
			continue
		}
		for _, k := range b.Keys() {
			did := false
			for i, place := range places {
				if did {
					break
				}
				s := place()
				if s.m.where() != keymap.InTour {
					t.Fatalf("place %d is not on the tour", i)
				}
				before, mode := s.text(), s.m.mode
				cmd := s.pass(keyMsg(k))
				did = did || s.text() != before || s.m.mode != mode || s.m.quitting || commands(cmd)
				if !s.m.quitting {
					s.sound()
				}
			}
			if !did {
				t.Errorf("%s: %q does nothing", b.Action, k)
			}
		}
	}
}

// Every text that names a key names one that there is.
func TestTourNamesKeys(t *testing.T) {
	names := regexp.MustCompile(`\{[^}]*\}`)
	for _, c := range tour.Chapters() {
		for _, stop := range c.Stops {
			for _, name := range names.FindAllString(stop.Text, -1) {
				if keymap.KeyOf(bindings, keymap.Action(strings.Trim(name, "{}"))) == "" {
					t.Errorf("%s:%d: %s is no action with a key", stop.File, stop.Line, name)
				}
			}
			if strings.Contains(uitour.Spelled(stop.Text, func(a keymap.Action) string {
				return keymap.KeyOf(bindings, a)
			}), "{") {
				t.Errorf("%s:%d: braces are left", stop.File, stop.Line)
			}
		}
	}
}

// click sends a press of the left button.
func (s *tourist) click(x, y int) *tourist {
	s.send(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	return s
}

// A click answers as Enter does, the wheel scrolls, and a click in the handshake gives it the keys.
func TestTourMouse(t *testing.T) {
	s := touringAt(t, 80, 24, uitour.Progress{}, "")
	s.m.o.Mouse = true
	row := func(text string) int {
		return slices.IndexFunc(s.lines(), func(l string) bool { return strings.Contains(l, text) })
	}
	s.click(5, row("Since 2015")).click(5, row("Since 2015"))
	s.at(&tour.Chapters()[1].Stops[0])
	s.click(5, row("c  Nobody may")).click(5, row("c  Nobody may")).shows("Whoever has the power")
	s.click(5, 4)
	if s.m.tour.focus {
		t.Error("a click in the handshake does not give it the keys")
	}
	s.click(5, row("b  Until all")).click(5, row("b  Until all")).shows("✓")
}

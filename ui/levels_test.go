package ui

import (
	"fmt"
	"strings"
	"testing"
)

// Whatever was opened, and over whatever: Esc leads one level back, and the next one to where it began. A zoom, which
// is not opened over anything, goes last.
func TestEscGoesOneLevelBack(t *testing.T) {
	openings := map[string][]string{"why": {"e"}, "diff": {"d"}, "checks": {"v"}, "findings": {"F"},
		"graph": {"a"}, "work": {"s"}, "zoom": {"z"}}
	for _, size := range [][2]int{{80, 24}} {
		for _, begin := range [][]string{{"1", "8", "g", "1"}, {"1", "8", "g", "1", "tab"}, {"tab", "8", "j", "enter"}} {
			for first, keys := range openings {
				for second, more := range openings {
					if first == second || first == "zoom" && begin[len(begin)-1] == "enter" { // the page goes before the zoom
						continue
					}
					s := replaying(t, size[0], size[1], recorded(t, "flawed"), -1, Options{}).press(begin...)
					s.press(" ", " ") // the number typed is no level
					s.m.screen.count = ""
					start := frame(s)
					after := frame(s.press(keys...))
					if after == start { // shown already
						continue
					}
					both := frame(s.press(more...))
					if both == after || second == "zoom" && first != "zoom" {
						continue
					}
					if got := frame(s.press("esc")); got != after {
						t.Fatalf("from %v %s, then %s, Esc leads to\n%s\nnot to\n%s", begin, first, second, got, after)
					}
					if got := frame(s.press("esc")); got != start {
						t.Fatalf("from %v %s, then %s, Esc twice leads to\n%s\nnot to\n%s", begin, first, second, got, start)
					}
				}
			}
		}
	}
}

// frame is what the panes show, of what, and which of them has the keys; the ladder may be scrolled elsewhere.
func frame(s *screen) string {
	h := s.m.screen
	shown := fmt.Sprintf("%s of %v, keys in %d, zoomed %v", h.tab.Name(), h.at, h.pane, h.prefers.Zoom)
	if h.main.Events != nil {
		shown += fmt.Sprintf(", %d pages", len(h.main.Events.Pages))
	}
	return shown + "\n" + strings.Join(h.payload(), "\n")
}

// A zoom that was taken after something was opened goes last all the same, and gives the keys back to the pane that had
// them.
func TestEscLeavesAZoomLast(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("g", "1", "tab")
	s.m.screen.count = ""
	start := frame(s)
	if s.press("e", "z", "esc"); !s.m.screen.prefers.Zoom || s.m.screen.tab.Name() != "Body" {
		t.Errorf("Esc leads to %s, zoomed %v", s.m.screen.tab.Name(), s.m.screen.prefers.Zoom)
	}
	if got := frame(s.press("esc")); got != start {
		t.Errorf("Esc leads to\n%s\nnot to\n%s", got, start)
	}
}

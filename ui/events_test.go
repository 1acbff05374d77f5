package ui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/listing"
	"doorstep/ui/pane"
)

// inEvents opens the list of events of a recording, zoomed.
func inEvents(t testing.TB, width, height int) *screen {
	return replaying(t, width, height, recorded(t, "joined"), -1, Options{}).press("8", "z")
}

// What is typed filters at once; Enter keeps the filter, Esc drops it and leads back to the event one was on.
func TestFilterEvents(t *testing.T) {
	s := inEvents(t, 120, 40).press("j", "j", "j")
	ev := s.m.screen.events
	id, _ := ev.Current()
	s.press("/").shows("filter events").shows("Tab  type:  key:  sender:")
	s.press("type:type:m.room.member").shows("9 of 17").shows("m.room.member 9").hides("m.room.topic")
	s.press("type: -in:auth_chain").shows("4 of 17").press("enter").shows("4 of 17  type:m.room.member -in:auth_chain")
	if other, _ := ev.Current(); other == id || ev.Cursor() != 0 {
		t.Errorf("the cursor is on row %d, %s, which the filter leaves out", ev.Cursor(), other)
	}
	s.press("G").press("esc").hides("of 17").shows("Why an auth_chain")
	if s.m.screen.prefers.Zoom != true {
		t.Error("Esc drops more than the filter")
	}
	s.press("g", "j", "j", "j", "/", "type:topic", "esc").hides("of 17")
	if again, _ := ev.Current(); again != id {
		t.Errorf("the cursor went from %s to %s", id, again)
	}
}

// A term that is wrong is told while one types, and leaves out nothing.
func TestWrongTerm(t *testing.T) {
	s := inEvents(t, 80, 24).press("/", "type:sendr:@a* topic")
	s.shows("no field sendr: did you mean sender?").shows("1 of 17").press("enter").shows("left out: no field sendr")
	s.press("/", "ctrl+u", "type:verdict:bad").shows("verdict is never bad: it is fail, not_checked").hides("of 17")
}

func TestNothingIsLeft(t *testing.T) {
	s := inEvents(t, 80, 24).press("/", "type:verdict:fail", "enter")
	s.shows("0 of 17  verdict:fail").shows("No event is left by the filter: Esc drops it, / changes it.")
	s.press("enter", "j", "G", "a", "s", "y", "v", "esc").sound()
	s.press("esc", "esc").hides("of 17")
}

// Tab goes through what the term can go on as, and from the name of a field on to its values.
func TestCompleteEvents(t *testing.T) {
	s := inEvents(t, 120, 40).press("/", "type:se", "tab")
	typed := func(want string) {
		t.Helper()
		if got := s.m.prompt.input.Value(); got != want {
			t.Fatalf("Tab makes it %q, not %q", got, want)
		}
	}
	typed("sender:")
	s.press("tab")
	typed("server:")
	s.press("tab")
	typed("sender:")
	s.press("shift+tab")
	typed("server:")
	s.press("type:res").shows("Tab  resident.example 8").press("tab")
	typed("server:resident.example")
	s.shows("8 of 17").press("type: membe", "tab").press("tab")
	typed("server:resident.example membership:join")
	s.press("ctrl+a", "type:-ver", "tab")
	s.sound()
	s.press("ctrl+u", "type:zzz", "tab")
	typed("zzz" + "server:resident.example membership:join")
}

// An ID leads to its event, wherever it is.
func TestGoToEvent(t *testing.T) {
	s := inEvents(t, 120, 40)
	ev := s.m.screen.events
	for _, i := range []int{0, 5, ev.Len() - 1} {
		id, _ := ev.Row(i)
		s.press("/", "type:"+id[:12], "enter").hides("of 17")
		if got, _ := ev.Current(); got != id {
			t.Errorf("%s leads to %s", id[:12], got)
		}
	}
	s.press("/", "type:$", "enter").shows("17 events begin with $")
	s.press("esc", "/").send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("$nowhere"), Paste: true})
	s.press("enter").shows("$nowhere is not in the answer")
	s.hides("of 17").press(">", ">", "/", "type:id:"+ev.List.ID(7), "enter").shows("1 of 17")
}

// The keys and the titles sort; the titles show how.
func TestSortEvents(t *testing.T) {
	s := inEvents(t, 200, 50)
	ev := s.m.screen.events
	order := func() string {
		var out []string
		for i := range ev.Len() {
			out = append(out, string(ev.Table().Rows.Row(i).Cells[5]))
		}
		return strings.Join(out, " ")
	}
	came := order()
	s.press(">", ">").shows("event ▴").shows("by type ▴").press("r").shows("event ▾").press("<").shows("by verdict")
	s.press("<", "<", "<").shows("by depth ▴").shows("depth ▴")
	if got := order(); !strings.HasPrefix(got, "1 2 3 4") {
		t.Errorf("by depth the depths are %s", got)
	}
	if ev.Cursor() != 0 {
		t.Errorf("the top is left for row %d", ev.Cursor())
	}
	y := 3 // behind the line that says how they are sorted
	for ; !strings.Contains(s.lines()[y], "depth ▴"); y++ {
	}
	x := strings.Index(s.lines()[y], "named by")
	click := tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
	s.send(click).shows("named by ▴").send(click).shows("named by ▾")
	for range int(listing.ByTime) - int(listing.ByNamed) + 1 {
		s.press(">")
	}
	if got := order(); got != came {
		t.Errorf("all the way round the depths are\n%s\nnot\n%s", got, came)
	}
}

// A row for each server leads to its events; a bar to those it counts.
func TestServersAndCharts(t *testing.T) {
	s := inEvents(t, 120, 40)
	list := s.text()
	s.press("S").shows("by 4 servers").shows("1 from itself").shows("our own").press("S")
	if got := s.text(); got != list {
		t.Errorf("S twice leads to\n%s", got)
	}
	s.press("S", "enter").shows("of 17  server:").press("S").shows("by 1 server").press("esc", "esc")
	s.press("H").shows("types").shows("when they were sent").shows("█").press("j", "enter")
	s.shows("2 of 17  type:m.room.power_levels")
	s.press("H").shows("servers of the senders").press("esc").press("esc").hides("of 17")
}

// What a long list is to show is worked out beside the screen: what was there stays until it comes, and the newest wish
// wins.
func TestLongListIsWorkedOnBesideTheScreen(t *testing.T) {
	s := inEvents(t, 120, 40)
	h, ev := s.m.screen, s.m.screen.events
	lengthen(ev)
	s.send(nil)
	first := s.pass(keyMsg("r"))
	s.shows("working…").shows("▸ ✓ ok  our join")
	second := s.pass(keyMsg(">"))
	s.run(first)
	s.shows("working…").hides("by verdict")
	s.run(second)
	s.hides("working…").shows("by verdict")
	s.press("/")
	slow := s.pass(keyMsg("t"))
	for _, r := range "opic" {
		slow = tea.Batch(slow, s.pass(keyMsg(string(r))))
	}
	s.shows("100017 events").run(slow)
	s.shows("1 of 100017  by verdict ▴  topic")
	third := s.pass(keyMsg("esc"))
	s.run(third)
	s.hides("of 100017")
	if h.pursuit.on != nil {
		t.Error("something is still worked on")
	}
	fourth := s.pass(keyMsg("S"))
	s.press("S").run(fourth)
	s.hides("by 4 servers").hides("working…")
	if ev.Wanted() {
		t.Errorf("%+v is wanted", ev.Wish)
	}
}

// The graph of an event shows what rests on it as well, and leads there.
func TestGraphShowsWhatRestsOnTheEvent(t *testing.T) {
	s := inEvents(t, 120, 40).press("j", "a").shows("nothing in the answer rests on it").press("esc", "j", "a")
	s.shows("6 events rest on it").shows("what rests on it  6 events")
	ev := s.m.screen.events
	root, _ := ev.Current()
	for range 40 {
		s.press("j")
	}
	last, _ := ev.Current()
	by, _ := ev.State.Verification.NamedBy(root, 100)
	if last != by[len(by)-1] {
		t.Fatalf("the last row is %s, want %s", last, by[len(by)-1])
	}
	s.press("enter").shows("What it rests on")
	if got, _ := ev.Current(); got != last || ev.Page().Kind != pane.GraphPage {
		t.Errorf("Enter leads to %s, not %s", got, last)
	}
}

// The keys of the list show the same at every size, and filtering fits on the smallest screens.
func TestFilterAtEverySize(t *testing.T) {
	s := inEvents(t, 80, 24)
	for _, keys := range [][]string{{"/", "type:type:m"}, {"enter", "S"}, {"H"}, {"esc", ">", "r"}} {
		s.press(keys...)
		for _, w := range []int{1, 39, 40, 41, 60, 80, 200} {
			for _, h := range []int{1, 2, 15, 16, 17, 24, 60} {
				s.send(sizeMsg(w, h))
				s.sound()
			}
		}
		s.send(sizeMsg(80, 24))
	}
}

// The list is not made before it is looked at.
func TestEventsAreListedWhenTheyAreLookedAt(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("k", "j", "5", "7")
	if s.m.screen.events != nil {
		t.Fatal("a list was made")
	}
	s.press("a").shows("What it rests on")
}

func BenchmarkFilterKey(b *testing.B) {
	s := inEvents(b, 200, 50)
	lengthen(s.m.screen.events)
	for i := 0; b.Loop(); i++ {
		s.press("/", fmt.Sprintf("type:depth:>%d", i%10), "enter")
		_ = s.m.View()
	}
}

package ui

import (
	"context"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/render/rendertest"
	"doorstep/ui/home"
	"doorstep/ui/layout"
	"doorstep/ui/tab"
)

// others are options with recordings that a run can be compared with: those of the program by their names.
func others(t *testing.T) Options {
	t.Helper()
	return Options{
		Recordings: []home.Recording{{Name: "banned", Title: "The user is banned", Group: "In the sandbox"},
			{Name: "public-v12", Title: "A public room of version 12", Group: "In the sandbox"},
			{Name: "public-v1", Title: "A public room of version 1", Group: "In the sandbox"}},
		Open: func(_ context.Context, name string) (*recording.Stream, error) {
			if name == "broken" {
				return nil, recording.ErrTruncated
			}
			return recording.Whole(flowtest.Embedded(t, name)), nil
		},
	}
}

// rowOf is the entry of a step, the nth of them from 0.
func rowOf(t *testing.T, trace flow.Trace, step flow.StepID, nth int) int {
	t.Helper()
	for _, e := range trace.Entries {
		if e.Step == step {
			if nth--; nth < 0 {
				return e.Seq
			}
		}
	}
	t.Fatalf("no %s", step)
	return 0
}

// at selects an entry.
func (s *screen) at(seq int) *screen {
	s.m.screen.reveal(seq)
	return s.send(nil)
}

// From an answer to send_join d offers every pair there is, and the first is taken by d again; the next pairs follow,
// and Esc leads back to where d was pressed.
func TestComparePairs(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	o := others(t)
	s := replaying(t, 80, 24, trace, -1, o).at(rowOf(t, trace, flow.A7, 0))
	s.press("d").shows("protoevent / join event").shows("join event sent / returned").shows("state / auth_chain").
		shows("this run / another recording").sound()
	s.press("d").shows("1 of 3: protoevent / join event").shows("event, as signed")
	if s.m.screen.pane != layout.Payload {
		t.Error("the keys are not for what is compared")
	}
	s.press(")").shows("2 of 3: join event sent / returned").shows("the two are the same: 11 values: l shows them")
	s.press("l").shows("/auth_events").press("h").hides("/auth_events")
	s.press("enter").shows("/auth_events").press("enter").hides("/auth_events")
	s.press(")").shows("3 of 3: state / auth_chain").shows("only 1st").shows("m.room.history_visibility").sound()
	s.press("G").shows("5 events: l shows them")
	s.press(")").shows("1 of 3").press("(").shows("3 of 3")
	if s.press("esc"); s.m.screen.tab == tab.Diff || s.m.screen.pane != layout.Ladder {
		t.Errorf("Esc leads to %s", s.m.screen.tab.Name())
	}
	s.press("d", "esc")
	if s.m.mode != browsing || s.m.screen.tab == tab.Diff {
		t.Error("Esc does not leave the list")
	}
	s.press("3").shows("1 of 3: protoevent / join event: 3 set, 8 copied · ) next pair · d others")
}

// With one pair and no other recording there is nothing to choose; where there is no pair, d says why.
func TestCompareTheOnlyPair(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	s := replaying(t, 80, 24, trace, -1, Options{}).at(1).press("d")
	if s.m.mode != browsing || s.m.screen.tab != tab.Diff {
		t.Error("d does not show the only pair")
	}
	s.press(")").shows("this is the only pair here")
	banned := flowtest.Embedded(t, "banned")
	replaying(t, 80, 24, banned, -1, Options{}).at(1).press("d").shows("no join event was made")
	s = replaying(t, 80, 24, banned, -1, others(t)).at(1).press("d").shows("this run / another recording")
	if s.m.mode != choosing || s.m.choice.list.Chosen() != 1 {
		t.Error("what cannot be chosen is under the cursor")
	}
	s.press("up", "enter").shows("no join event was made")
}

// The protoevents of two candidates are a pair from either.
func TestCompareCandidates(t *testing.T) {
	trace := flowtest.Embedded(t, "synapse-and-dendrite-dry-run")
	at := rowOf(t, trace, flow.A5, 1)
	s := replaying(t, 80, 24, trace, -1, others(t)).at(at).press("d").
		shows("protoevent of 127.0.0.1:41137 / of 127.0.0.1:39105")
	s.press("j", "j", "k", "enter").sound()
	s.shows("[3 Diff]").shows("#11").shows("#18")
}

// Two marked rows are compared: requests by their heads and bodies, answers by theirs, events on their way. A third
// mark takes the place of the oldest. Esc leads back, and then takes the marks away.
func TestMarkedRows(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	for name, c := range map[string]struct {
		a, b  int
		shows []string
	}{
		"two requests":        {rowOf(t, trace, flow.A2, 0), rowOf(t, trace, flow.A4, 0), []string{"both marked: head", "/path"}},
		"two answers":         {rowOf(t, trace, flow.A3, 0), rowOf(t, trace, flow.A5, 0), []string{"1 of 2", "body"}},
		"template and event":  {rowOf(t, trace, flow.A5, 0), rowOf(t, trace, flow.L1, 0), []string{"protoevent / join event"}},
		"signed and returned": {rowOf(t, trace, flow.A7, 0), rowOf(t, trace, flow.A6, 0), []string{"as it came back", "the same"}},
	} {
		for _, size := range [][2]int{{80, 24}, {60, 16}, {120, 40}} {
			s := replaying(t, size[0], size[1], trace, -1, others(t)).at(c.a).press(" ")
			s.shows("is marked").at(c.b).press(" ").sound()
			if s.m.screen.tab != tab.Diff {
				t.Errorf("%s at %v: nothing is compared:\n%s", name, size, s.text())
			}
			if size[0] == 80 {
				for _, text := range c.shows {
					s.shows(text)
				}
			}
			if s.press("esc"); len(s.m.screen.levels) > 0 || s.m.screen.pane != layout.Ladder || len(s.m.screen.marks) != 2 {
				t.Errorf("%s at %v: Esc leads to %s with %v", name, size, s.m.screen.tab.Name(), s.m.screen.marks)
			}
			if s.press("esc"); len(s.m.screen.marks) != 0 || len(s.m.screen.view.Marked) != 0 {
				t.Errorf("%s at %v: the marks stay: %v", name, size, s.m.screen.marks)
			}
		}
	}
	s := replaying(t, 80, 24, trace, -1, others(t)).at(2).press(" ").at(3).press(" ")
	s.shows("entries 2 and 3 share nothing").at(4).press(" ")
	if got := s.m.screen.marks; len(got) != 2 || got[0] != 3 || got[1] != 4 || len(s.m.screen.view.Marked) != 2 {
		t.Errorf("marked are %v", got)
	}
	if s.at(4).press(" "); len(s.m.screen.marks) != 1 {
		t.Error("the mark stays")
	}
}

// A run is compared with a recording of the list or a file, over the handshake; Esc leads back to where it was.
func TestCompareWithAnother(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	for _, size := range [][2]int{{80, 24}, {60, 16}, {120, 40}} {
		s := replaying(t, size[0], size[1], trace, -1, others(t)).at(rowOf(t, trace, flow.A7, 0))
		before := s.text()
		s.press("d", "G", "enter").shows("compare recorded with").sound()
		s.press("/", "type:version 1", "enter", "G", "enter")
		if s.m.mode != comparing {
			t.Fatalf("nothing is compared:\n%s", s.text())
		}
		s.shows("Different: of").sound()
		s.press("?").shows("Keys").sound()
		if s.press("esc", "enter", "esc", "esc"); s.m.mode != browsing || s.text() != before {
			t.Errorf("Esc does not lead back:\n%s", s.text())
		}
	}
	s := replaying(t, 80, 24, trace, -1, others(t)).press("d", "G", "enter", "G", "enter").shows("compare with")
	s.press("type:broken", "enter").shows("broken: ")
	if s.m.mode != browsing {
		t.Error("a broken recording is compared")
	}
	s.press("d", "G", "enter", "G", "enter", "enter").shows("broken: ") // what was asked for last is offered
	s.press("d", "G", "enter", "G", "enter", "type:banned", "enter").shows("Different").press("q")
	if s.m.mode != browsing || s.m.screen == nil || s.m.quitting {
		t.Error("q leaves more than the comparison")
	}
}

// In the list two marked recordings are compared, or one with another that is chosen.
func TestCompareAtHome(t *testing.T) {
	s := newScreen(t, 80, 24, others(t))
	s.press("/", "type:public", "enter", "d", "G", "k", "enter")
	if s.m.mode != comparing {
		t.Fatalf("nothing is compared:\n%s", s.text())
	}
	s.press("esc").shows("filter public").press(" ").shows("marked:")
	s.press("j", " ").shows("compares the two that are marked").sound()
	s.press("d").shows("Different: of").shows("B  public-v1: joined")
	s.press("esc", "esc", "esc")
	if got := s.m.home.Marked(); len(got) > 0 {
		t.Errorf("still marked: %q", got)
	}
	at := homeOptions()
	newScreen(t, 80, 24, at).press("d").shows("only recordings can be compared")
	newScreen(t, 80, 24, at).press(" ").shows("only recordings can be compared")
}

// Of a large answer the lists are compared in the background; nothing waits for it.
func TestCompareLargeLists(t *testing.T) {
	trace := flowtest.Embedded(t, "synapse-big")
	s := replaying(t, 80, 24, trace, -1, others(t)).at(rowOf(t, trace, flow.A7, 0)).press("d", "j")
	for range 3 {
		s.press("j")
	}
	s.press("k")
	cmd := s.pass(keyMsg("enter"))
	if !strings.Contains(s.text(), "comparing ") {
		t.Errorf("it is not told that it is being compared:\n%s", s.text())
	}
	s.run(cmd)
	s.shows("state / auth_chain").hides("comparing ").sound()
}

// Only ASCII is drawn where only ASCII is asked for.
func TestComparePlain(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	o := others(t)
	o.ASCII = true
	s := replaying(t, 80, 24, trace, -1, o).at(rowOf(t, trace, flow.A7, 0))
	for _, keys := range [][]string{{"d"}, {"d"}, {")"}, {")"}, {"d", "G", "enter"}, {"esc"}} {
		s.press(keys...)
		if text := s.text(); strings.IndexFunc(text, func(r rune) bool { return r > '~' }) >= 0 {
			t.Errorf("after %v:\n%s", keys, text)
		}
		if err := rendertest.Check(s.lines(), 80); err != nil {
			t.Error(err)
		}
	}
}

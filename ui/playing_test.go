package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// passTime has what is played go on by an entry, and returns how long that was waited for.
func (s *screen) passTime() time.Duration {
	h := s.m.screen
	wait := h.playing.wait
	s.send(playMsg{h.id, h.playing.turn})
	return wait
}

// A recording can be opened at its start, and is played to its end; each moment is that of the recording cut there.
func TestPlayedToTheEnd(t *testing.T) {
	trace := recorded(t, "joined")
	for _, size := range frameSizes {
		s := replaying(t, size[0], size[1], trace, -1, Options{FromStart: true})
		h := s.m.screen
		if s.sound(); h.shown != 0 || !strings.Contains(s.text(), "REPLAY 0/23") {
			t.Fatalf("at %v it opens with %d entries:\n%s", size, h.shown, s.text())
		}
		s.press("P").shows("PLAY 0/23").shows("an entry a second")
		for n := 1; n < len(trace.Entries); n++ {
			if wait := s.passTime(); wait != time.Second {
				t.Errorf("entry %d comes after %s", n, wait)
			}
			s.sound()
			if h.shown != n || !h.playing.on {
				t.Fatalf("%d entries are shown, not %d; playing: %v", h.shown, n, h.playing.on)
			}
			cut := replaying(t, size[0], size[1], trace, n, Options{}).m.screen
			if got, want := contentText(h.main), contentText(cut.main); got != want {
				t.Errorf("after %d entries the tab %s holds\n%s\nthe recording cut there\n%s", n, h.tab.Name(), got, want)
			}
		}
		if s.passTime(); h.playing.on || h.shown != len(trace.Entries) {
			t.Errorf("at the end: playing %v, %d entries", h.playing.on, h.shown)
		}
		if turn := h.playing.turn; s.send(playMsg{h.id, turn}).m.screen.shown != len(trace.Entries) {
			t.Error("it goes on after the end")
		}
		s.press("P").shows("PLAY 0/23") // from the beginning
	}
}

// What plays is paused by its key, and by going anywhere else; a timer of before does nothing then.
func TestPausing(t *testing.T) {
	for _, key := range []string{"P", ".", "b", "B", "c", "{", "}", "12g"} {

		s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{FromStart: true}).press("P")
		s.passTime()
		s.passTime()
		h := s.m.screen
		turn := h.playing.turn
		s.press(strings.Split(key, "")...)
		if h.playing.on {
			t.Errorf("%s does not pause", key)
		}
		shown := h.shown
		if s.send(playMsg{h.id, turn}); h.shown != shown {
			t.Errorf("after %s it plays on", key)
		}
	}
}

// Waits are those that were recorded, by the pace, and long ones are shortened and said to be.
func TestPaces(t *testing.T) {
	trace := recorded(t, "joined")
	trace.Entries = slices.Clone(trace.Entries)
	for i := range trace.Entries {
		trace.Entries[i].At = time.Duration(i) * time.Second
	}
	trace.Entries[5].At += 500 * time.Millisecond
	for i := 6; i < len(trace.Entries); i++ {
		trace.Entries[i].At += time.Minute
	}
	s := replaying(t, 120, 40, trace, -1, Options{FromStart: true}).press("P").shows("the recorded speed")
	var waits []time.Duration
	for range 7 {
		waits = append(waits, s.passTime())
	}
	if want := []time.Duration{0, time.Second, time.Second, time.Second, time.Second, 1500 * time.Millisecond,
		longestWait}; !slices.Equal(waits, want) {
		t.Errorf("the waits are %v, want %v", waits, want)
	}
	s.press("b").press("P").shows("a wait of 1 m 01 s, shortened")
	s.press(">").shows("twice the recorded speed")
	for range 20 {
		s.press(">")
	}
	s.shows("64 times")
	for range 20 {
		s.press("<")
	}
	s.shows("an entry every 3 s")
	if s.m.screen.playing.wait != 3*time.Second {
		t.Errorf("the slowest pace waits %s", s.m.screen.playing.wait)
	}
}

// { and } go from phase to phase, both ways by the same places.
func TestPhaseByPhase(t *testing.T) {
	trace := recorded(t, "joined")
	s := replaying(t, 120, 40, trace, -1, Options{FromStart: true})
	h := s.m.screen
	var on, back []int
	for h.shown < len(trace.Entries) {
		on = append(on, h.shown)
		s.press("}").sound()
	}
	s.press("}").shows("B goes to its beginning")
	for h.shown > 0 {
		s.press("{").sound()
		back = append(back, h.shown)
	}
	slices.Reverse(back)
	if !slices.Equal(on, back) || len(on) < 6 {
		t.Errorf("on by %v, back by %v", on, back)
	}
	s.press("{").shows("this is the beginning")
	if story.PhaseEnd(flow.Trace{}, 0) != 0 || story.PhaseStart(flow.Trace{}, 3) != 0 {
		t.Error("an empty trace has phases")
	}
}

// A number goes anywhere in the recording, also to what is not shown yet.
func TestJumpAhead(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{FromStart: true}).press("1", "2", "g")
	if h := s.m.screen; h.shown != 12 || h.at.Seq != 12 {
		t.Errorf("%d entries are shown, the cursor is on %d", h.shown, h.at.Seq)
	}
	s.press("2", "g")
	if h := s.m.screen; h.shown != 12 || h.at.Seq != 2 {
		t.Errorf("%d entries are shown, the cursor is on %d", h.shown, h.at.Seq)
	}
	s.press("0", "g").shows("they go from 1 to 23")
}

// A digit is a tab; only digits right before a g are a number, and that is said.
func TestDigitsExpire(t *testing.T) {
	for _, end := range []string{"g", "G"} {
		s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("5")
		at := s.m.screen.at
		s.now = s.now.Add(counting + time.Millisecond)
		if s.press("tab", end); s.m.screen.tab != tab.Checks || s.m.screen.at != at {
			t.Errorf("%s long after 5 leads to %+v and the tab %s", end, s.m.screen.at, s.m.screen.tab.Name())
		}
		s.press("1")
		s.now = s.now.Add(counting + time.Millisecond)
		s.press("4", end)
		if s.m.screen.at.Seq != 4 {
			t.Errorf("a 1 long before 4%s counts: entry %d", end, s.m.screen.at.Seq)
		}
	}
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("1", "2").shows("12 so far: g goes to entry 12")
	s.press("esc", "g")
	if s.m.screen.at.Seq == 12 {
		t.Error("Esc does not drop the number")
	}
}

// The tabs that are about the whole handshake take the keys, so that / filters the list that is shown.
func TestWholeTabsTakeTheKeys(t *testing.T) {
	for _, size := range frameSizes {
		s := replaying(t, size[0], size[1], recorded(t, "joined"), -1, Options{}).press("8", "/").shows("filter events")
		s.press("esc", "esc", "3")
		if s.m.screen.inEvents() {
			t.Errorf("at %v the keys are still in the list", size)
		}
	}
}

// Going back in a run that goes on says that it is the past, and how to return.
func TestThePastOfARun(t *testing.T) {
	s := stepping(t, 120, 40, recorded(t, "joined"), Options{}).press(".", ".", ".", "b").hides("waiting for")
	for s.m.screen.story.State.Pending == nil {
		s.press("b")
	}
	s.shows("the past").shows("c goes back to now").hides("waiting for")
	if s.press("c"); s.m.screen.shown != len(s.m.screen.whole.Entries) {
		t.Error("c does not go back to now")
	}
}

// What is waited for in vain is drawn as a wait, like what is waited for with success.
func TestWaitsAreDrawn(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "timeout"), -1, Options{})
	waits := 0
	for _, r := range s.m.screen.story.Rows {
		if r.Kind == render.Gap {
			waits++
		}
	}
	if waits == 0 {
		t.Errorf("no wait is drawn:\n%s", s.text())
	}
}

// The question whether to leave a step in flight goes when the step is done.
func TestLeavingIsAskedWhileAStepGoesOn(t *testing.T) {
	s := stepping(t, 80, 24, recorded(t, "joined"), Options{})
	h := s.m.screen
	h.busy = true
	s.press("q").shows("A step is in flight")
	s.send(steppedMsg{h.id, knowing(recorded(t, "joined").Prefix(2)), true}).hides("A step is in flight")
	if s.m.screen == nil {
		t.Error("it left")
	}
}

package ui

import (
	"context"
	"strings"
	"testing"

	"doorstep/flow"
)

// unsent is a run of a whole handshake that asks before the join is sent, stepped up to there.
func unsent(t *testing.T, width, height int, how ...string) (*screen, *scripted) {
	t.Helper()
	whole := recorded(t, "joined")
	run := &scripted{whole: whole}
	o := Options{Confirm: true, Scenario: "recorded"}
	o.Start = func(context.Context, string) (Source, func(), error) { return run, func() {}, nil }
	s := newScreen(t, width, height, o)
	if how == nil {
		how = []string{"c"}
	}
	s.press(how...)
	return s, run
}

// sent reports whether the join has been sent.
func sent(run *scripted) bool { return flow.Fold(run.Trace()).Sent != nil }

func TestConsentIsAskedFor(t *testing.T) {
	for _, size := range [][2]int{{40, 16}, {60, 20}, {80, 24}, {120, 40}, {200, 60}} {
		s, run := unsent(t, size[0], size[1])
		s.shows("Send the join?").shows("y sends the join").sound()
		text := strings.Join(strings.Fields(s.text()), " ") // the words, however they are wrapped
		for _, want := range []string{"becomes a member of !", "every server in the room is told", "--leave"} {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %q is not on the screen:\n%s", size, want, s.text())
			}
		}
		if sent(run) {
			t.Fatal("the join was sent before anybody was asked")
		}
	}
}

func TestConsentGiven(t *testing.T) {
	s, run := unsent(t, 80, 24)
	s.press("y").hides("Send the join?").shows("joined")
	if !sent(run) || s.m.code() != 0 {
		t.Errorf("sent %v, exit code %d", sent(run), s.m.code())
	}
}

// Stepping asks too, and goes no further than one step; who asked for the rest is asked no more.
func TestConsentWhileStepping(t *testing.T) {
	s, run := unsent(t, 80, 24, ".")
	for range run.whole.Entries {
		if s.m.asksConsent() {
			break
		}
		s.press(".")
	}
	s.shows("Send the join?")
	s.press(".", "c", "x", "enter", "?", " ").shows("Send the join?") // no other key answers
	if sent(run) {
		t.Fatal("a key that is no answer sent the join")
	}
	s.press("y")
	if state := flow.Fold(run.Trace()); state.Sent == nil || state.Done {
		t.Errorf("y: sent %v, done %v; want the one step", state.Sent != nil, state.Done)
	}
	s.press("c").shows("joined")
}

func TestConsentDenied(t *testing.T) {
	for _, key := range []string{"n", "esc", "q"} {
		s, run := unsent(t, 80, 24)
		s.press(key).hides("Send the join?").shows("the join was not sent")
		if sent(run) || s.m.code() != 0 || s.m.quitting {
			t.Errorf("%s: sent %v, exit code %d, quitting %v", key, sent(run), s.m.code(), s.m.quitting)
		}
		s.press(".").shows("Send the join?") // and nothing else leads past it
		s.press("n", "c").shows("Send the join?").press("n")
		if sent(run) {
			t.Errorf("%s: the join was sent after all", key)
		}
		if s.press("q"); !s.m.quitting || s.m.code() != 0 {
			t.Errorf("%s, then q: quitting %v, exit code %d", key, s.m.quitting, s.m.code())
		}
	}
}

// What cannot be read is not answered.
func TestConsentNeedsRoom(t *testing.T) {
	s, run := unsent(t, 80, 24)
	s.send(sizeMsg(30, 10)).press("y").send(sizeMsg(80, 24)).shows("Send the join?")
	if sent(run) {
		t.Error("y was taken while the question could not be seen")
	}
	if s.press("ctrl+c"); !s.m.quitting || s.m.code() != flow.Cancelled.ExitCode() {
		t.Errorf("Ctrl-c: quitting %v, exit code %d", s.m.quitting, s.m.code())
	}
}

// In the sandbox there is nobody to be told: nothing is asked.
func TestConsentIsNotNeeded(t *testing.T) {
	stepping(t, 80, 24, recorded(t, "joined"), Options{}).press("c").shows("joined")
}

// A leaver is a run that can be told to leave all the same.
type leaver struct {
	*scripted
	told bool
}

func (l *leaver) LeaveAnyway() { l.told = true }

// Whoever was in the room before is asked before a leave that would end that; no leaves things as they are.
func TestLeaveIsAskedFor(t *testing.T) {
	for key, told := range map[string]bool{"y": true, "n": false, "esc": false, "q": false} {
		run := &leaver{scripted: &scripted{whole: recorded(t, "member")}}
		o := Options{Scenario: "recorded"}
		o.Start = func(context.Context, string) (Source, func(), error) { return run, func() {}, nil }
		s := newScreen(t, 80, 24, o)
		s.press("c").shows("Leave all the same?").shows("y sends the leave").sound()
		s.press("x", ".").shows("Leave all the same?") // no other key answers
		s.press(key).hides("Leave all the same?")
		if run.told != told || s.m.quitting || s.m.code() != 0 {
			t.Errorf("%s: told %t, quitting %t, exit code %d", key, run.told, s.m.quitting, s.m.code())
		}
	}
}

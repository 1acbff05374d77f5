package ui

import (
	"context"
	"errors"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/recording"
	"doorstep/ui/home"
)

// A recorded check opens from the list, in the screen of checks, and is left for the list. It is compared with nothing.
func TestCheckFromTheList(t *testing.T) {
	t.Parallel()
	check, err := recording.Open("../flow/recording/testdata/earlier/9-check.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	handshake := recorded(t, "joined")
	s := newScreen(t, 100, 30, Options{
		Recordings: []home.Recording{{Name: "a-check", Title: "Check hs.example", Group: "all", Check: true},
			{Name: "a-join", Title: "joined", Group: "all"}},
		Open: func(_ context.Context, name string) (*recording.Stream, error) {
			switch name {
			case "a-check":
				return recording.Whole(check), nil
			case "a-join":
				return recording.Whole(handshake), nil
			}
			return nil, errors.New("there is none")
		}})
	s.press("/", "type:hs.example", "enter", "enter").shows("check of hs.example", "well-known document").hides("Recordings in this program").sound()
	s.press("x", "enter").shows("what to do").press("esc").shows("check of hs.example")
	s.send(tea.WindowSizeMsg{Width: 60, Height: 20})
	s.sound()
	s.send(tea.WindowSizeMsg{Width: 100, Height: 30})
	s.press("?").shows("leave a check that was opened over the list").press("esc", "q").shows("a-check", "Enter open")
	s.press("enter").shows("check of hs.example").press("esc").shows("a-check", "Enter open")
	if s.m.quitting {
		t.Fatal("it quit")
	}

	s.press("d").shows("in which nobody joined anything").press(" ").shows("only handshakes are compared").sound()
	s.press("esc", "/", "type:a-join", "enter", "d", "up").shows("in which nobody joined anything").press("esc").sound()
	s.press("esc", "/", "type:hs.example", "enter")
	s.press("enter", "ctrl+c")
	if code := s.m.code(); !s.m.quitting || code != 130 {
		t.Errorf("after Ctrl-c: quits %v, %d", s.m.quitting, code)
	}
}

package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// A key that the user gave to an action does it, in the words of help and footer too, and the usual one does not.
func TestReboundKeys(t *testing.T) {
	table, problems := Bindings(map[string][]string{"step": {"f5"}, "help": {"f1"}})
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	s := stepping(t, 80, 24, recorded(t, "joined"), Options{Bindings: table})
	if s.press("."); s.m.screen.shown != 0 {
		t.Error("the usual key still does a step")
	}
	if s.send(tea.KeyMsg{Type: tea.KeyF5}); s.m.screen.shown == 0 {
		t.Error("the key that was given does no step")
	}
	o := homeOptions()
	o.Bindings = table
	newScreen(t, 80, 24, o).shows("then F5 does one step")
	s.shows(" F1 help ").send(tea.KeyMsg{Type: tea.KeyF1}).shows("F5                 do the next step")
}

// Every action can be given another key by its name: in every place at once.
func TestEveryActionCanBeRebound(t *testing.T) {
	for _, b := range bindings {
		table, problems := Bindings(map[string][]string{string(b.Action): {"f12"}})
		if len(problems) != 0 {
			t.Errorf("%s: %q", b.Action, problems)
		}
		for _, after := range table {
			if after.Action == b.Action && strings.Join(after.Keys(), " ") != "f12" {
				t.Errorf("%s has %q", after.Action, after.Keys())
			}
		}
	}
}

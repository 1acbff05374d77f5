package ui

import (
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// The footer begins with help and ends with the way out at every width; none of its keys is cut; what is needed in a
// place is there at 80 columns.
func TestFooterInOrderOfNeed(t *testing.T) {
	m := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).m
	always := func(keymap.Action) string { return "" }
	for _, place := range []keymap.Place{keymap.AtHome, keymap.InLadder, keymap.InPane, keymap.OnPage, keymap.InEvents,
		keymap.InTour} {
		var items []string
		for _, b := range byNeed(bindings, place, always) {
			items = append(items, footerKey(b)+" "+b.Footer)
		}
		for width := 30; width <= 200; width++ {
			line := footerLine(m.Look, bindings, place, width, always)
			words := strings.Split(strings.TrimSpace(line), "  ")
			if render.Width(line) != width || words[0] != "? help" || words[len(words)-1] != "q quit" {
				t.Errorf("place %d at %d: %q", place, width, line)
			}
			for _, w := range words {
				if !slices.Contains(items, w) {
					t.Errorf("place %d at %d: %q is no key of the footer: %q", place, width, w, line)
				}
			}
		}
	}
	replayed := func(a keymap.Action) string { // nothing can be done otherwise
		if a == keymap.ActWhatIf || a == keymap.ActOther {
			return "a recording asks nobody"
		}
		return ""
	}
	live := footerLine(m.Look, bindings, keymap.InLadder, 80, func(a keymap.Action) string {
		if a == keymap.ActOther {
			return "nothing was edited"
		}
		return ""
	})
	for _, w := range []string{". step", "E what if", "Enter open", "Tab pane", "z zoom", "e why"} {
		if !strings.Contains(live, " "+w+" ") {
			t.Errorf("before a step: %q is not in %q", w, live)
		}
	}
	for place, want := range map[keymap.Place][]string{
		keymap.InLadder: {". step", "Enter open", "Tab pane", "z zoom", "/ search", "e why", "d diff"},
		keymap.OnPage:   {"Esc leave", "/ search", "s work", "a graph", "y yank", "e why"},
		keymap.InPane:   {"z zoom", "Tab pane", "/ search", ". step", "e why", "d diff"},
		keymap.InEvents: {"Enter open", "/ filter", "z zoom", "Tab pane", "e why", "d diff"},
	} {
		line := footerLine(m.Look, bindings, place, 80, replayed)
		for _, w := range want {
			if !strings.Contains(line, " "+w+" ") {
				t.Errorf("place %d: %q is not in %q", place, w, line)
			}
		}
	}
}

// The help explains the code of every step there is, and its filter finds them.
func TestHelpExplainsCodes(t *testing.T) {
	var codes []string
	for _, c := range story.StepCodes() {
		codes = append(codes, strings.Fields(c.Code)...)
	}
	for asked, answered := range flow.ResponseStep {
		for _, step := range []flow.StepID{asked, answered, flow.L1, flow.L2} {
			if !slices.Contains(codes, string(step)) {
				t.Errorf("nothing explains %s", step)
			}
		}
	}
	s := replaying(t, 80, 200, recorded(t, "joined"), -1, Options{}).press("?")
	for _, c := range story.StepCodes() {
		s.shows(c.Code)
	}
}

// With a pane of its own for it, the text that explains a refusal does not open as a tab as well.
func TestWhyIsShownOnce(t *testing.T) {
	for _, name := range []string{"refused", "timeout"} {
		for _, size := range sizes {
			s := replaying(t, size[0], size[1], recorded(t, name), -1, Options{})
			h := s.m.screen
			if zone := h.layout.Why.H > 0; zone == (h.tab == tab.Why) {
				t.Errorf("%s at %v: the tab %s, with a pane that explains: %v", name, size, h.tab.Name(), zone)
			}
		}
	}
}

package home

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/render/rendertest"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// offered is a little of everything.
func offered() Contents {
	key := func(a keymap.Action) string { return "<" + string(a) + ">" }
	c := Contents{NoRecent: "None yet.", Key: key, Scenarios: []Scenario{
		{Name: "public-v12", Title: "A public room", Teaches: "The usual.", Group: "Versions"},
		{Name: "banned", Title: "The user is banned", Teaches: "It is state.", Group: "Refused", Finding: "is-banned",
			About: "A firewall has nothing to do with it."},
		{Name: "not-invited", Title: "Only invited users", Group: "Refused"},
	}, Recordings: []Recording{{Name: "first", Title: "The first of all", Group: "Old"}}}
	for i := range 5 {
		c.Recent = append(c.Recent, Recording{Name: fmt.Sprintf("/r/%d.jsonl", i), Title: "#room:example",
			When: fmt.Sprint(i)})
	}
	return c
}

func screenOf(c Contents, width, height int) *Screen {
	h := New(theme.NewLook("mono", false, true), c)
	h.Resize(width, height)
	return h
}

// shown is what the list shows, a line each, without looks.
func shown(h *Screen) string {
	var out []string
	for i, r := range h.rows {
		out = append(out, strings.TrimRight(plain(h.line(r, i == h.cursor)), " "))
	}
	return strings.Join(out, "\n")
}

func plain(s string) string {
	text, _, _ := strings.Cut(strings.TrimPrefix(rendertest.Frame([]string{s}), "|"), "|\n")
	return text
}

func requireLines(t *testing.T, h *Screen, want ...string) {
	t.Helper()
	if got := shown(h); got != strings.Join(want, "\n") {
		t.Fatalf("it shows\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// Groups are folded to begin with and say how many they hold; h folds from inside, l and Enter unfold.
func TestGroups(t *testing.T) {
	h := screenOf(offered(), 80, 24)
	folded := []string{
		"Start here", "▸ Step through a join, arrow by arrow  (public-v12)", "  Find out why a join fails  (banned)", "",
		"Your recordings, newest first", "  0                         #room:example",
		"  1                         #room:example", "  2                         #room:example", "  + Older  2", "",
		"Sandbox: real handshakes with servers inside this program", "  + Versions  1", "  + Refused  2", "",
		"Recordings in this program", "  + Old  1"}
	requireLines(t, h, folded...)
	if why := h.Fold(); why == "" {
		t.Error("what is in no group was folded")
	}
	for range 7 {
		h.Move(keymap.ActDown)
	}
	if why := h.Unfold(); why != "" {
		t.Fatal(why)
	}
	if why := h.Unfold(); why == "" {
		t.Error("it was unfolded twice")
	}
	h.Move(keymap.ActDown)
	if it, ok := h.Current(); !ok || it.Name != "banned" {
		t.Fatalf("the cursor is on %+v", it)
	}
	if h.Toggle() {
		t.Error("an item was folded")
	}
	if why := h.Fold(); why != "" {
		t.Fatal(why)
	}
	if _, on := h.Current(); on || !h.Toggle() || !strings.Contains(shown(h), "▸ - Refused  2") {
		t.Fatalf("the cursor left the group:\n%s", shown(h))
	}
	h.Toggle()
	h.Move(keymap.ActToFirst)
	requireLines(t, h, folded...)
}

// The tour stands between the ready handshake and the one that fails, with the command that opens it, and is found by
// what newcomers look for.
func TestTour(t *testing.T) {
	c := offered()
	c.Tour = true
	h := screenOf(c, 80, 24)
	if got := shown(h); !strings.HasPrefix(got, "Start here\n▸ Step through") ||
		!strings.Contains(got, "\n  Take the tour  new to Matrix? begin here\n  Find out why") {
		t.Fatalf("it shows\n%s", got)
	}
	h.Move(keymap.ActDown)
	if it, ok := h.Current(); !ok || it.Kind != OpensTour {
		t.Fatalf("the cursor is on %+v", it)
	}
	if got := plain(strings.Join(h.Draw("", ""), " ")); !strings.Contains(got, "doorstep learn") {
		t.Errorf("the command is not named: %s", got)
	}
	h.Narrow("tutorial")
	if it, ok := h.Current(); !ok || it.Kind != OpensTour {
		t.Error("a filter does not find it")
	}
}

// The filter looks in names, titles, what is taught, and the findings; groups with matches unfold, and say how many.
func TestFilter(t *testing.T) {
	for filter, want := range map[string]string{
		"Banned":        "  - Refused  1 of 2\n▸   banned",
		"invited USERS": "  - Refused  1 of 2\n▸   not-invited",
		"it is state":   "▸   banned",
		"is-banned":     "▸   banned",
		"firewall":      "▸   banned",
		"first of":      "▸   first",
		"r/4":           "  - Older  1 of 2\n▸   4",
	} {
		h := screenOf(offered(), 80, 24)
		h.Narrow(filter)
		if got := shown(h); !strings.Contains(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", filter, got, want)
		}
		if got := strings.Join(h.head(), "\n"); !strings.Contains(got, "1 of 9") {
			t.Errorf("%s: no count in %q", filter, got)
		}
	}
	h := screenOf(offered(), 80, 24)
	h.Narrow("no such thing")
	const nothing = `Nothing here matches "no such thing". <back> shows`
	if got := strings.Join(h.Draw("", ""), "\n"); !h.Empty() || !strings.Contains(got, nothing) {
		t.Errorf("an empty list:\n%s", got)
	}
	h.Move(keymap.ActDown)
	if h.Toggle() || h.Fold() == "" || h.Unfold() == "" {
		t.Error("something was folded where nothing is")
	}
}

// What is selected and unfolded stays so when the user's own recordings become known; where there are none, a line says
// how they come to be there.
func TestOffer(t *testing.T) {
	c := offered()
	none := c
	none.Recent = nil
	h := screenOf(none, 80, 24)
	if !strings.Contains(shown(h), "None yet.") {
		t.Fatalf("not said that there is no recording:\n%s", shown(h))
	}
	for range 3 {
		h.Move(keymap.ActDown)
	}
	h.Toggle()
	h.Move(keymap.ActDown)
	before, _ := h.Current()
	h.Offer(c)
	if after, ok := h.Current(); !ok || before.Name != "banned" || after.Name != "banned" {
		t.Fatalf("selected is %q, was %q:\n%s", after.Name, before.Name, shown(h))
	}
	if strings.Contains(shown(h), "None yet.") {
		t.Error("it is still said that there is none")
	}
}

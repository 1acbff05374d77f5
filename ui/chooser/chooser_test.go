package chooser

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

func fruit(ascii bool) *Chooser {
	return New(theme.NewLook("mono", ascii, false), "Choose", []Item{
		{Title: "apple", Remark: "round and red", Group: "Sweet"},
		{Title: "pear", Remark: "green", Group: "Sweet", Words: "conference"},
		{Title: "lemon", Remark: "yellow\x1b[31m", Group: "Sour"},
		{Title: "lime", Group: "Sour", Why: "there is none left"},
	})
}

func typed(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

// The cursor goes from item to item, past the headings, and Enter takes the one it is on.
func TestChoose(t *testing.T) {
	c := fruit(false)
	if c.Chosen() != 0 {
		t.Fatalf("the cursor begins on %d", c.Chosen())
	}
	for _, step := range []struct {
		a    keymap.Action
		want int
	}{{keymap.ActDown, 1}, {keymap.ActDown, 2}, {keymap.ActUp, 1}, {keymap.ActToLast, 3}, {keymap.ActDown, 3},
		{keymap.ActToFirst, 0}, {keymap.ActUp, 0}} {
		if c.Take(tea.KeyMsg{}, step.a); c.Chosen() != step.want {
			t.Errorf("%s leads to %d, not to %d", step.a, c.Chosen(), step.want)
		}
	}
	if got := c.Take(tea.KeyMsg{Type: tea.KeyEnter}, keymap.ActOpen); got != Takes {
		t.Errorf("Enter came to %v", got)
	}
	c.Select(3)
	if got := c.Take(tea.KeyMsg{Type: tea.KeyEnter}, keymap.ActOpen); got != Stays ||
		!strings.Contains(strings.Join(c.Draw(60, 10), "\n"), "none left") {
		t.Errorf("what cannot be chosen came to %v, and does not say why", got)
	}
	if got := c.Take(tea.KeyMsg{Type: tea.KeyEsc}, keymap.ActBack); got != Leaves {
		t.Errorf("Esc came to %v", got)
	}
}

// A filter finds words anywhere in an item; Esc drops it first, and leaves then.
func TestFilter(t *testing.T) {
	c := fruit(false)
	c.Take(typed("/"), keymap.ActFind)
	if !c.Typing() {
		t.Fatal("no filter is typed")
	}
	for _, k := range "sweet conf" {
		c.Take(typed(string(k)), keymap.ActDown) // a letter, whatever it stands for elsewhere
	}
	if c.Chosen() != 1 || len(c.rows) != 2 {
		t.Errorf("the filter leaves %d rows, the cursor on %d", len(c.rows), c.Chosen())
	}
	c.Take(typed("x"), "")
	if c.Chosen() != -1 || !strings.Contains(strings.Join(c.Draw(60, 10), "\n"), `matches "sweet confx"`) {
		t.Errorf("a filter that nothing passes is not told:\n%s", strings.Join(c.Draw(60, 10), "\n"))
	}
	if got := c.choose(); got != Stays {
		t.Errorf("nothing was chosen: %v", got)
	}
	c.Take(tea.KeyMsg{Type: tea.KeyBackspace}, "")
	c.Take(tea.KeyMsg{Type: tea.KeyEnter}, keymap.ActOpen)
	if c.Typing() || c.Chosen() != 1 {
		t.Errorf("Enter did not keep the filter: %d", c.Chosen())
	}
	if got := c.Take(tea.KeyMsg{Type: tea.KeyEsc}, keymap.ActBack); got != Stays || c.filter != "" || c.Chosen() != 1 {
		t.Errorf("Esc came to %v with the filter %q on %d", got, c.filter, c.Chosen())
	}
}

// At every size the box has the lines and cells it was asked for, the cursor is in view, and nothing remote gets out.
func TestDraw(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		for w := 1; w <= 90; w += 7 {
			for h := 1; h <= 12; h++ {
				c := fruit(ascii)
				c.Select(2)
				lines := c.Draw(w, h)
				text := strings.Join(lines, "\n")
				if len(lines) != h || strings.Contains(text, "\x1b[31m") {
					t.Fatalf("%dx%d: %d lines: %q", w, h, len(lines), text)
				}
				for _, l := range lines {
					if render.Width(l) != w {
						t.Errorf("%dx%d: a line of %d cells: %q", w, h, render.Width(l), l)
					}
				}
				if w > 20 && h > 2 && !strings.Contains(text, "lemon") {
					t.Errorf("%dx%d: the cursor is out of view:\n%s", w, h, text)
				}
			}
		}
	}
}

// A click selects, and chooses what is selected.
func TestClick(t *testing.T) {
	c := fruit(false)
	c.Draw(60, 10)
	if got := c.Click(3); got != Stays || c.Chosen() != 1 {
		t.Errorf("a click came to %v on %d", got, c.Chosen())
	}
	if got := c.Click(3); got != Takes {
		t.Errorf("the second click came to %v", got)
	}
	if got := c.Click(4); got != Stays || c.Chosen() != 1 { // a heading
		t.Errorf("a click on a heading came to %v on %d", got, c.Chosen())
	}
	for y := range 12 {
		if c.Click(y - 1); c.Chosen() < 0 {
			t.Errorf("a click on line %d lost the cursor", y)
		}
	}
}

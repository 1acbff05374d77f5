// Package chooser is a list to choose one thing from: titles with remarks, a filter, a cursor, drawn in a box of any
// size. It knows nothing of what is chosen.
package chooser

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// An Item is one thing that can be chosen. What it says may hold remote text.
type Item struct {
	Title  string
	Remark string // what more there is to say: behind the title, and below the list in full
	Group  string // the heading it stands under; empty: none. Items of a group follow each other
	Words  string // what else the filter finds it by
	Why    string // why it cannot be chosen; empty: it can
}

// An Outcome says what a key came to.
type Outcome int

// The outcomes.
const (
	Stays  Outcome = iota // the list stays open
	Takes                 // the item under the cursor was chosen
	Leaves                // the list was left without choosing
)

// A Chooser is a list to choose from.
type Chooser struct {
	theme.Look
	title  string
	items  []Item
	rows   []row // what the filter lets through
	cursor int   // of rows; -1: there is nothing to stand on
	top    int   // of rows: the first in view, as drawn last
	filter string
	typing bool // keys are letters of the filter
	notice string
	height int // of the list, as drawn last
}

// A row is a line of the list: the heading of a group, or an item.
type row struct {
	head string
	item int // -1: a heading
}

// New returns the list of items below a title, the first of them under the cursor.
func New(l theme.Look, title string, items []Item) *Chooser {
	c := &Chooser{Look: l, title: title, items: items}
	c.Narrow("")
	return c
}

// Narrow leaves the items that hold every word of the filter.
func (c *Chooser) Narrow(filter string) {
	c.filter, c.rows, c.top = filter, nil, 0
	group := ""
	for i, it := range c.items {
		if !it.holds(filter) {
			continue
		}
		if it.Group != group && it.Group != "" {
			c.rows = append(c.rows, row{it.Group, -1})
		}
		group = it.Group
		c.rows = append(c.rows, row{item: i})
	}
	c.cursor = -1
	c.step(1)
}

// holds reports whether an item holds every word of a filter, without regard to case.
func (it Item) holds(filter string) bool {
	text := strings.ToLower(strings.Join([]string{it.Title, it.Remark, it.Group, it.Words}, "\n"))
	for _, w := range strings.Fields(strings.ToLower(filter)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Select puts the cursor on an item, if the filter lets it through.
func (c *Chooser) Select(item int) {
	for i, r := range c.rows {
		if r.item == item && r.head == "" {
			c.cursor = i
		}
	}
}

// Chosen is the index of the item under the cursor; -1 where there is none.
func (c *Chooser) Chosen() int {
	if c.cursor < 0 {
		return -1
	}
	return c.rows[c.cursor].item
}

// step moves the cursor to the next item up or down; it stays where there is none.
func (c *Chooser) step(by int) {
	for i := c.cursor + by; i >= 0 && i < len(c.rows); i += by {
		if c.rows[i].item >= 0 {
			c.cursor = i
			return
		}
	}
}

// Typing reports whether keys are letters of the filter now.
func (c *Chooser) Typing() bool { return c.typing }

// Take takes a key, and what it asks for where the list is shown: the caller has the table of keys.
func (c *Chooser) Take(msg tea.KeyMsg, a keymap.Action) Outcome {
	c.notice = ""
	if c.typing {
		c.typed(msg)
		return Stays
	}
	page := max(c.height-1, 1)
	moves := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -page,
		keymap.ActPageDown: page, keymap.ActHalfUp: -max(page/2, 1), keymap.ActHalfDown: max(page/2, 1),
		keymap.ActToFirst: -len(c.rows), keymap.ActToLast: len(c.rows)}
	switch n, moved := moves[a]; {
	case moved:
		for range max(n, -n) {
			c.step(max(min(n, 1), -1))
		}
	case a == keymap.ActFind || a == keymap.ActNarrow:
		c.typing = true
	case a == keymap.ActOpen || msg.Type == tea.KeyEnter:
		return c.choose()
	case a == keymap.ActBack && c.filter != "":
		was := c.Chosen()
		c.Narrow("")
		c.Select(was)
	case a == keymap.ActBack, a == keymap.ActQuit:
		return Leaves
	}
	return Stays
}

// choose takes the item under the cursor, or says why it cannot.
func (c *Chooser) choose() Outcome {
	at := c.Chosen()
	switch {
	case at < 0:
		c.notice = "there is nothing to choose"
		return Stays
	case c.items[at].Why != "":
		c.notice = c.items[at].Why
		return Stays
	}
	return Takes
}

// typed takes a key of the filter.
func (c *Chooser) typed(msg tea.KeyMsg) {
	filter := c.filter
	switch msg.Type {
	case tea.KeyEnter, tea.KeyTab:
		c.typing = false
		return
	case tea.KeyEsc, tea.KeyCtrlC:
		c.typing, filter = false, ""
	case tea.KeyUp:
		c.step(-1)
		return
	case tea.KeyDown:
		c.step(1)
		return
	case tea.KeyBackspace, tea.KeyCtrlH:
		if letters := []rune(filter); len(letters) > 0 {
			filter = string(letters[:len(letters)-1])
		}
	case tea.KeyCtrlU:
		filter = ""
	case tea.KeyRunes, tea.KeySpace:
		const most = 200
		if len(filter) < most {
			filter += theme.SafeText(string(msg.Runes))
		}
	}
	c.Narrow(filter)
}

// Lines is how many lines the list wants to be drawn in.
func (c *Chooser) Lines() int { return len(c.rows) + 3 }

// Draw returns the list as exactly height lines of width cells: a rule with the title, the items in view, and what
// there is to say of the one under the cursor.
func (c *Chooser) Draw(width, height int) []string {
	if width <= 0 || height <= 0 {
		return theme.Box(nil, width, height)
	}
	lines := []string{c.head(width)}
	below := c.below(width, height)
	c.height = max(height-len(lines)-len(below), 1)
	c.settle()
	for i := range c.height {
		line := ""
		switch at := c.top + i; {
		case len(c.rows) == 0 && i == 0:
			line = "  " + c.Dim.Render(c.Safe(`nothing here matches "`+c.filter+`"`, width-2))
		case at < len(c.rows):
			line = c.line(at, width)
		}
		lines = append(lines, line)
	}
	return theme.Box(append(lines, below...), width, height)
}

// head is the rule with the title, and the filter where there is one.
func (c *Chooser) head(width int) string {
	rule := c.Glyphs.Rule
	head := c.Border.Render(rule+rule) + " " + c.Header.Render(c.Safe(c.title, width-4)) + " "
	if c.filter != "" || c.typing {
		n := 0
		for _, r := range c.rows {
			if r.item >= 0 {
				n++
			}
		}
		word := c.Safe(c.filter, max(width/3, 1))
		head += c.Key.Render("filter") + " " + word
		if c.typing {
			head += c.Cursor.Reverse(true).Render("_")
		}
		head += " " + c.Dim.Render(fmt.Sprintf("%d of %d", n, len(c.items))) + " "
	}
	return head + c.Border.Render(strings.Repeat(rule, max(width-render.Width(head), 0)))
}

// below is what is said under the list: why nothing was chosen, or all of the remark, where there is room.
func (c *Chooser) below(width, height int) []string {
	const least, most = 6, 2 // lines from which on there is room, lines that it takes
	at := c.Chosen()
	switch {
	case c.notice != "":
		return []string{" " + c.Warn.Render(c.Safe(c.notice, width-1))}
	case at < 0 || height < least || c.items[at].Remark == "" && c.items[at].Why == "":
		return nil
	}
	words := c.items[at].Remark
	if why := c.items[at].Why; why != "" {
		words = strings.TrimPrefix(words+"; not now: "+why, "; ")
	}
	text := theme.Wrap(c.Safe(words, width*most), width-2, 0)
	var out []string
	for _, l := range text[:min(len(text), most)] {
		out = append(out, " "+c.Dim.Render(l))
	}
	return out
}

// settle brings the cursor into view, and with the first item of a group its heading.
func (c *Chooser) settle() {
	at := max(c.cursor, 0)
	first := at
	if at > 0 && c.rows[at-1].item < 0 {
		first--
	}
	c.top = min(c.top, first)
	c.top = max(c.top, at-c.height+1)
	c.top = max(min(c.top, len(c.rows)-c.height), 0)
}

func (c *Chooser) line(at, width int) string {
	r := c.rows[at]
	if r.item < 0 {
		return " " + c.Title.Render(c.Safe(r.head, width-1))
	}
	it, mark, style := c.items[r.item], "  ", c.Text
	switch {
	case at == c.cursor:
		mark, style = c.Cursor.Render(c.Glyphs.Cursor)+" ", c.Selected
	case it.Why != "":
		style = c.Dim
	}
	title := c.Safe(it.Title, width-3)
	room := width - 3 - max(render.Width(title), c.titles(width)) - 2
	const least = 12 // cells from which on a remark says something
	if it.Remark == "" || room < least {
		return " " + mark + style.Render(title)
	}
	gap := strings.Repeat(" ", max(c.titles(width)-render.Width(title), 0)+2)
	return " " + mark + style.Render(title) + gap + c.Dim.Render(c.Safe(it.Remark, room))
}

// titles is how many cells titles take before remarks: as many as the widest, up to half of the line.
func (c *Chooser) titles(width int) int {
	widest := 0
	for _, r := range c.rows {
		if r.item >= 0 {
			widest = max(widest, render.Width(c.Safe(c.items[r.item].Title, width/2)))
		}
	}
	return widest
}

// Click takes a click on a line of what was drawn last: it moves the cursor, and chooses what it is on already.
func (c *Chooser) Click(y int) Outcome {
	at := c.top + y - 1
	if y < 1 || y > c.height || at >= len(c.rows) || c.rows[at].item < 0 {
		return Stays
	}
	if at == c.cursor {
		return c.choose()
	}
	c.cursor = at
	return Stays
}

// Scroll moves the cursor by the wheel.
func (c *Chooser) Scroll(by int) { c.step(by) }

// Package home is the first screen: what Doorstep is, and the handshakes that can be opened.
package home

import (
	"fmt"
	"strings"

	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A Scenario is one handshake that can be started from the home screen.
type Scenario struct {
	Name    string // as the command line spells it
	Title   string // one line
	Teaches string // what to look for
	Finding string // the ID of the finding it leads to; empty when nothing is wrong
}

// A Screen is the first screen: what Doorstep is, and what can be opened.
type Screen struct {
	theme.Look
	items  []Item
	filter string
	shown  []int // indexes of the items that the filter lets through
	cursor int   // in shown
	top    int

	width, height int
}

// A Item is one line that can be opened.
type Item struct {
	Scenario  *Scenario // nil: a recording
	Recording string
	first     bool // the ready handshake at the top
}

// New returns the screen that offers those scenarios and recordings.
func New(l theme.Look, scenarios []Scenario, recordings []string) *Screen {
	h := &Screen{Look: l}
	for i := range scenarios {
		s := &scenarios[i]
		if s.Name == readyScenario || len(scenarios) > 0 && i == 0 && !hasScenario(scenarios, readyScenario) {
			h.items = append([]Item{{Scenario: s, first: true}}, h.items...)
		}
		h.items = append(h.items, Item{Scenario: s})
	}
	for _, r := range recordings {
		h.items = append(h.items, Item{Recording: r})
	}
	h.Narrow("")
	return h
}

// readyScenario is the handshake that the home screen offers first.
const readyScenario = "public-v12"

func hasScenario(list []Scenario, name string) bool {
	for _, s := range list {
		if s.Name == name {
			return true
		}
	}
	return false
}

// Narrow leaves the items that hold every word of the filter.
func (h *Screen) Narrow(filter string) {
	h.filter, h.shown, h.cursor, h.top = filter, nil, 0, 0
	words := strings.Fields(strings.ToLower(filter))
	for i, it := range h.items {
		if it.first && filter != "" {
			continue
		}
		text := strings.ToLower(it.Recording)
		if s := it.Scenario; s != nil {
			text = strings.ToLower(s.Name + " " + s.Title + " " + s.Teaches + " " + s.Finding)
		}
		matches := true
		for _, w := range words {
			matches = matches && strings.Contains(text, w)
		}
		if matches {
			h.shown = append(h.shown, i)
		}
	}
}

// Current is the item under the cursor; false when there is none.
func (h *Screen) Current() (Item, bool) {
	if h.cursor >= len(h.shown) {
		return Item{}, false
	}
	return h.items[h.shown[h.cursor]], true
}

// Resize takes a new size.
func (h *Screen) Resize(width, height int) { h.width, h.height = width, height }

// Move moves the cursor.
func (h *Screen) Move(a keymap.Action) {
	page := max(h.height/2, 1)
	n := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -2 * page,
		keymap.ActPageDown: 2 * page, keymap.ActHalfUp: -page, keymap.ActHalfDown: page,
		keymap.ActToFirst: -len(h.shown), keymap.ActToLast: len(h.shown)}[a]
	h.cursor = pane.Between(h.cursor+n, 0, max(len(h.shown)-1, 0))
}

// A listLine is one line of the list: a heading, or an item.
type listLine struct {
	text string
	item int // index in shown; -1: none
}

// lines are the lines of the list.
func (h *Screen) lines() []listLine {
	var out []listLine
	section := ""
	for n, i := range h.shown {
		it := h.items[i]
		name := "Sandbox: real handshakes with servers inside this program"
		switch {
		case it.first:
			name = "Start here"
		case it.Scenario == nil:
			name = "Recorded handshakes"
		}
		if name != section {
			if section != "" {
				out = append(out, listLine{"", -1})
			}
			out = append(out, listLine{h.Title.Render(name), -1})
			section = name
		}
		out = append(out, listLine{h.line(it, n == h.cursor), n})
	}
	if len(h.shown) == 0 {
		text := "Nothing here holds " + h.Safe(h.filter, 40) + ". Esc shows everything again."
		if h.filter == "" {
			text = "There is nothing to open."
		}
		out = append(out, listLine{" " + h.Dim.Render(text), -1})
	}
	return out
}

func (h *Screen) line(it Item, selected bool) string {
	mark, style := "  ", h.Text
	if selected {
		mark, style = h.Cursor.Render(h.Glyphs.Cursor)+" ", h.Selected
	}
	const nameWidth = 26
	switch s := it.Scenario; {
	case it.first:
		return mark + style.Render("Step through a join, arrow by arrow") + h.Dim.Render("  ("+h.Safe(s.Name, nameWidth)+")")
	case s != nil:
		return mark + style.Render(theme.Fit(h.Safe(s.Name, nameWidth-1), nameWidth-1)) + " " + h.Safe(s.Title, labelCells)
	}
	return mark + style.Render(h.Safe(it.Recording, labelCells))
}

// labelCells is the most that a name or title takes.
const labelCells = 200

// Draw returns the screen as exactly height lines of width cells.
func (h *Screen) Draw(notice, footer string) []string {
	head, detail := h.head(), h.detail()
	lines := append(head, h.window(h.room(head, detail))...)
	lines = append(lines, detail...)
	status := ""
	if notice != "" {
		status = " " + h.Warn.Render(h.Safe(notice, h.width-1))
	}
	lines = append(theme.Box(lines, h.width, h.height-2), theme.Fit(status, h.width), theme.Fit(footer, h.width))
	return theme.Box(lines, h.width, h.height)
}

// head is what stands above the list.
func (h *Screen) head() []string {
	tagline := "watch a Matrix server join a room on another server, step by step"
	if h.width < len(tagline)+len("Doorstep")+4 {
		tagline = "Matrix joins over federation, step by step"
	}
	lines := []string{" " + h.Title.Render("Doorstep") + "  " + tagline, ""}
	if h.height >= 20 {
		for _, line := range theme.Wrap(introduction, min(h.width-2, 96), 0) {
			lines = append(lines, " "+h.Dim.Render(line))
		}
		lines = append(lines, "")
	}
	if h.filter != "" {
		lines = append(lines, " "+h.Key.Render("filter")+" "+h.Safe(h.filter, h.width-10))
	}
	return lines
}

const introduction = "A user joins a room their server knows nothing about. The server asks a directory who is in " +
	"the room, " +
	"gets a draft of the join from a server there, signs it, hands it in, and checks what comes back. " +
	"Here it happens for real, at your pace. Nothing leaves this machine."

// room is how many lines the list has.
func (h *Screen) room(head, detail []string) int { return max(h.height-len(head)-len(detail)-2, 1) }

// window returns the lines of the list that are in view, the selected one among them.
func (h *Screen) window(room int) []string {
	all := h.lines()
	first := h.first(all, room)
	out := make([]string, room)
	for i := range out {
		if first+i < len(all) {
			out[i] = " " + all[first+i].text
		}
	}
	if first > 0 && room > 4 {
		out[0] = h.Dim.Render(fmt.Sprintf(" %s %d more above", h.Glyphs.Ellipsis, first+1))
	}
	if below := len(all) - first - room; below > 0 && room > 4 {
		out[room-1] = h.Dim.Render(fmt.Sprintf(" %s %d more below", h.Glyphs.Ellipsis, below+1))
	}
	return out
}

// first is the first line of the list in view.
func (h *Screen) first(lines []listLine, room int) int {
	const margin = 2
	for i, l := range lines {
		if l.item == h.cursor {
			return pane.Between(i-room+1+margin, 0, max(len(lines)-room, 0))
		}
	}
	return 0
}

// Filter is what the items are filtered by; empty: nothing.
func (h *Screen) Filter() string { return h.filter }

// Empty reports whether the filter leaves nothing.
func (h *Screen) Empty() bool { return len(h.shown) == 0 }

// Select puts the cursor on the item at i of those that are shown; false where it was there.
func (h *Screen) Select(i int) bool {
	was := h.cursor
	h.cursor = i
	return was != i
}

// RowAt is the item drawn on line y of the screen; false when there is none.
func (h *Screen) RowAt(y int) (int, bool) {
	head, lines := h.head(), h.lines()
	room := h.room(head, h.detail())
	at := y - len(head)
	i := at + h.first(lines, room)
	if at < 0 || at >= room || i >= len(lines) || lines[i].item < 0 {
		return 0, false
	}
	return lines[i].item, true
}

// detail says what the selected item is about, above the last two lines.
func (h *Screen) detail() []string {
	it, ok := h.Current()
	if !ok || h.height < 16 {
		return nil
	}
	rule := h.Border.Render(strings.Repeat(h.Glyphs.Rule, h.width))
	var text []string
	switch s := it.Scenario; {
	case s != nil:
		text = theme.Wrap(h.Safe(s.Title+". "+s.Teaches, story.CellsOfText), h.width-2, 0)
		switch {
		case it.first:
			text = append(text, h.Key.Render("Enter")+" starts it, then "+h.Key.Render(".")+" does one step, "+
				h.Key.Render("c")+" all that are left")
		case s.Finding != "":
			text = append(text, h.Dim.Render("finding: "+h.Safe(s.Finding, h.width-12)))
		default:
			text = append(text, h.Dim.Render("doorstep sandbox "+h.Safe(s.Name, labelCells)))
		}
	default:
		text = []string{"A handshake that was recorded; nothing is sent.",
			h.Dim.Render("doorstep replay " + h.Safe(it.Recording, labelCells))}
	}
	const most = 4
	if len(text) > most {
		text = text[:most]
	}
	out := []string{rule}
	for _, l := range text {
		out = append(out, " "+l)
	}
	return out
}

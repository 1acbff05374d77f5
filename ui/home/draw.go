package home

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// nameWidth is the cells for a name before its title; labelCells the most that a name or title takes.
const (
	nameWidth  = 26
	labelCells = 200
)

// line draws a row.
func (h *Screen) line(r row, selected bool) string {
	switch {
	case r.head:
		return h.Title.Render(h.Safe(r.text, labelCells))
	case !r.can:
		return "  " + h.Dim.Render(h.Safe(r.text, labelCells))
	}
	mark, style := "  ", h.Text
	if selected {
		mark, style = h.Cursor.Render(h.Glyphs.Cursor)+" ", h.Selected
	}
	if r.at.item < 0 {
		return mark + h.groupLine(r, style.Render)
	}
	it := h.item(r.at)
	if slices.ContainsFunc(h.marked, it.same) {
		mark = mark[:len(mark)-1] + h.Look.Mark.Render(h.Glyphs.Mark)
	}
	if h.group(r.at).title != "" {
		mark += "  "
	}
	label := h.Safe(it.label, max(h.width-render.Width(mark)-1, 1))
	spoken := it.double || it.Kind == OpensForm || it.Kind == OpensTour
	if !spoken && render.Width(label) < nameWidth {
		label = theme.Fit(label, nameWidth-1)
	}
	room := h.width - render.Width(mark) - render.Width(label) - 3
	if spoken {
		return mark + style.Render(label) + h.Dim.Render("  "+h.Safe(it.title, room))
	}
	return mark + style.Render(label) + " " + h.Safe(it.title, room+1)
}

// groupLine is the line of a group: whether it is folded, its title, and how many of its items there are.
func (h *Screen) groupLine(r row, render func(...string) string) string {
	g := h.group(r.at)
	sign, count := "+ ", fmt.Sprint(len(g.items))
	if h.unfolded(r.at) {
		sign = "- "
	}
	if r.n < len(g.items) {
		count = fmt.Sprintf("%d of %d", r.n, len(g.items))
	}
	return h.Dim.Render(sign) + render(h.Safe(g.title, labelCells)) + h.Dim.Render("  "+count)
}

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
		shown, all := h.matches()
		lines = append(lines, " "+h.Key.Render("filter")+" "+h.Safe(h.filter, max(h.width-26, 1))+
			h.Dim.Render(fmt.Sprintf("  %d of %d", shown, all)))
	}
	return lines
}

const introduction = "A server that does not know a room asks a directory who is in it, gets a draft of the join " +
	"from a server there, signs it, hands it in, and checks what comes back. Here that happens for real, at your pace, " +
	"also with a step changed to see what is said to it; in the sandbox nothing leaves this machine."

// room is how many lines the list has.
func (h *Screen) room(head, detail []string) int { return max(h.height-len(head)-len(detail)-2, 1) }

// window returns the lines of the list that are in view, the selected one among them.
func (h *Screen) window(room int) []string {
	out := make([]string, room)
	if h.Empty() {
		out[0] = "  " + h.Dim.Render(h.nothing())
		return out
	}
	first := h.first(room)
	for i := range out {
		if at := first + i; at < len(h.rows) {
			out[i] = " " + h.line(h.rows[at], at == h.cursor)
		}
	}
	if first > 0 && room > 4 {
		out[0] = h.Dim.Render(fmt.Sprintf(" %s %d more above", h.Glyphs.Ellipsis, first+1))
	}
	if below := len(h.rows) - first - room; below > 0 && room > 4 {
		out[room-1] = h.Dim.Render(fmt.Sprintf(" %s %d more below", h.Glyphs.Ellipsis, below+1))
	}
	return out
}

// nothing says why the list is empty.
func (h *Screen) nothing() string {
	if h.filter == "" {
		return "There is nothing to open."
	}
	filter := h.Safe(h.filter, max(h.width-60, 12))
	return `Nothing here matches "` + filter + `". ` + h.key(keymap.ActBack) + " shows everything again."
}

// first is the first row in view.
func (h *Screen) first(room int) int {
	const margin = 2
	return pane.Between(h.cursor-room+1+margin, 0, max(len(h.rows)-room, 0))
}

// RowAt is the row drawn on line y of the screen; false when the cursor cannot stand there.
func (h *Screen) RowAt(y int) (int, bool) {
	head := h.head()
	room := h.room(head, h.detail())
	at := y - len(head)
	i := at + h.first(room)
	if at < 0 || at >= room || i >= len(h.rows) || h.Empty() || !h.rows[i].can {
		return 0, false
	}
	return i, true
}

// detailLines is the most that is said of what is selected.
const detailLines = 4

// detail says what is selected is about, above the last two lines.
func (h *Screen) detail() []string {
	if h.Empty() || h.height < 16 {
		return nil
	}
	var text []string
	if it, ok := h.Current(); ok {
		text = theme.Wrap(h.Safe(it.about, story.CellsOfText), h.width-2, 0)
		text = append(text[:min(len(text), detailLines-1)], h.hint(it))
	} else {
		text = h.groupDetail()
	}
	out := []string{h.Border.Render(strings.Repeat(h.Glyphs.Rule, h.width))}
	for _, l := range text {
		out = append(out, " "+l)
	}
	return out
}

// hint is the last line about an item: how to go on.
func (h *Screen) hint(it Item) string {
	switch {
	case it.first:
		return h.Key.Render(h.key(keymap.ActOpen)) + " starts it, then " + h.Key.Render(h.key(keymap.ActStepOn)) +
			" does one step, " + h.Key.Render(h.key(keymap.ActGoOn)) + " all that are left"
	case it.finding != "":
		return h.Dim.Render(h.Safe(it.command+"   finding: "+it.finding, h.width-2))
	}
	return h.Dim.Render(h.Safe(it.command, h.width-2))
}

// groupDetail says what is in the selected group.
func (h *Screen) groupDetail() []string {
	at, _ := h.groupAt()
	var names []string
	for _, it := range h.group(at).items {
		if h.lets(it) {
			names = append(names, it.title)
		}
	}
	text := theme.Wrap(h.Safe(strings.Join(names, "; "), story.CellsOfText), h.width-2, 0)
	does := " unfolds it"
	if h.unfolded(at) {
		does = " folds it"
	}
	return append(text[:min(len(text), detailLines-1)], h.Key.Render(h.key(keymap.ActOpen))+does)
}

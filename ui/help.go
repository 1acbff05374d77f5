package ui

import (
	"strings"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/theme"
)

// A helpScreen lists the keys of a place, made from the table of bindings. Unavailable ones say why.
type helpScreen struct {
	theme.Look
	where  keymap.Place
	table  []keymap.Binding
	why    func(keymap.Action) string // why an action is unavailable; empty: it is not
	filter string
	top    int
}

// lines are all lines of the help that the filter lets through.
func (h *helpScreen) lines(width int) []string {
	var out []string
	for _, group := range []string{keymap.GroupSteps, keymap.GroupList, keymap.GroupMove, keymap.GroupView,
		keymap.GroupFind, keymap.GroupOther} {
		var rows []string
		for _, b := range h.table {
			if b.Group == group && b.Where&h.where != 0 && h.matches(b) {
				rows = append(rows, h.row(b, width)...)
			}
		}
		if len(rows) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(append(out, " "+h.Title.Render(group)), rows...)
	}
	if len(out) == 0 {
		out = []string{" " + h.Dim.Render("No key does that.")}
	}
	return out
}

const helpKeys = 18 // cells for the keys

func (h *helpScreen) row(b keymap.Binding, width int) []string {
	says, style := b.Help().Desc, h.Text
	if why := h.why(b.Action); why != "" {
		says += " (not now: " + why + ")"
		style = h.Dim
	}
	var out []string
	for i, line := range theme.Wrap(h.Own(says), width-helpKeys-4, 0) {
		keys := ""
		if i == 0 {
			keys = b.Help().Key
		}
		out = append(out, "   "+h.Key.Render(theme.Fit(keys, helpKeys))+" "+style.Render(line))
	}
	return out
}

// matches reports whether the filter finds a binding: by its key, its name or what it does.
func (h *helpScreen) matches(b keymap.Binding) bool {
	if h.filter == "" {
		return true
	}
	for _, k := range b.Keys() {
		if k == h.filter {
			return true
		}
	}
	text := strings.ToLower(b.Help().Key + " " + b.Help().Desc + " " + string(b.Action))
	return strings.Contains(text, strings.ToLower(h.filter))
}

func (h *helpScreen) move(a keymap.Action, height int) {
	page := max(height-4, 1)
	n := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -page, keymap.ActPageDown: page,
		keymap.ActHalfUp: -page / 2, keymap.ActHalfDown: page / 2,
		keymap.ActToFirst: -1 << 20, keymap.ActToLast: 1 << 20}[a]
	h.top = max(h.top+n, 0)
}

func (h *helpScreen) draw(width, height int, notice, footer string) []string {
	head := " " + h.Title.Render("Keys")
	if h.filter != "" {
		head += "  " + h.Key.Render("filter") + " " + h.Safe(h.filter, width/2)
	}
	lines := h.lines(width)
	room := max(height-4, 1)
	h.top = pane.Between(h.top, 0, max(len(lines)-room, 0))
	out := append([]string{head, ""}, theme.Box(lines[h.top:], width, room)...)
	return theme.Box(append(out, theme.Fit(" "+h.Warn.Render(h.Safe(notice, width-1)), width), footer), width, height)
}

// footerLine is the keys worth knowing in a place, help first: it is cut from the right.
func footerLine(l theme.Look, table []keymap.Binding, where keymap.Place, width int,
	why func(keymap.Action) string) string {
	line := ""
	for _, b := range table {
		if b.Footer == "" || b.Where&where == 0 || why(b.Action) != "" {
			continue
		}
		item := l.Key.Render(footerKey(b)) + " " + b.Footer
		if render.Width(line)+render.Width(item)+3 > width {
			break
		}
		line += " " + item + " "
	}
	return theme.Fit(line, width)
}

// footerKey is the first key of a binding, as people spell it.
func footerKey(b keymap.Binding) string { return keymap.Names(b.Keys()[:1]) }

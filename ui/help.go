package ui

import (
	"strings"

	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
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
	for _, group := range []string{keymap.GroupTour, keymap.GroupSteps, keymap.GroupList, keymap.GroupMove,
		keymap.GroupView, keymap.GroupFind, keymap.GroupOther} {
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
	out = append(out, h.codes(width, len(out) > 0)...)
	if len(out) == 0 {
		out = []string{" " + h.Dim.Render("No key does that.")}
	}
	return out
}

// codes explain the codes of steps, which the line below the panes gives after the number of an entry.
func (h *helpScreen) codes(width int, after bool) []string {
	if h.where&keymap.InHandshake == 0 {
		return nil
	}
	var rows []string
	for _, c := range story.StepCodes() {
		if h.filter != "" && !strings.Contains(strings.ToLower(c.Code+" "+c.Says), strings.ToLower(h.filter)) {
			continue
		}
		for i, line := range theme.Wrap(h.Own(c.Says), width-helpKeys-4, 0) {
			code := ""
			if i == 0 {
				code = c.Code
			}
			rows = append(rows, "   "+h.Key.Render(theme.Fit(code, helpKeys))+" "+h.Text.Render(line))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	out := []string{" " + h.Title.Render("Steps")}
	if after {
		out = append([]string{""}, out...)
	}
	return append(out, rows...)
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

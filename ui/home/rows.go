package home

import "strings"

// A place is where a row comes from: a group of a section, or an item of it.
type place struct {
	section, group int
	item           int // -1: the group itself
}

// A row is one line of the list.
type row struct {
	text string // of a heading or a note
	head bool
	at   place
	can  bool // the cursor can stand on it
	n    int  // of a group: how many of its items there are
}

// rowsOf lays the list out: what the filter lets through, without what is folded away.
func (h *Screen) rowsOf() []row {
	var out []row
	for i, s := range h.sections {
		rows := h.rowsOfSection(i, s)
		if len(rows) == 0 && (h.filter != "" || s.note == "") {
			continue
		}
		if len(out) > 0 {
			out = append(out, row{})
		}
		out = append(out, row{text: s.title, head: true})
		if len(rows) == 0 {
			out = append(out, row{text: s.note})
		}
		out = append(out, rows...)
	}
	return out
}

func (h *Screen) rowsOfSection(i int, s section) []row {
	var out []row
	for j, g := range s.groups {
		at := place{i, j, -1}
		var items []row
		for k, it := range g.items {
			if h.lets(it) {
				items = append(items, row{at: place{i, j, k}, can: true})
			}
		}
		if len(items) == 0 {
			continue
		}
		if g.title != "" {
			out = append(out, row{at: at, can: true, n: len(items)})
			if !h.unfolded(at) {
				continue
			}
		}
		out = append(out, items...)
	}
	return out
}

// lets reports whether the filter lets an item through: every word of it is somewhere in what the item says.
func (h *Screen) lets(it Item) bool {
	if h.filter == "" {
		return true
	}
	if it.double {
		return false
	}
	text := strings.ToLower(strings.Join(append([]string{it.label, it.title, it.about}, it.words...), "\n"))
	for _, w := range strings.Fields(strings.ToLower(h.filter)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// unfolded reports whether the items of a group are shown: while a filter is on, unless they were folded since.
func (h *Screen) unfolded(at place) bool {
	at.item = -1
	return h.toggled[at] != (h.filter != "")
}

// matches counts the items that the filter lets through, and all there are.
func (h *Screen) matches() (shown, all int) {
	for _, s := range h.sections {
		for _, g := range s.groups {
			for _, it := range g.items {
				if h.lets(it) {
					shown++
				}
				if !it.double {
					all++
				}
			}
		}
	}
	return shown, all
}

// Package home is the first screen: what Doorstep is, and the handshakes that can be opened.
package home

import (
	"slices"

	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/theme"
)

// A Screen is the first screen: what Doorstep is, and what can be opened.
type Screen struct {
	theme.Look
	key      func(keymap.Action) string
	sections []section
	filter   string
	toggled  map[place]bool // groups that are not as they are to begin with: folded, or unfolded under a filter
	rows     []row          // what is shown of all that
	marked   []Item         // in the order in which they were
	cursor   int            // in rows; -1: nothing can be selected

	width, height int
}

// New returns the screen that offers c.
func New(l theme.Look, c Contents) *Screen {
	h := &Screen{Look: l, key: c.Key}
	h.sections = c.sections()
	h.Narrow("")
	return h
}

// Offer has the screen offer something else. What is selected stays selected, and what is unfolded unfolded, while it
// is there.
func (h *Screen) Offer(c Contents) {
	was, selected := h.Current()
	titles := map[string]bool{}
	for at, on := range h.toggled {
		titles[h.titleOf(at)] = on
	}
	h.sections, h.toggled = c.sections(), map[place]bool{}
	for i, s := range h.sections {
		for j := range s.groups {
			at := place{i, j, -1}
			h.toggled[at] = titles[h.titleOf(at)]
		}
	}
	h.rows = h.rowsOf()
	h.toFirst()
	for i, r := range h.rows {
		if selected && r.can && r.at.item >= 0 && h.item(r.at).same(was) {
			h.cursor = i
			return
		}
	}
}

// titleOf names a group, wherever it stands.
func (h *Screen) titleOf(at place) string {
	return h.sections[at.section].title + "\n" + h.group(at).title
}

// Narrow leaves the items that hold every word of the filter, with their groups unfolded, and goes to the first of
// them.
func (h *Screen) Narrow(filter string) {
	h.filter, h.toggled = filter, map[place]bool{}
	h.rows = h.rowsOf()
	h.toFirst()
	if _, item := h.Current(); filter != "" && !item {
		h.step(1)
	}
}

func (h *Screen) toFirst() {
	h.cursor = -1
	h.step(1)
}

// Current is the item under the cursor; false where that is none.
func (h *Screen) Current() (Item, bool) {
	if h.Empty() || h.rows[h.cursor].at.item < 0 {
		return Item{}, false
	}
	return h.item(h.rows[h.cursor].at), true
}

func (h *Screen) item(at place) Item { return h.group(at).items[at.item] }

func (h *Screen) group(at place) group { return h.sections[at.section].groups[at.group] }

// Resize takes a new size.
func (h *Screen) Resize(width, height int) { h.width, h.height = width, height }

// Move moves the cursor.
func (h *Screen) Move(a keymap.Action) {
	page := max(h.height/2, 1)
	n := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -2 * page,
		keymap.ActPageDown: 2 * page, keymap.ActHalfUp: -page, keymap.ActHalfDown: page,
		keymap.ActToFirst: -len(h.rows), keymap.ActToLast: len(h.rows)}[a]
	for range max(n, -n) {
		h.step(pane.Between(n, -1, 1))
	}
}

// step moves the cursor to the next row it can stand on, up or down; it stays where there is none.
func (h *Screen) step(by int) {
	for i := h.cursor + by; i >= 0 && i < len(h.rows); i += by {
		if h.rows[i].can {
			h.cursor = i
			return
		}
	}
}

// Fold folds the group under the cursor, or the one that the item there is in, and goes to it. It says why it does not.
func (h *Screen) Fold() (why string) {
	at, grouped := h.groupAt()
	switch {
	case !grouped:
		return "what is selected is in no group"
	case !h.unfolded(at):
		return "the group is folded already"
	}
	h.toggle(at)
	return ""
}

// Unfold unfolds the group under the cursor. It says why it does not.
func (h *Screen) Unfold() (why string) {
	at, grouped := h.groupAt()
	switch {
	case !grouped || h.rows[h.cursor].at.item >= 0:
		return "what is selected is no group: " + h.key(keymap.ActOpen) + " opens it"
	case h.unfolded(at):
		return "the group is unfolded already"
	}
	h.toggle(at)
	return ""
}

// Toggle folds or unfolds the group under the cursor; false where the cursor is on an item.
func (h *Screen) Toggle() bool {
	if h.Empty() || h.rows[h.cursor].at.item >= 0 {
		return false
	}
	h.toggle(h.rows[h.cursor].at)
	return true
}

// groupAt is the group that the cursor is in; false where that is none.
func (h *Screen) groupAt() (place, bool) {
	if h.Empty() {
		return place{}, false
	}
	at := h.rows[h.cursor].at
	at.item = -1
	return at, h.group(at).title != ""
}

func (h *Screen) toggle(at place) {
	h.toggled[at] = !h.toggled[at]
	h.rows = h.rowsOf()
	for i, r := range h.rows {
		if r.can && r.at == at {
			h.cursor = i
		}
	}
}

// Filter is what the items are filtered by; empty: nothing.
func (h *Screen) Filter() string { return h.filter }

// Empty reports whether nothing can be selected.
func (h *Screen) Empty() bool { return h.cursor < 0 }

// Select puts the cursor on row i; false where it was there.
func (h *Screen) Select(i int) bool {
	was := h.cursor
	h.cursor = i
	return was != i
}

// same reports whether an item opens what another does, from the same section.
func (it Item) same(other Item) bool {
	return it.Kind == other.Kind && it.Name == other.Name && it.double == other.double
}

// Mark marks the selected item, or takes its mark away; of more than most the oldest goes. It returns how many are
// marked then.
func (h *Screen) Mark(most int) int {
	it, ok := h.Current()
	if !ok {
		return len(h.marked)
	}
	if i := slices.IndexFunc(h.marked, it.same); i >= 0 {
		h.marked = slices.Delete(h.marked, i, i+1)
		return len(h.marked)
	}
	h.marked = append(h.marked, it)
	h.marked = h.marked[max(len(h.marked)-most, 0):]
	return len(h.marked)
}

// Unmark takes all marks away; false where there are none.
func (h *Screen) Unmark() bool {
	had := len(h.marked) > 0
	h.marked = nil
	return had
}

// Marked are the names of the items that are marked, in the order in which they were.
func (h *Screen) Marked() []string {
	var out []string
	for _, it := range h.marked {
		out = append(out, it.Name)
	}
	return out
}

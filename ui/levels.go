package ui

import (
	"doorstep/ui/keymap"
	"doorstep/ui/tab"
)

// levelsKept is how many levels can be gone back.
const levelsKept = 64

// openTab shows a tab over what is shown, until Esc.
func (h *handshake) openTab(t tab.Tab) {
	if h.tab != t {
		h.push(level{before: tabChoice{h.tab, h.picked, h.pane}, to: t})
	}
	h.showTab(t)
}

func (h *handshake) push(l level) {
	l.asked = h.asked
	if h.main != nil && h.main.Doc == nil && h.main.Events == nil {
		l.place = place{h.mainKey, h.main.Cursor, h.main.Top}
	}
	h.levels = append(h.levels, l)
	h.levels = h.levels[max(len(h.levels)-levelsKept, 0):]
}

// backFrom is the level that Esc leads back to; false where what was opened last is not shown any more, or something
// was opened over it.
func (h *handshake) backFrom() (level, bool) {
	n := len(h.levels)
	if n == 0 || h.levels[n-1].to != h.tab {
		return level{}, false
	}
	return h.levels[n-1], true
}

// goBack shows again what was shown before something was opened over it; false when nothing was.
func (h *handshake) goBack() bool {
	l, ok := h.backFrom()
	if !ok {
		return false
	}
	if l.page && h.pages() > l.pages {
		h.events.Back()
	}
	h.levels = h.levels[:len(h.levels)-1]
	h.takeBack(l.before)
	if l.to == tab.Diff {
		h.chosen = l.chosen
	}
	h.asked, h.resumes = l.asked, l.place
	if l.zoomed {
		h.prefers.Zoom = false
	}
	if h.prefers.Zoom {
		h.prefers.Pane = h.pane
	}
	return true
}

// pages is how many pages are open over the list of events.
func (h *handshake) pages() int {
	if h.events == nil {
		return 0
	}
	return len(h.events.Pages)
}

// pagesBelow reports whether a page was opened over the one that the last level is about.
func (h *handshake) pagesBelow() bool {
	l, ok := h.backFrom()
	if !ok || !l.page {
		return h.inEvents() && h.pages() > 0
	}
	return h.inEvents() && h.pages() > l.pages+1
}

// zoom gives the pane the whole screen, or takes it back.
func (h *handshake) zoom() {
	h.prefers.Zoom, h.prefers.Pane = !h.prefers.Zoom, h.pane
	h.unzoomed = h.pane
}

// tabOpenedBy is the tab that an action opens over what is shown; nil when it opens none.
func tabOpenedBy(a keymap.Action) tab.Tab {
	return map[keymap.Action]tab.Tab{keymap.ActShowChecks: tab.Checks,
		keymap.ActShowWhy: tab.Why, keymap.ActShowFindings: tab.Found}[a]
}

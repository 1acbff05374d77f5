package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/pane"
)

// wheelLines is how far one notch of the wheel scrolls.
const wheelLines = 3

func (h *handshake) mouseDid(msg tea.MouseMsg) {
	lay := h.layout
	switch {
	case msg.Action == tea.MouseActionRelease:
		h.dragging = false
	case msg.Action == tea.MouseActionMotion && h.dragging:
		h.drag(msg.X, msg.Y)
	case msg.Button == tea.MouseButtonWheelUp, msg.Button == tea.MouseButtonWheelDown:
		n := wheelLines
		if msg.Button == tea.MouseButtonWheelUp {
			n = -n
		}
		switch {
		case lay.ladder.has(msg.X, msg.Y):
			h.toRow(sign(n))
		case lay.payload.has(msg.X, msg.Y) && h.main != nil:
			h.main.Scroll(n)
		case lay.why.has(msg.X, msg.Y) && h.side != nil:
			h.side.Scroll(n)
		}
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		h.click(msg.X, msg.Y)
	}
}

func (h *handshake) click(x, y int) {
	lay := h.layout
	switch {
	case lay.ladder.has(x, y):
		h.pane = ladderPane
		if i, ok := h.ladder.RowAt(lay.ladder.w, lay.ladder.h, y-lay.ladder.y, h.opt); ok && i < len(h.story.Rows) {
			h.at, h.follow = h.story.Rows[i].ID, i == len(h.story.Rows)-1
		}
	case lay.kind != stacked && x == lay.ladder.w && lay.ladder.h > 0:
		h.dragging = true
	case y == lay.tabs && x >= lay.payload.x:
		h.pane = payloadPane
		for _, t := range tabSpans(h.tab, lay.payload.w) {
			if at := x - lay.payload.x; at >= t.start && at < t.end && t.tab.lacks(h.scene()) == "" {
				h.chooseTab(t.tab)
				return
			}
		}
		h.dragging = lay.kind == stacked && lay.ladder.h > 0
	case lay.payload.has(x, y):
		h.pane = payloadPane
		if h.main != nil && h.main.Events != nil {
			h.main.Events.Click(y - lay.payload.y)
		}
		if h.main != nil && h.main.Doc != nil {
			h.main.Cursor = h.main.Top + y - lay.payload.y
			h.main.Settle()
		}
	case lay.why.has(x, y):
		h.pane = whyPane
	}
}

// drag moves the border between the panes towards the pointer.
func (h *handshake) drag(x, y int) {
	here, border := x, h.layout.ladder.w
	if h.layout.kind == stacked {
		here, border = y, h.layout.tabs
	}
	if d := here - border; d > 3 || d < -3 {
		h.prefers.share = pane.Between(h.prefers.share+sign(d), -4, 4)
	}
}

package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/tab"
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
		case lay.Ladder.Has(msg.X, msg.Y):
			h.toRow(sign(n))
		case lay.Payload.Has(msg.X, msg.Y) && h.main != nil:
			h.main.Scroll(n)
		case lay.Why.Has(msg.X, msg.Y) && h.side != nil:
			h.side.Scroll(n)
		}
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		h.click(msg.X, msg.Y)
	}
}

func (h *handshake) click(x, y int) {
	lay := h.layout
	switch {
	case lay.Ladder.Has(x, y):
		h.pane = layout.Ladder
		if i, ok := h.ladder.RowAt(lay.Ladder.W, lay.Ladder.H, y-lay.Ladder.Y, h.opt); ok && i < len(h.story.Rows) {
			h.at, h.follow = h.story.Rows[i].ID, i == len(h.story.Rows)-1
			h.leaveHeads()
		} else if lane, ok := h.ladder.LaneAt(lay.Ladder.W, lay.Ladder.H, x-lay.Ladder.X, y-lay.Ladder.Y, h.opt); ok {
			h.toRow(-len(h.story.Rows))
			h.head = lane + 1
		}
	case lay.Kind != layout.Stacked && x == lay.Ladder.W && lay.Ladder.H > 0:
		h.dragging = true
	case y == lay.Tabs && x >= lay.Payload.X:
		h.pane = layout.Payload
		for _, t := range tab.Spans(h.tab, lay.Payload.W, h.Glyphs.Earlier, h.Glyphs.Later) {
			if at := x - lay.Payload.X; at >= t.Start && at < t.End && t.Tab.Lacks(h.scene()) == "" {
				h.chooseTab(t.Tab)
				return
			}
		}
		h.dragging = lay.Kind == layout.Stacked && lay.Ladder.H > 0
	case lay.Payload.Has(x, y):
		h.pane = layout.Payload
		if h.main != nil {
			h.main.Click(x-lay.Payload.X, y-lay.Payload.Y)
		}
	case lay.Why.Has(x, y):
		h.pane = layout.Why
		if h.side != nil {
			h.side.Click(x-lay.Why.X, y-lay.Why.Y)
		}
	}
}

// drag moves the border between the panes towards the pointer.
func (h *handshake) drag(x, y int) {
	here, border := x, h.layout.Ladder.W
	if h.layout.Kind == layout.Stacked {
		here, border = y, h.layout.Tabs
	}
	if d := here - border; d > 3 || d < -3 {
		h.prefers.Share = pane.Between(h.prefers.Share+sign(d), -4, 4)
	}
}

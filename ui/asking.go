package ui

import (
	"doorstep/ui/keymap"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// ask explains what the cursor is on, until Esc: in the tab Why, or where Why has a pane of its own there, next to what
// is asked about.
func (h *handshake) ask() {
	p, on := h.thing(), tab.Why
	if h.layout.Why.H > 0 && h.main != nil && h.main.Events == nil && !p.Nothing() {
		on = h.tab
	}
	if h.tab != tab.Why || h.asked.row != h.at || h.asked.thing.Key() != p.Key() {
		h.push(level{before: tabChoice{h.tab, h.picked, h.pane}, to: on})
	}
	h.asked = asked{h.at, on, p}
	h.showTab(on)
}

// askOn explains what the cursor has moved on to, where what it was on is explained next to it.
func (h *handshake) askOn() {
	if h.asked.on == h.tab && h.tab != tab.Why && h.asked.row == h.at && h.pane == layout.Payload {
		h.asked.thing = h.thing()
	}
}

// thing is what the cursor is on, in whatever has the keys: the head of a lane, a field, a line of a text, an event.
// Nothing: the row of the ladder.
func (h *handshake) thing() story.Pointed {
	if h.pane == layout.Ladder {
		if lane := h.head - 1; lane >= 0 && lane < len(h.ladder.Lanes) {
			return story.OfRoles(h.ladder.Lanes[lane].Role)
		}
		return story.Pointed{}
	}
	c := h.pointed(h.pane)
	if c != nil && c.Doc != nil {
		return h.scene().UnderBodysCursor()
	}
	return c.Pointed()
}

// toHeads moves the cursor from the first row to the heads of the lanes, where these are drawn; false where it is
// elsewhere.
func (h *handshake) toHeads() bool {
	if i, ok := h.story.Index(h.at); !ok || i > 0 || h.head > 0 || !h.ladder.Heads(h.layout.Ladder.W, h.opt) {
		return false
	}
	h.head = 1
	return true
}

// leaveHeads moves the cursor from the heads of the lanes back to the rows; false where it is there.
func (h *handshake) leaveHeads() bool {
	if h.head == 0 {
		return false
	}
	h.head, h.asked = 0, asked{}
	return true
}

// toLane moves the cursor n lanes on, and pans to where it is.
func (h *handshake) toLane(n int) {
	w := h.layout.Ladder.W
	h.head = pane.Between(h.head+n, 1, len(h.ladder.Lanes))
	for most := h.ladder.Pans(w, h.opt); !h.ladder.InView(h.head-1, w, h.opt); {
		pan := pane.Between(h.opt.Pan+sign(n), 0, most)
		if pan == h.opt.Pan {
			return
		}
		h.opt.Pan = pan
	}
}

// laneWords say what lane the cursor is on.
func (h *handshake) laneWords() string {
	lane := h.ladder.Lanes[h.head-1]
	return lane.Role + "  " + string(lane.Host) + "  " + h.Press(keymap.ActShowWhy) + " explains the role"
}

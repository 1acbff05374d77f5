package ui

import "doorstep/ui/pane"

// A frame has these sizes and up: below the first it is one line that says so, below the second the ladder is a list.
const (
	leastWidth, leastHeight = 40, 16
	fullWidth               = 60 // what the line asks for
	sideWidth               = 100
	threeWidth              = 160
	paneWidth               = 39 // a payload next to the ladder is never narrower
)

// A pane is one of the areas of the handshake screen.
type paneID int

// The panes, in the order Tab goes through them.
const (
	ladderPane paneID = iota
	payloadPane
	whyPane
)

// A rect is an area of the screen, in cells.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// An arrangementKind says where the panes stand.
type arrangementKind int

// The arrangements.
const (
	stacked arrangementKind = iota
	sideBySide
	threeZones
)

// A layout is where everything on the handshake screen is. The payload's tabs are the line above its area. A pane
// without an area is not shown.
type layout struct {
	kind                 arrangementKind
	ladder, payload, why rect
	tabs                 int // the line of the tabs; -1: none
	status               int // first line of the status
	statusLines          int
}

// A preference is what the reader changed about the layout.
type preference struct {
	flip  bool // the other arrangement than the size suggests
	share int  // tenths more, or less, for the ladder
	zoom  bool
	pane  paneID // the one that is zoomed
}

// arrange places the panes on a screen of that size.
func arrange(width, height int, w preference) layout {
	l := layout{kind: stacked, tabs: -1, statusLines: 2}
	if height < 20 {
		l.statusLines = 1
	}
	top, room := 1, max(height-2-l.statusLines, 1)
	l.status = top + room
	switch {
	case width >= threeWidth:
		l.kind = threeZones
	case width >= sideWidth:
		l.kind = sideBySide
	}
	if w.flip {
		if l.kind == stacked && width >= 2*paneWidth {
			l.kind = sideBySide
		} else {
			l.kind = stacked
		}
	}
	switch {
	case w.zoom && w.pane == ladderPane:
		l.ladder = rect{0, top, width, room}
		return l
	case w.zoom && w.pane == payloadPane:
		l.tabs, l.payload = top, rect{0, top + 1, width, room - 1}
		return l
	case w.zoom:
		l.why = rect{0, top + 1, width, room - 1}
		return l
	}
	if l.kind == stacked {
		h := pane.Between(room*(11+2*w.share)/20, 4, room-4)
		l.ladder = rect{0, top, width, h}
		l.tabs, l.payload = top+h, rect{0, top + h + 1, width, max(room-h-1, 0)}
		return l
	}
	wide := pane.Between(width*(60+10*w.share)/100, paneWidth, width-paneWidth-1)
	if w.share == 0 { // lanes rather than a list
		wide = max(wide, min(fullWidth, width-paneWidth-1))
	}
	l.ladder = rect{0, top, wide, room}
	right := rect{wide + 1, top, width - wide - 1, room}
	l.tabs, l.payload = right.y, rect{right.x, right.y + 1, right.w, right.h - 1}
	if l.kind == threeZones {
		h := right.h * 6 / 10
		l.payload.h = h - 1
		l.why = rect{right.x, right.y + h + 1, right.w, right.h - h - 1}
	}
	return l
}

// panes are the panes that are shown, in the order Tab goes through them.
func (l layout) panes() []paneID {
	var out []paneID
	for p, r := range []rect{l.ladder, l.payload, l.why} {
		if r.h > 0 {
			out = append(out, paneID(p))
		}
	}
	return out
}

// Package layout says where everything on the handshake screen is.
package layout

import "doorstep/ui/pane"

// A frame has these sizes and up: below the first it is one line that says so, below the second the ladder is a list.
const (
	LeastWidth, LeastHeight = 40, 16
	FullWidth               = 60 // what the line asks for
	sideWidth               = 100
	threeWidth              = 160
	paneWidth               = 39 // a payload next to the ladder is never narrower
	lowHeight               = 30
	readWidth               = 52 // and not narrower than this where the ladder can be drawn with lanes next to it
)

// A Pane is one of the areas of the handshake screen.
type Pane int

// The panes, in the order Tab goes through them.
const (
	Ladder Pane = iota
	Payload
	Why
)

// A Rect is an area of the screen, in cells.
type Rect struct{ X, Y, W, H int }

// Has reports whether a cell is in the area.
func (r Rect) Has(x, y int) bool { return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H }

// A Kind of layout says where the panes stand.
type Kind int

// The kinds of layouts.
const (
	Stacked Kind = iota
	SideBySide
	ThreeZones
)

// A Layout is where everything on the handshake screen is. The payload's tabs are the line above its area. A pane
// without an area is not shown.
type Layout struct {
	Kind                 Kind
	Ladder, Payload, Why Rect
	Tabs                 int // the line of the tabs; -1: none
	Status               int // first line of the status
	StatusLines          int
}

// A Preference is what the reader changed about the layout.
type Preference struct {
	Flip  bool // the other arrangement than the size suggests
	Share int  // tenths more, or less, for the ladder
	Zoom  bool
	Pane  Pane // the one that is zoomed
}

// Arrange places the panes on a screen of that size. lanes is the width at which the labels of the ladder fit: what is
// beyond it goes to the payload. keys is the pane that has the keys; below the ladder, the payload is higher with them.
func Arrange(width, height, lanes int, keys Pane, w Preference) Layout {
	l := Layout{Kind: Stacked, Tabs: -1, StatusLines: 2}
	if height < 20 {
		l.StatusLines = 1
	}
	top, room := 1, max(height-2-l.StatusLines, 1)
	l.Status = top + room
	switch {
	case width >= threeWidth:
		l.Kind = ThreeZones
	case width >= sideWidth:
		l.Kind = SideBySide
	}
	if w.Flip {
		if l.Kind == Stacked && width >= 2*paneWidth {
			l.Kind = SideBySide
		} else {
			l.Kind = Stacked
		}
	}
	switch {
	case w.Zoom && w.Pane == Ladder:
		l.Ladder = Rect{0, top, width, room}
		return l
	case w.Zoom && w.Pane == Payload:
		l.Tabs, l.Payload = top, Rect{0, top + 1, width, room - 1}
		return l
	case w.Zoom:
		l.Why = Rect{0, top + 1, width, room - 1}
		return l
	}
	if l.Kind == Stacked {
		h := pane.Between(room*(stackedShare(height, keys)+2*w.Share)/20, 4, room-4)
		l.Ladder = Rect{0, top, width, h}
		l.Tabs, l.Payload = top+h, Rect{0, top + h + 1, width, max(room-h-1, 0)}
		return l
	}
	wide := pane.Between(sideways(width, lanes)+width*w.Share/10, paneWidth, width-paneWidth-1)
	l.Ladder = Rect{0, top, wide, room}
	right := Rect{wide + 1, top, width - wide - 1, room}
	l.Tabs, l.Payload = right.Y, Rect{right.X, right.Y + 1, right.W, right.H - 1}
	if l.Kind == ThreeZones {
		h := right.H * 6 / 10
		l.Payload.H = h - 1
		l.Why = Rect{right.X, right.Y + h + 1, right.W, right.H - h - 1}
	}
	return l
}

// stackedShare is how many twentieths of the lines the ladder has above the payload. On a low screen who reads the
// payload sees the rows around the selected one, and more of what is read.
func stackedShare(height int, keys Pane) int {
	if keys == Payload && height < lowHeight {
		return 6
	}
	return 11
}

// sideways is how wide the ladder is next to the payload: as wide as its labels need where that leaves enough to read,
// and otherwise as wide as lanes have to be.
func sideways(width, lanes int) int {
	return min(max(min(lanes, width-1-readWidth), FullWidth), width-paneWidth-1)
}

// Panes are the panes that are shown, in the order Tab goes through them.
func (l Layout) Panes() []Pane {
	var out []Pane
	for p, r := range []Rect{l.Ladder, l.Payload, l.Why} {
		if r.H > 0 {
			out = append(out, Pane(p))
		}
	}
	return out
}

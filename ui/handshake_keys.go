package ui

import (
	"maps"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/story"
)

// where says which keys the screen takes.
func (h *handshake) where() place {
	if h.pane == ladderPane {
		return inLadder
	}
	return inPayload
}

// unavailable says why an action has no effect now; empty when it has one.
func (h *handshake) unavailable(a action) string {
	if t := chosenTab(a); t != nil {
		return t.lacks(h.scene())
	}
	switch a {
	case actStepOn:
		return h.whyNoStep()
	case actGoOn:
		if h.busy || h.going {
			return ""
		}
		return h.whyNoStep()
	case actStepBack:
		if h.shown == 0 {
			return "this is the beginning"
		}
	case actShowDiff:
		return diffTab.lacks(h.scene())
	case actShowChecks:
		return checksTab.lacks(h.scene())
	case actShowGraph, actShowWork:
		return h.lacksSubject()
	case actFindNext, actFindPrev:
		if h.find == "" {
			return "nothing has been searched for: / does"
		}
	case actMarkRow:
		if h.at.Seq <= 0 {
			return "only messages and local work can be marked"
		}
	case actBodyMode:
		if h.bodies[h.at.Seq] == nil {
			return "this row has no body"
		}
	case actGrow, actShrink:
		if h.wish.zoom {
			return "one pane has the whole screen: z gives it back"
		}
	}
	return ""
}

// perform does what a key asks for. notice is what to tell the reader.
func (h *handshake) perform(a action) (cmd tea.Cmd, notice string) {
	if t := chosenTab(a); t != nil {
		h.chooseTab(t)
		return nil, ""
	}
	switch a {
	case actStepOn:
		return h.step(), ""
	case actGoOn:
		return h.goOn(), ""
	case actStepBack:
		h.stepBack()
	case actUp, actDown, actPageUp, actPageDown, actHalfUp, actHalfDown, actToFirst, actToLast:
		return nil, h.move(a)
	case actLeft:
		h.sideways(-1)
	case actRight:
		h.sideways(1)
	case actNextPane:
		h.turn(1)
	case actPrevPane:
		h.turn(-1)
	case actOpen:
		h.open()
	case actNextTab:
		h.chooseTab(tabAfter(h.tab, 1))
	case actPrevTab:
		h.chooseTab(tabAfter(h.tab, -1))
	case actShowGraph:
		h.lookInto(graphPage)
	case actShowWork:
		h.lookInto(workPage)
	case actShowDiff:
		h.chooseTab(diffTab)
	case actShowChecks:
		h.chooseTab(checksTab)
	case actShowWhy:
		h.chooseTab(whyTab)
	case actBodyMode:
		return nil, h.nextBodyMode()
	case actFilterRows:
		h.view.Filter = (h.view.Filter + 1) % story.Filters
		return nil, "rows: " + h.view.Filter.String()
	case actTimeMode:
		h.opt.Time = h.opt.Time.Next()
		return nil, "time: " + h.opt.Time.String()
	case actMarkRow:
		h.mark()
	case actZoom:
		h.wish.zoom, h.wish.pane = !h.wish.zoom, h.pane
	case actArrangement:
		h.wish.flip = !h.wish.flip
	case actGrow:
		h.wish.share = min(h.wish.share+1, 4)
	case actShrink:
		h.wish.share = max(h.wish.share-1, -4)
	}
	return nil, ""
}

// move moves in the pane that has the keys.
func (h *handshake) move(a action) (notice string) {
	digits := h.count
	h.count = ""
	if digits != "" && (a == actToFirst || a == actToLast) {
		return h.jump(digits)
	}
	if h.pane == ladderPane {
		h.moveRow(a)
		return ""
	}
	c := h.pointed(h.pane)
	switch a {
	case actUp:
		c.move(-1)
	case actDown:
		c.move(1)
	case actPageUp:
		c.page(-2)
	case actPageDown:
		c.page(2)
	case actHalfUp:
		c.page(-1)
	case actHalfDown:
		c.page(1)
	case actToFirst:
		c.end(false)
	case actToLast:
		c.end(true)
	}
	return ""
}

// pointed is the content of a pane beside the ladder.
func (h *handshake) pointed(p pane) *content {
	if p == whyPane && h.side != nil {
		return h.side
	}
	return h.main
}

func (h *handshake) moveRow(a action) {
	half := max(h.layout.ladder.h/2, 1)
	switch a {
	case actUp:
		h.toRow(-1)
	case actDown:
		h.toRow(1)
	case actPageUp:
		h.toRow(-2 * half)
	case actPageDown:
		h.toRow(2 * half)
	case actHalfUp:
		h.toRow(-half)
	case actHalfDown:
		h.toRow(half)
	case actToFirst:
		h.toRow(-len(h.story.Rows))
	case actToLast:
		h.toRow(len(h.story.Rows))
	}
}

func (h *handshake) sideways(n int) {
	if h.pane != ladderPane {
		h.fieldways(n)
		return
	}
	if h.fold(n < 0) {
		return
	}
	h.opt.Pan = between(h.opt.Pan+n, 0, h.ladder.Pans(h.layout.ladder.w, h.opt))
}

// fieldways folds and unfolds in a body, or scrolls it where its lines are not folded.
func (h *handshake) fieldways(n int) {
	c := h.pointed(h.pane)
	const cells = 8
	switch {
	case c.events != nil:
		c.events.pan(n * cells)
	case c.doc == nil:
	case n > 0 && c.doc.Unfold(c.cursor):
	case n > 0:
		c.left += cells
	case c.left > 0:
		c.left = max(c.left-cells, 0)
	case c.doc.Mode() == render.Pretty:
		c.cursor = c.doc.Fold(c.cursor)
	}
}

// turn gives the keys to another pane.
func (h *handshake) turn(n int) {
	if h.wish.zoom {
		h.wish.pane = []pane{payloadPane, ladderPane, ladderPane}[h.wish.pane]
		h.pane = h.wish.pane
		return
	}
	panes := h.layout.panes()
	for i, p := range panes {
		if p == h.pane {
			h.pane = panes[(i+n+len(panes))%len(panes)]
			return
		}
	}
}

// open zooms the payload; from there Esc leads back.
func (h *handshake) open() {
	if r, ok := h.selected(); ok && h.pane == ladderPane && r.Kind == render.Phase {
		h.fold(!h.view.Folded[r.Stretch])
		return
	}
	if h.inEvents() {
		h.main.events.open()
		return
	}
	if h.jumpToEvidence() {
		return
	}
	if h.pane == ladderPane {
		h.pane = payloadPane
	}
	h.wish.zoom, h.wish.pane = true, h.pane
}

// escape goes one level back; false when there is none.
func (h *handshake) escape() bool {
	switch {
	case h.count != "":
		h.count = ""
	case h.find != "":
		h.find = ""
	case h.inEvents() && h.main.events.back():
	case h.wish.zoom:
		h.wish.zoom = false
		h.pane = ladderPane
	case len(h.view.Marked) > 0:
		h.view.Marked = map[int]bool{}
		h.stale()
	case h.pane != ladderPane:
		h.pane = ladderPane
	default:
		return false
	}
	return true
}

func (h *handshake) nextBodyMode() (notice string) {
	c := h.bodies[h.at.Seq]
	offset := c.doc.Offset(c.cursor)
	before := c.doc.Mode()
	for range 3 {
		c.doc.SetMode((c.doc.Mode() + 1) % 3)
		if c.doc.Mode() != before {
			break
		}
	}
	c.layOut(h.Look, h.layout.payload.w, h.layout.payload.h)
	c.cursor, c.left = c.doc.Reveal(offset), 0
	h.tab, h.picked = bodyTab, true
	return "body: " + c.doc.Title()
}

func (h *handshake) mark() {
	h.view.Marked = maps.Clone(h.view.Marked)
	if h.view.Marked[h.at.Seq] {
		delete(h.view.Marked, h.at.Seq)
	} else {
		h.view.Marked[h.at.Seq] = true
	}
	h.stale()
}

// digit takes a digit: it chooses a tab at once, and counts for a g that may follow.
func (h *handshake) digit(d byte) {
	const most = 9
	if len(h.count) == most {
		h.count = h.count[1:]
	}
	h.before = append(h.before[max(len(h.before)-most+1, 0):], tabChoice{h.tab, h.picked})
	h.count += string(d)
	h.before = h.before[len(h.before)-len(h.count):]
	if t := tabOfKey(string(d)); t != nil {
		h.chooseTab(t)
	}
}

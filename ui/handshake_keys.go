package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// where says which keys the screen takes.
func (h *handshake) where() keymap.Place {
	if h.pane == layout.Ladder {
		return keymap.InLadder
	}
	switch {
	case h.onPage():
		return keymap.OnPage
	case h.inEvents():
		return keymap.InEvents
	}
	return keymap.InPane
}

// unavailable says why an action has no effect now; empty when it has one.
func (h *handshake) unavailable(a keymap.Action) string {
	if t := tab.Chosen(a); t != nil {
		return t.Lacks(h.scene())
	}
	switch a {
	case keymap.ActStepOn:
		return h.whyNoStep()
	case keymap.ActGoOn:
		if h.busy || h.going {
			return ""
		}
		return h.whyNoStep()
	case keymap.ActStepBack, keymap.ActRewind, keymap.ActPhaseBack:
		if h.shown == 0 {
			return "this is the beginning"
		}
	case keymap.ActPlay:
		if !h.playing.on {
			return h.playable()
		}
	case keymap.ActPhaseOn:
		if h.shown == len(h.whole.Entries) {
			return h.whyNoMore()
		}
	case keymap.ActAskAgain:
		return h.whyNotAgain()
	case keymap.ActWhatIf:
		return h.whyNotEdited()
	case keymap.ActOther:
		return h.whyOneBranch()
	case keymap.ActShowDiff:
		if !h.others {
			return tab.Diff.Lacks(h.scene())
		}
	case keymap.ActNextPair, keymap.ActPrevPair:
		return h.whyNoPair()
	case keymap.ActShowChecks:
		return tab.Checks.Lacks(h.scene())
	case keymap.ActShowFindings, keymap.ActNextFinding, keymap.ActPrevFinding:
		return tab.Found.Lacks(h.scene())
	case keymap.ActShowGraph, keymap.ActShowWork:
		return h.lacksSubject()
	case keymap.ActFindNext, keymap.ActFindPrev:
		if h.find == "" {
			return "nothing has been searched for: " + h.Press(keymap.ActFind) + " does"
		}
	case keymap.ActOpen:
		if h.onPage() && h.main.Events.Page().Kind != pane.GraphPage {
			return "the event is open: " + h.Press(keymap.ActShowGraph) + " shows what it rests on"
		}
	case keymap.ActMarkRow:
		if h.at.Seq <= 0 {
			return "only messages and local work can be marked"
		}
	case keymap.ActBodyMode:
		if h.bodies[h.at.Seq] == nil {
			return "this row has no body"
		}
	case keymap.ActFoldAll, keymap.ActUnfoldAll, keymap.ActFoldTo:
		_, why := h.folded()
		return why
	case keymap.ActGrow, keymap.ActShrink:
		if h.prefers.Zoom {
			return "one pane has the whole screen: " + h.Press(keymap.ActZoom) + " gives it back"
		}
	}
	return ""
}

// perform does what a key asks for. notice is what to tell the reader.
func (h *handshake) perform(a keymap.Action) (cmd tea.Cmd, notice string) {
	if t := tab.Chosen(a); t != nil {
		h.chooseTab(t)
		return nil, ""
	}
	if t := tabOpenedBy(a); t != nil {
		if t == tab.Why {
			h.ask()
			return nil, ""
		}
		h.openTab(t)
		h.asked = asked{}
		h.enterWhole(t)
		return nil, ""
	}
	switch a {
	case keymap.ActStepOn:
		return h.step(), ""
	case keymap.ActGoOn:
		return h.goOn(), ""
	case keymap.ActStepBack:
		h.stepBack()
	case keymap.ActPlay:
		return h.play(), ""
	case keymap.ActRewind, keymap.ActPhaseOn, keymap.ActPhaseBack:
		h.travel(a)
	case keymap.ActSlower:
		return h.atPace(-1)
	case keymap.ActFaster:
		return h.atPace(1)
	case keymap.ActAskAgain:
		return h.askAgain(), ""
	case keymap.ActUp, keymap.ActDown, keymap.ActPageUp, keymap.ActPageDown, keymap.ActHalfUp,
		keymap.ActHalfDown, keymap.ActToFirst, keymap.ActToLast:
		return nil, h.move(a)
	case keymap.ActLeft:
		h.sideways(-1)
	case keymap.ActRight:
		h.sideways(1)
	case keymap.ActNextPane:
		h.turn(1)
	case keymap.ActPrevPane:
		h.turn(-1)
	case keymap.ActOpen:
		h.open()
	case keymap.ActNextTab:
		h.chooseTab(tab.After(h.tab, 1))
	case keymap.ActPrevTab:
		h.chooseTab(tab.After(h.tab, -1))
	case keymap.ActShowGraph:
		h.lookInto(pane.GraphPage)
	case keymap.ActShowWork:
		h.lookInto(pane.WorkPage)
	case keymap.ActSortNext, keymap.ActSortPrev, keymap.ActReverse, keymap.ActServers, keymap.ActCharts:
		h.rearrange(a)
	case keymap.ActNextFinding:
		return nil, h.toFinding(1)
	case keymap.ActPrevFinding:
		return nil, h.toFinding(-1)
	case keymap.ActFoldAll:
		h.foldTo(1)
	case keymap.ActUnfoldAll:
		h.foldTo(0)
	case keymap.ActBodyMode:
		return nil, h.nextBodyMode()
	case keymap.ActFilterRows:
		h.view.Filter = (h.view.Filter + 1) % story.Filters
		return nil, "rows: " + h.view.Filter.String()
	case keymap.ActTimeMode:
		h.opt.Time = h.opt.Time.Next()
		return nil, "time: " + h.opt.Time.String()
	case keymap.ActNextPair:
		h.nextPair(1)
	case keymap.ActPrevPair:
		h.nextPair(-1)
	case keymap.ActMarkRow:
		return nil, h.mark()
	case keymap.ActZoom:
		h.zoom()
	case keymap.ActArrangement:
		h.prefers.Flip = !h.prefers.Flip
	case keymap.ActGrow:
		h.prefers.Share = min(h.prefers.Share+1, 4)
	case keymap.ActShrink:
		h.prefers.Share = max(h.prefers.Share-1, -4)
	}
	return nil, ""
}

// move moves in the pane that has the keys.
func (h *handshake) move(a keymap.Action) (notice string) {
	h.expire()
	digits := h.count
	h.count = ""
	if digits != "" && (a == keymap.ActToFirst || a == keymap.ActToLast) {
		return h.jump(digits)
	}
	if h.pane == layout.Ladder {
		h.moveRow(a)
		return ""
	}
	h.pointed(h.pane).Do(a)
	return ""
}

// pointed is the content of a pane other than the ladder.
func (h *handshake) pointed(p layout.Pane) *pane.Content {
	if p == layout.Why && h.side != nil {
		return h.side
	}
	return h.main
}

func (h *handshake) moveRow(a keymap.Action) {
	half := max(h.layout.Ladder.H/2, 1)
	switch {
	case a == keymap.ActUp && (h.head > 0 || h.toHeads()):
		return
	case h.leaveHeads() && a == keymap.ActDown:
		return
	}
	switch a {
	case keymap.ActUp:
		h.toRow(-1)
	case keymap.ActDown:
		h.toRow(1)
	case keymap.ActPageUp:
		h.toRow(-2 * half)
	case keymap.ActPageDown:
		h.toRow(2 * half)
	case keymap.ActHalfUp:
		h.toRow(-half)
	case keymap.ActHalfDown:
		h.toRow(half)
	case keymap.ActToFirst:
		h.toRow(-len(h.story.Rows))
	case keymap.ActToLast:
		h.toRow(len(h.story.Rows))
	}
}

func (h *handshake) sideways(n int) {
	if h.pane != layout.Ladder {
		h.pointed(h.pane).Sideways(n)
		return
	}
	if h.head > 0 {
		h.toLane(n)
		return
	}
	if h.fold(n < 0) {
		return
	}
	h.opt.Pan = pane.Between(h.opt.Pan+n, 0, h.ladder.Pans(h.layout.Ladder.W, h.opt))
}

// turn gives the keys to another pane.
func (h *handshake) turn(n int) {
	if h.prefers.Zoom {
		h.prefers.Pane = []layout.Pane{layout.Payload, layout.Ladder, layout.Ladder}[h.prefers.Pane]
		h.pane = h.prefers.Pane
		return
	}
	panes := h.layout.Panes()
	for i, p := range panes {
		if p == h.pane {
			h.pane = panes[(i+n+len(panes))%len(panes)]
			return
		}
	}
}

// open zooms the payload; from there Esc leads back.
func (h *handshake) open() {
	if r, ok := h.selected(); ok && h.pane == layout.Ladder && r.Kind == render.Phase {
		h.fold(!r.Folded)
		return
	}
	if h.inEvents() {
		h.main.Events.Open()
		return
	}
	if h.pane != layout.Ladder && h.pointed(h.pane).Offers() {
		h.ask()
		return
	}
	if h.jumpToEvidence() {
		return
	}
	if h.pane == layout.Payload && h.tab == tab.Diff && h.main != nil && h.main.OnEqual() {
		h.main.UnfoldEqual(!h.main.Unfolded())
		return
	}
	if h.prefers.Zoom && h.pane == layout.Payload {
		return
	}
	before := h.pane
	if h.pane == layout.Ladder {
		h.pane = layout.Payload
	}
	h.prefers.Zoom, h.prefers.Pane, h.unzoomed = true, h.pane, before
}

// escape goes one level back; false when there is none.
func (h *handshake) escape() bool {
	switch {
	case h.count != "":
		h.count = ""
	case h.head > 0 && h.tab != tab.Why && h.leaveHeads():
	case h.find != "":
		h.lookFor("")
		if h.main != nil {
			h.main.Left = 0 // a match may have been far to the right
		}
	case h.pagesBelow() && h.main.Events.Back():
	case h.goBack():
	case h.inEvents() && h.main.Events.Back():
	case h.prefers.Zoom:
		h.prefers.Zoom = false
		h.pane = h.unzoomed
	case h.view.Filter != story.Everything:
		h.view.Filter = story.Everything
	case len(h.marks) > 0:
		h.setMarks(nil)
	case h.pane != layout.Ladder:
		h.pane = layout.Ladder
	default:
		return false
	}
	return true
}

func (h *handshake) nextBodyMode() (notice string) {
	c := h.bodies[h.at.Seq]
	offset := c.Doc.Offset(c.Cursor)
	switch before := c.Doc.Mode(); {
	case c.Received != nil:
		c.AsReceived()
		c.Doc.SetMode(render.Raw)
		offset = 0
	case before == render.Pretty && c.Canonical():
		offset = 0
	default:
		for range 3 {
			c.Doc.SetMode((c.Doc.Mode() + 1) % 3)
			if c.Doc.Mode() != before {
				break
			}
		}
	}
	c.LayOut(h.Look, h.layout.Payload.W, h.layout.Payload.H)
	c.Cursor, c.Left = c.Doc.Reveal(offset), 0
	h.tab, h.picked = tab.Body, true
	return "body: " + c.Doc.Title()
}

// counting is for how long digits may become a number before g. Later they have only been tabs.
const counting = time.Second

// digit takes a digit: it chooses a tab at once, and counts for a g that comes soon. notice tells of a number that may
// be meant.
func (h *handshake) digit(d byte) (notice string) {
	const most = 9
	h.expire()
	if len(h.count) == most {
		h.count = h.count[1:]
	}
	h.before = append(h.before[max(len(h.before)-most+1, 0):], tabChoice{h.tab, h.picked, h.pane})
	h.count += string(d)
	h.digitAt = h.now()
	h.before = h.before[len(h.before)-len(h.count):]
	if t := tab.OfKey(string(d)); t != nil {
		h.chooseTab(t)
		h.enterWhole(t)
	}
	if len(h.count) > 1 {
		return h.count + " so far: " + h.Press(keymap.ActToFirst) + " goes to entry " + h.count
	}
	return ""
}

// expire drops a number that was not completed in time.
func (h *handshake) expire() {
	if h.count != "" && h.now().Sub(h.digitAt) > counting {
		h.count = ""
	}
}

// enterWhole gives the keys to a tab that is about all of the handshake, not about the row: it is there to be moved in.
func (h *handshake) enterWhole(t tab.Tab) {
	if (t == tab.Events || t == tab.Found) && h.layout.Payload.H > 0 && t.Lacks(h.scene()) == "" {
		h.pane = layout.Payload
	}
}

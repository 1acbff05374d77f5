package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// settle makes everything fit together again after a change: the layout, the rows, the selection, what the panes show.
// What takes long is returned as a command.
func (h *handshake) settle() tea.Cmd {
	h.arrange()
	if panes := h.layout.Panes(); len(panes) > 0 && !has(panes, h.pane) {
		h.pane = panes[0]
	}
	looking := h.remakeRows()
	h.arrange() // the rows, whose number of lines stays, say how wide they want to be
	h.arrives()
	h.choose()
	return tea.Batch(looking, h.fill(), h.countOn())
}

// arrange lays the panes out.
func (h *handshake) arrange() {
	h.layout = layout.Arrange(h.width, h.height, h.ladder.Wants(h.width), h.pane, h.prefers)
}

func has(panes []layout.Pane, p layout.Pane) bool {
	for _, q := range panes {
		if q == p {
			return true
		}
	}
	return false
}

// choose finds the row that is selected, or the one closest to it.
func (h *handshake) choose() {
	rows := h.story.Rows
	if len(rows) == 0 {
		h.at = story.RowID{}
		return
	}
	if _, ok := h.story.Index(h.at); !ok {
		h.at = h.closest(h.at)
	}
	i, _ := h.story.Index(h.at)
	r := h.layout.Ladder
	if r.H > 0 {
		h.ladder.Cursor, h.ladder.Top = i, h.top
		if h.follow && i+1 < len(rows) { // what comes next stays in view too
			h.ladder.Cursor = i + 1
		}
		first, _ := h.ladder.Window(r.W, r.H, h.opt)
		h.top = min(first, i)
	}
	h.ladder.Cursor, h.ladder.Top = i, h.top
	if h.pane != layout.Ladder || i > 0 || h.head > len(h.ladder.Lanes) || !h.ladder.Heads(r.W, h.opt) {
		h.head = 0
	}
	h.ladder.Head = h.head
}

// closest is the row to select where id is not shown: the one that shows the same entry, or the last before it.
func (h *handshake) closest(id story.RowID) story.RowID {
	best := h.story.Rows[0].ID
	for _, r := range h.story.Rows {
		switch {
		case id.Seq > 0 && r.Failure == id.Seq:
			return r.ID
		case id.Ghost, r.ID.Seq > 0 && r.ID.Seq <= max(id.Seq, id.Unheard):
			if r.Kind != render.Gap {
				best = r.ID
			}
		}
	}
	return best
}

// fill makes the contents of the panes where what they depend on has changed, and lays them out.
func (h *handshake) fill() tea.Cmd {
	h.askOn()
	s := h.scene()
	var cmd tea.Cmd
	if s.Row.ID.Seq > 0 && h.bodies[s.Row.ID.Seq] == nil { // whatever tab is shown: others follow the cursor of the body
		_, cmd = h.body(s)
		s = h.scene()
	}
	h.tab = h.shownTab(s)
	key := contentKey{at: h.at, tab: h.tab, shown: h.shown, failure: s.Row.Failure}
	needs := h.tab.Depends()
	if needs.Field {
		key.field = s.Field
	}
	if h.tab == tab.Why {
		key.field += " " + s.Asked.Key()
	}
	if h.tab == tab.Events {
		cmd = tea.Batch(cmd, h.showEvents(s))
	}
	if needs.Pair {
		cmd = tea.Batch(cmd, h.compareOn(s))
		key.field = h.pairKey(s)
	}
	h.attend(s)
	if needs.Subject {
		on := h.Subject(s)
		key.field += " " + on.ID + on.Where + on.From.Words()
	}
	if key != h.mainKey || h.main == nil {
		kept := h.main
		h.main = tab.Show(h.tab, h, s)
		if kept != nil && h.main.Doc == nil && key.at == h.mainKey.at && key.tab == h.mainKey.tab &&
			key.field == h.mainKey.field {
			h.main.Top, h.main.Cursor, h.main.Layout = kept.Top, kept.Cursor, kept.Layout
		}
		if h.resumes.of == key && h.main.Doc == nil {
			h.main.Cursor, h.main.Top = h.resumes.cursor, h.resumes.top
		}
		h.mainKey, h.resumes = key, place{}
	}
	if r := h.layout.Payload; r.W > 0 && r.H > 0 {
		h.main.LayOut(h.Look, r.W, r.H)
		h.arrive()
	}
	if r := h.layout.Why; r.H > 0 {
		key := contentKey{at: h.at, shown: h.shown, field: s.Field + " " + s.Asked.Key()}
		if key != h.sideKey || h.side == nil {
			h.side, h.sideKey = &pane.Content{Text: s.WhyText()}, key
		}
		h.side.LayOut(h.Look, r.W, r.H)
	}
	return cmd
}

// arrive shows where a search ended, once what holds it is there.
func (h *handshake) arrive() {
	f := &h.search
	here := f.found != (match{}) && f.found.part.tab() == h.tab && (f.found.seq == 0 || f.found.seq == h.at.Seq)
	switch {
	case !here:
		h.main.Find(-1, false)
	case h.main.Text != nil && f.found.part != inBody:
		h.main.Find(f.found.offset, f.goTo)
		f.goTo = false
	case f.goTo && h.main.Doc != nil:
		h.main.AsReceived()
		h.main.GoTo(f.found.offset, h.layout.Payload.W, h.Glyphs)
		f.goTo = false
	}
}

// shownTab is the tab in use: the one the reader chose, otherwise the one that says most about the row, and that no
// other pane shows.
func (h *handshake) shownTab(s *story.Scene) tab.Tab {
	if h.picked {
		return h.tab
	}
	if t := tab.Natural(s); t != tab.Why || h.layout.Why.H == 0 {
		return t
	}
	return tab.Body
}

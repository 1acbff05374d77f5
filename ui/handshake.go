package ui

import (
	"context"
	"maps"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// bodyAtOnce is the size of a body up to which it is read while the frame waits, in bytes. Larger ones are read beside.
const bodyAtOnce = 1 << 20

// A handshake is the screen of one trace: the ladder, the payload of the selected row, what there is to say about it.
type handshake struct {
	theme.Look
	id     int    // messages of another run are not for this one
	name   string // the scenario or recording, as it was asked for
	direct bool   // it was opened from the command line: leaving it quits
	src    Source
	live   bool
	stop   func()
	ctx    context.Context
	end    context.CancelFunc

	whole    flow.Trace
	shown    int // entries of it that are shown
	view     story.View
	told     storyKey // what story was made of
	story    story.Story
	ladder   render.Ladder
	findings []diagnose.Finding
	at       story.RowID // the selected row
	follow   bool        // selects what comes in
	top      int         // first row of the ladder

	width, height int
	wish          wish
	layout        layout
	pane          pane
	tab           tab
	picked        bool // the reader chose the tab
	opt           render.LadderOptions

	bodies    map[int]*content // by Seq
	loading   map[int]bool
	main      *content
	mainKey   contentKey
	events    *events // of the answer to send_join; nil: there is none yet
	listing   int     // Seq of the answer whose events are being listed beside
	attention attention
	side      *content // the Why beside
	sideKey   contentKey
	find      string // what is searched for
	found     spot   // where it was found last
	goTo      bool   // the cursor of the body is to go there
	dragging  bool   // the border between the panes

	count  string      // digits typed
	before []tabChoice // the tab before each of them

	going  bool // does step after step
	busy   bool // a step is being done
	cancel context.CancelFunc
	had    int           // entries there were when it was begun
	since  time.Time     // when it was first counted
	waited time.Duration // as last counted
	after  func(time.Duration, func(time.Time) tea.Msg) tea.Cmd

	consent consent // to sending the join
}

// A tabChoice is the tab in use, and whether the reader chose it.
type tabChoice struct {
	tab    tab
	picked bool
}

// A storyKey says what a story depends on: as long as it stays the same, so does the story.
type storyKey struct {
	shown  int
	filter story.Filter
	phases bool
	ghost  bool
	change int // of folds and marks
}

// A contentKey says what a content depends on.
type contentKey struct {
	at      story.RowID
	tab     tab
	shown   int
	failure int
	field   string
}

// newHandshake returns the screen of a source. ctx ends with the screen.
func newHandshake(ctx context.Context, l theme.Look, id int, name string, src Source, live bool, stop func()) *handshake {
	ctx, end := context.WithCancel(ctx)
	h := &handshake{
		Look: l, id: id, name: name, src: src, live: live, stop: stop, ctx: ctx, end: end,
		view: story.View{Folded: map[story.Stretch]bool{}, Marked: map[int]bool{}, Phrases: story.Phrases{Signs: l.Signs}},
		tab:  bodyTab, bodies: map[int]*content{}, loading: map[int]bool{}, told: storyKey{shown: -1}, at: story.RowID{Ghost: true}, follow: true,
		after: tea.Tick, opt: render.LadderOptions{Spill: true},
	}
	h.whole = src.Trace()
	h.shown = len(h.whole.Entries)
	if !live {
		h.at = telling(h.whole)
	}
	return h
}

// telling is the row of a finished trace to begin with: where it stopped, otherwise its last.
func telling(t flow.Trace) story.RowID {
	s := flow.Fold(t)
	if s.Stopped != nil && s.Stopped.Seq > 0 {
		return story.RowID{Seq: s.Stopped.Seq}
	}
	return story.RowID{Seq: len(t.Entries)}
}

// close ends whatever belongs to the screen.
func (h *handshake) close() {
	h.end()
	if h.stop != nil {
		h.stop()
	}
}

// trace is the prefix that is shown.
func (h *handshake) trace() flow.Trace { return h.whole.Prefix(h.shown) }

// resize takes a new size.
func (h *handshake) resize(width, height int) { h.width, h.height = width, height }

// settle makes everything fit together again after a change: the layout, the rows, the selection, what the panes show.
// What takes long is returned as a command.
func (h *handshake) settle() tea.Cmd {
	h.layout = arrange(h.width, h.height, h.wish)
	if panes := h.layout.panes(); len(panes) > 0 && !has(panes, h.pane) {
		h.pane = panes[0]
	}
	h.retell()
	h.choose()
	return h.fill()
}

func has(panes []pane, p pane) bool {
	for _, q := range panes {
		if q == p {
			return true
		}
	}
	return false
}

// retell makes the rows anew if what they depend on has changed.
func (h *handshake) retell() {
	h.view.Phases = h.layout.ladder.h >= 24
	h.view.Ghost = !h.busy && !h.going
	key := storyKey{h.shown, h.view.Filter, h.view.Phases, h.view.Ghost, h.told.change}
	if key == h.told {
		return
	}
	if key.shown != h.told.shown {
		h.findings = diagnose.Findings(h.trace())
	}
	h.told = key
	h.story = story.Tell(h.trace(), h.view)
	h.ladder = h.story.Ladder(0, 0)
}

// stale has the rows made anew although nothing else tells that they changed.
func (h *handshake) stale() { h.told.change++; h.told.shown = -1 }

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
	r := h.layout.ladder
	if r.h > 0 {
		h.ladder.Cursor, h.ladder.Top = i, h.top
		if h.follow && i+1 < len(rows) { // what comes next stays in view too
			h.ladder.Cursor = i + 1
		}
		first, _ := h.ladder.Window(r.w, r.h, h.opt)
		h.top = min(first, i)
	}
	h.ladder.Cursor, h.ladder.Top = i, h.top
}

// closest is the row to select where id is not shown: the one that shows the same entry, or the last before it.
func (h *handshake) closest(id story.RowID) story.RowID {
	best := h.story.Rows[0].ID
	for _, r := range h.story.Rows {
		switch {
		case id.Seq > 0 && r.Failure == id.Seq:
			return r.ID
		case id.Ghost, r.ID.Seq > 0 && r.ID.Seq <= id.Seq:
			if r.Kind != render.Gap {
				best = r.ID
			}
		}
	}
	return best
}

// selected is the row that is selected; false when there is none.
func (h *handshake) selected() (story.Row, bool) {
	i, ok := h.story.Index(h.at)
	if !ok {
		return story.Row{}, false
	}
	return h.story.Rows[i], true
}

func (h *handshake) scene() *story.Scene {
	r, _ := h.selected()
	s := &story.Scene{Look: h.Look, Phrases: story.Phrases{Signs: h.Look.Signs}, Trace: h.trace(), State: h.story.State, Row: r, Next: h.story.Next, Findings: h.findings}
	if c := h.bodies[r.ID.Seq]; c != nil {
		s.Field = c.path()
	}
	return s
}

// shownTab is the tab in use: the one the reader chose, otherwise the one that says most about the row.
func (h *handshake) shownTab(s *story.Scene) tab {
	if h.picked {
		return h.tab
	}
	return natural(s)
}

// fill makes the contents of the panes where what they depend on has changed, and lays them out.
func (h *handshake) fill() tea.Cmd {
	s := h.scene()
	var cmd tea.Cmd
	if s.Row.ID.Seq > 0 && h.bodies[s.Row.ID.Seq] == nil { // whatever tab is shown: others follow the cursor of the body
		_, cmd = h.body(s)
		s = h.scene()
	}
	h.tab = h.shownTab(s)
	key := contentKey{at: h.at, tab: h.tab, shown: h.shown, failure: s.Row.Failure}
	needs := h.tab.depends()
	if needs.field {
		key.field = s.Field
	}
	if _, listing := h.list(s); listing != nil {
		cmd = tea.Batch(cmd, listing)
	}
	h.attend(s)
	if needs.subject {
		on := h.subjectOf(s)
		key.field += " " + on.ID + on.Where + on.From.Words()
	}
	if key != h.mainKey || h.main == nil {
		kept := h.main
		h.main = h.content(s, h.tab)
		if kept != nil && h.main.doc == nil && key.at == h.mainKey.at && key.tab == h.mainKey.tab && key.field == h.mainKey.field {
			h.main.top, h.main.cursor, h.main.layout = kept.top, kept.cursor, kept.layout
		}
		h.mainKey = key
	}
	if r := h.layout.payload; r.w > 0 && r.h > 0 {
		h.main.layOut(h.Look, r.w, r.h)
		h.arrive()
	}
	if r := h.layout.why; r.h > 0 {
		key := contentKey{at: h.at, shown: h.shown, field: s.Field}
		if key != h.sideKey || h.side == nil {
			h.side, h.sideKey = &content{text: s.WhyText()}, key
		}
		h.side.layOut(h.Look, r.w, r.h)
	}
	return cmd
}

// arrive puts the cursor of the body where a search ended, once the body is there.
func (h *handshake) arrive() {
	if h.goTo && h.main.doc != nil && h.at.Seq == h.found.seq {
		h.main.cursor, h.goTo = h.main.doc.Reveal(h.found.offset), false
		h.main.settle()
	}
}

// content makes what a tab shows of a scene.
func (h *handshake) content(s *story.Scene, t tab) *content {
	if why := t.lacks(s); why != "" {
		return note(s, why)
	}
	return t.content(h, s)
}

// A bodyMsg is a large body that has been read.
type bodyMsg struct {
	id, seq int
	doc     *render.Document
}

// body returns what the tab Body shows, and for a large body that has not been read yet the command that reads it.
func (h *handshake) body(s *story.Scene) (*content, tea.Cmd) {
	seq := s.Row.ID.Seq
	if c := h.bodies[seq]; c != nil && seq > 0 {
		return c, nil
	}
	raw, instead := s.Body()
	if raw == nil {
		return &content{text: instead}, nil
	}
	if len(raw) <= bodyAtOnce {
		c := &content{doc: render.NewDocument(raw)}
		h.bodies[seq] = c
		return c, nil
	}
	b := s.Prose()
	b.Remark("reading " + story.Size(len(raw)) + "…")
	if h.loading[seq] {
		return &content{text: &b.Prose}, nil
	}
	h.loading[seq] = true
	id := h.id
	return &content{text: &b.Prose}, func() tea.Msg { return bodyMsg{id, seq, render.NewDocument(raw)} }
}

// loaded takes in a body that was read beside.
func (h *handshake) loaded(msg bodyMsg) {
	delete(h.loading, msg.seq)
	h.bodies[msg.seq] = &content{doc: msg.doc}
	h.mainKey = contentKey{}
}

// grown takes in a longer trace. The reader who looks at the end goes along.
func (h *handshake) grown(t flow.Trace) {
	if len(t.Entries) <= len(h.whole.Entries) {
		return
	}
	following := h.shown == len(h.whole.Entries)
	h.whole = t
	if following {
		h.shown = len(t.Entries)
		if h.follow {
			h.at = h.newest()
		}
	}
}

// newest is the row of the last entry that is shown. A failure shows on the request that it ended.
func (h *handshake) newest() story.RowID {
	e := h.whole.Entry(h.shown)
	switch {
	case e == nil:
		return story.RowID{Ghost: true}
	case e.Kind == flow.Failure && e.Answers > 0 && e.Response == nil:
		return story.RowID{Seq: e.Answers}
	}
	return story.RowID{Seq: e.Seq}
}

// fold hides or shows the rows of the phase of the selected row; false when there was nothing to do.
func (h *handshake) fold(hide bool) bool {
	r, ok := h.selected()
	if !ok || !h.view.Phases || r.Phase == story.NoPhase || h.view.Folded[r.Stretch] == hide {
		return false
	}
	h.view.Folded = maps.Clone(h.view.Folded)
	h.view.Folded[r.Stretch] = hide
	if hide {
		h.at = story.RowID{Head: r.Stretch}
	}
	h.stale()
	return true
}

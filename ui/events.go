package ui

import (
	"fmt"
	"slices"

	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// An events view is the tab of what send_join returned: the events of state and auth_chain as one list, our join first,
// and over the list the pages opened from it. It keeps the place of the cursor while other tabs are shown.
type events struct {
	story.Scene // of the answer that was verified
	seq         int
	sets        verify.ReplySets
	table       render.Table // our join, then sets.Events
	pages       []*eventPage // opened one from the other; the last is shown
	why         *story.Prose // the numbers, and why both lists are sent

	cursor, top   int
	width, height int
}

// newEvents compares the lists of the answer that s holds.
func newEvents(s *story.Scene) *events {
	v := s.State.Verification
	ev := &events{Scene: *s, seq: s.State.Reply.Seq, sets: v.Sets()}
	status := func(id string) render.Status { return story.CheckStatus(v.OutcomeOf(id)) }
	ev.table = render.Table{Marks: true, Columns: []render.Column{
		{Title: "event"}, {Title: "state key"}, {Title: "sender"}, {Title: "in"}, {Title: "named by", Right: true},
	}}
	rows := make([]render.TableRow, 0, len(ev.sets.Events)+1)
	join := render.TableRow{Status: status(s.State.Build.EventID), Cells: []render.Untrusted{"our join", "", "", "neither", ""}}
	if w, ok := s.Work(s.State.Build.EventID, ""); ok {
		key, _ := w.Event.StateKey()
		join.Cells[1], join.Cells[2] = render.Untrusted(key), render.Untrusted(w.Event.Sender())
	}
	rows = append(rows, join)
	for _, e := range ev.sets.Events {
		row := render.TableRow{Status: status(e.ID), Cells: []render.Untrusted{"cannot be read", render.Untrusted(e.Pointer), "", render.Untrusted(e.Place.String()), render.Untrusted(fmt.Sprint(e.Named))}}
		if e.Event != nil {
			key, _ := e.Event.StateKey()
			row.Cells[0], row.Cells[1], row.Cells[2] = render.Untrusted(e.Event.Type()), render.Untrusted(key), render.Untrusted(e.Event.Sender())
		}
		rows = append(rows, row)
	}
	ev.table.Rows = rows
	b := s.Prose()
	if v.Unread() == "" {
		b.Put(b.Title, countsWords(v.Counts, ev.sets.Padding))
		b.Say("Why auth_chain, when its events are in state anyway? " + ev.sets.Why() + story.PaddingWords(ev.sets))
	} else {
		b.Put(b.Title, "the events of the answer were not read")
		b.Put(b.Fail, b.Glyphs.Fail+" "+ev.sets.Why())
	}
	ev.why = &b.Prose
	return ev
}

// countsWords gives the two lists of an answer in numbers.
func countsWords(c verify.ReplyCounts, padding int) string {
	return fmt.Sprintf("state %d, auth_chain %d: %d in both, %d only in state, %d only in auth_chain, %d padding", c.State, c.AuthChain, c.Both, c.StateOnly, c.AuthChainOnly, padding)
}

// page is the page on top; nil: the list is shown.
func (ev *events) page() *eventPage {
	if len(ev.pages) == 0 {
		return nil
	}
	return ev.pages[len(ev.pages)-1]
}

// current is the event under the cursor of the list, or the one a page is about.
func (ev *events) current() (id, where string) {
	if p := ev.page(); p != nil {
		return p.current()
	}
	return ev.row(ev.cursor)
}

// row names the event of a row of the list.
func (ev *events) row(i int) (id, where string) {
	if i < 1 || i > len(ev.sets.Events) {
		return ev.State.Build.EventID, ""
	}
	e := ev.sets.Events[i-1]
	return e.ID, e.Pointer
}

// find returns the set event of that ID; false for our join and for what is not in the answer.
func (ev *events) find(id string) (verify.SetEvent, bool) {
	i := slices.IndexFunc(ev.sets.Events, func(e verify.SetEvent) bool { return e.ID == id })
	if i < 0 {
		return verify.SetEvent{}, false
	}
	return ev.sets.Events[i], true
}

// pagesKept is how many pages opened one from the other can be gone back to.
const pagesKept = 64

// show opens a page over what is shown, unless it is that page already.
func (ev *events) show(kind pageKind, id, where string) {
	if p := ev.page(); p != nil && p.kind == kind && p.id == id && p.where == where {
		return
	}
	if len(ev.pages) == pagesKept {
		ev.pages = slices.Delete(ev.pages, 0, 1)
	}
	p := ev.newPage(kind, id, where)
	p.layOut(ev.Look, ev.width, ev.height)
	ev.pages = append(ev.pages, p)
}

// open goes into what the cursor is on: from the list to the event, in a graph to the graph of the event there, and from
// its root to the event.
func (ev *events) open() {
	id, where := ev.current()
	if p := ev.page(); p != nil {
		if p.kind != graphPage {
			return
		}
		if p.cursor > 0 {
			ev.show(graphPage, id, where)
			return
		}
	}
	ev.show(wholePage, id, where)
}

// back closes the page on top; false when none is open.
func (ev *events) back() bool {
	if len(ev.pages) == 0 {
		return false
	}
	ev.pages = ev.pages[:len(ev.pages)-1]
	if p := ev.page(); p != nil {
		p.layOut(ev.Look, ev.width, ev.height)
	}
	return true
}

// move goes n rows on in the list, or n lines on a page.
func (ev *events) move(n int) {
	if p := ev.page(); p != nil {
		p.move(n)
		return
	}
	ev.cursor = between(ev.cursor+n, 0, len(ev.table.Rows)-1)
	ev.settle()
}

// end goes to the first row or line, or to the last.
func (ev *events) end(last bool) {
	if p := ev.page(); p != nil {
		p.end(last)
		return
	}
	ev.cursor = 0
	if last {
		ev.cursor = len(ev.table.Rows) - 1
	}
	ev.settle()
}

// settle keeps the cursor in the window.
func (ev *events) settle() {
	room := max(ev.tableHeight()-1, 1)
	ev.top = max(min(ev.top, ev.cursor), ev.cursor-room+1, 0)
}

// layOut prepares ev for a size.
func (ev *events) layOut(l theme.Look, width, height int) {
	ev.width, ev.height = width, height
	ev.why.LayOut(width)
	ev.settle()
	if p := ev.page(); p != nil {
		p.layOut(l, width, height)
	}
}

// headHeight is how many lines of numbers and explanation stand above the list: all where there is room.
func (ev *events) headHeight() int {
	switch n := len(ev.why.Lines); {
	case ev.height < 6:
		return 0
	case ev.height >= n+9:
		return n
	default:
		return min(n, max(ev.height/3, 1))
	}
}

// reasonHeight is how many lines below the list say why the event under the cursor is where it is.
func (ev *events) reasonHeight() int { return between(ev.height/4, 0, 3) }

func (ev *events) tableHeight() int { return max(ev.height-ev.headHeight()-ev.reasonHeight(), 0) }

// draw returns the list, or the page on top, as exactly height lines of width cells.
func (ev *events) draw(l theme.Look, width, height int) []string {
	if p := ev.page(); p != nil {
		return p.draw(l, width, height)
	}
	t := ev.table
	t.Cursor, t.Top = ev.cursor, ev.top
	out := ev.why.Draw(width, ev.headHeight(), 0)
	out = append(out, t.Draw(l.Styles, l.Glyphs, width, ev.tableHeight())...)
	b := ev.Prose()
	b.Put(b.Dim, ev.reason(ev.cursor))
	b.LayOut(width)
	return theme.Box(append(out, b.Draw(width, ev.reasonHeight(), 0)...), width, height)
}

// reason says which event a row is and why it is in the lists it is in.
func (ev *events) reason(i int) string {
	id, _ := ev.row(i)
	if i < 1 {
		return id + ": our join is in neither list: both are the room before it. Enter opens an event, a shows what it rests on, s the work."
	}
	return id + ": " + ev.sets.Events[i-1].Why()
}

// click puts the cursor on the row drawn on a line of the pane.
func (ev *events) click(y int) {
	if p := ev.page(); p != nil {
		p.click(y)
		return
	}
	t := ev.table
	t.Cursor, t.Top = ev.cursor, ev.top
	if i, ok := t.RowAt(ev.tableHeight(), y-ev.headHeight()); ok {
		ev.cursor = i
		ev.settle()
	}
}

// pan scrolls a page sideways.
func (ev *events) pan(n int) {
	if p := ev.page(); p != nil {
		p.left = max(p.left+n, 0)
	}
}

// yanked is the JSON of the event that is selected, as it came.
func (ev *events) yanked() (what, text, problem string) {
	if w, ok := ev.Work(ev.current()); ok {
		return "event", string(w.Event.Raw()), ""
	}
	return "", "", "the event cannot be read"
}

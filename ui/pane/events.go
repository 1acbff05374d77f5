package pane

import (
	"fmt"
	"slices"

	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// An Events view is the tab of what send_join returned: the events of state and auth_chain as one list, our join first,
// and over the list the pages opened from it. It keeps the place of the cursor while other tabs are shown.
type Events struct {
	story.Scene // of the answer that was verified
	Seq         int
	Sets        verify.ReplySets
	Table       render.Table // our join, then sets.Events
	Pages       []*EventPage // opened one from the other; the last is shown
	Why         *story.Prose // the numbers, and why both lists are sent

	Cursor, top   int
	width, height int
}

// NewEvents compares the lists of the answer that s holds.
func NewEvents(s *story.Scene) *Events {
	v := s.State.Verification
	ev := &Events{Scene: *s, Seq: s.State.Reply.Seq, Sets: v.Sets()}
	status := func(id string) render.Status { return story.CheckStatus(v.OutcomeOf(id)) }
	ev.Table = render.Table{Marks: true, Columns: []render.Column{
		{Title: "event"}, {Title: "state key"}, {Title: "sender"}, {Title: "in"}, {Title: "named by", Right: true},
	}}
	rows := make([]render.TableRow, 0, len(ev.Sets.Events)+1)
	join := render.TableRow{Status: status(s.State.Build.EventID), Cells: []render.Untrusted{"our join", "", "",
		"neither", ""}}
	if w, ok := s.Work(s.State.Build.EventID, ""); ok {
		key, _ := w.Event.StateKey()
		join.Cells[1], join.Cells[2] = render.Untrusted(key), render.Untrusted(w.Event.Sender())
	}
	rows = append(rows, join)
	for _, e := range ev.Sets.Events {
		row := render.TableRow{Status: status(e.ID), Cells: []render.Untrusted{"cannot be read", render.Untrusted(e.Pointer),
			"", render.Untrusted(e.Place.String()), render.Untrusted(fmt.Sprint(e.Named))}}
		if e.Event != nil {
			key, _ := e.Event.StateKey()
			row.Cells[0], row.Cells[1] = render.Untrusted(e.Event.Type()), render.Untrusted(key)
			row.Cells[2] = render.Untrusted(e.Event.Sender())
		}
		rows = append(rows, row)
	}
	ev.Table.Rows = rows
	b := s.Prose()
	if v.Unread() == "" {
		b.Put(b.Title, countsWords(v.Counts, ev.Sets.Padding))
		b.Say("Why auth_chain, when its events are in state anyway? " + ev.Sets.Why() + story.PaddingWords(ev.Sets))
	} else {
		b.Put(b.Title, "the events of the answer were not read")
		b.Put(b.Fail, b.Glyphs.Fail+" "+ev.Sets.Why())
	}
	ev.Why = &b.Prose
	return ev
}

// countsWords gives the two lists of an answer in numbers.
func countsWords(c verify.ReplyCounts, padding int) string {
	return fmt.Sprintf("state %d, auth_chain %d: %d in both, %d only in state, %d only in auth_chain, %d padding",
		c.State, c.AuthChain, c.Both, c.StateOnly, c.AuthChainOnly, padding)
}

// Page is the page on top; nil: the list is shown.
func (ev *Events) Page() *EventPage {
	if len(ev.Pages) == 0 {
		return nil
	}
	return ev.Pages[len(ev.Pages)-1]
}

// Current is the event under the cursor of the list, or the one a page is about.
func (ev *Events) Current() (id, where string) {
	if p := ev.Page(); p != nil {
		return p.current()
	}
	return ev.Row(ev.Cursor)
}

// Row names the event of a row of the list.
func (ev *Events) Row(i int) (id, where string) {
	if i < 1 || i > len(ev.Sets.Events) {
		return ev.State.Build.EventID, ""
	}
	e := ev.Sets.Events[i-1]
	return e.ID, e.Pointer
}

// find returns the set event of that ID; false for our join and for what is not in the answer.
func (ev *Events) find(id string) (verify.SetEvent, bool) {
	i := slices.IndexFunc(ev.Sets.Events, func(e verify.SetEvent) bool { return e.ID == id })
	if i < 0 {
		return verify.SetEvent{}, false
	}
	return ev.Sets.Events[i], true
}

// pagesKept is how many pages opened one from the other can be gone back to.
const pagesKept = 64

// Show opens a page over what is shown, unless it is that page already.
func (ev *Events) Show(kind PageKind, id, where string) {
	if p := ev.Page(); p != nil && p.Kind == kind && p.id == id && p.where == where {
		return
	}
	if len(ev.Pages) == pagesKept {
		ev.Pages = slices.Delete(ev.Pages, 0, 1)
	}
	p := ev.NewPage(kind, id, where)
	p.layOut(ev.Look, ev.width, ev.height)
	ev.Pages = append(ev.Pages, p)
}

// Open goes into what the cursor is on: from the list to the event, in a graph to the graph of the event there, and
// from its root to the event.
func (ev *Events) Open() {
	id, where := ev.Current()
	if p := ev.Page(); p != nil {
		if p.Kind != GraphPage {
			return
		}
		if p.cursor > 0 {
			ev.Show(GraphPage, id, where)
			return
		}
	}
	ev.Show(WholePage, id, where)
}

// Back closes the page on top; false when none is open.
func (ev *Events) Back() bool {
	if len(ev.Pages) == 0 {
		return false
	}
	ev.Pages = ev.Pages[:len(ev.Pages)-1]
	if p := ev.Page(); p != nil {
		p.layOut(ev.Look, ev.width, ev.height)
	}
	return true
}

// Move goes n rows on in the list, or n lines on a page.
func (ev *Events) Move(n int) {
	if p := ev.Page(); p != nil {
		p.move(n)
		return
	}
	ev.Cursor = Between(ev.Cursor+n, 0, len(ev.Table.Rows)-1)
	ev.settle()
}

// ToEnd goes to the first row or line, or to the last.
func (ev *Events) ToEnd(last bool) {
	if p := ev.Page(); p != nil {
		p.end(last)
		return
	}
	ev.Cursor = 0
	if last {
		ev.Cursor = len(ev.Table.Rows) - 1
	}
	ev.settle()
}

// settle keeps the cursor in the window.
func (ev *Events) settle() {
	room := max(ev.tableHeight()-1, 1)
	ev.top = max(min(ev.top, ev.Cursor), ev.Cursor-room+1, 0)
}

// layOut prepares ev for a size.
func (ev *Events) layOut(l theme.Look, width, height int) {
	ev.width, ev.height = width, height
	ev.Why.LayOut(width)
	ev.settle()
	if p := ev.Page(); p != nil {
		p.layOut(l, width, height)
	}
}

// headHeight is how many lines of numbers and explanation stand above the list: all where there is room.
func (ev *Events) headHeight() int {
	switch n := len(ev.Why.Lines); {
	case ev.height < 6:
		return 0
	case ev.height >= n+9:
		return n
	default:
		return min(n, max(ev.height/3, 1))
	}
}

// reasonHeight is how many lines below the list say why the event under the cursor is where it is.
func (ev *Events) reasonHeight() int { return Between(ev.height/4, 0, 3) }

func (ev *Events) tableHeight() int { return max(ev.height-ev.headHeight()-ev.reasonHeight(), 0) }

// draw returns the list, or the page on top, as exactly height lines of width cells.
func (ev *Events) draw(l theme.Look, width, height int) []string {
	if p := ev.Page(); p != nil {
		return p.draw(l, width, height)
	}
	t := ev.Table
	t.Cursor, t.Top = ev.Cursor, ev.top
	out := ev.Why.Draw(width, ev.headHeight(), 0)
	out = append(out, t.Draw(l.Styles, l.Glyphs, width, ev.tableHeight())...)
	b := ev.Prose()
	b.Put(b.Dim, ev.Reason(ev.Cursor))
	b.LayOut(width)
	return theme.Box(append(out, b.Draw(width, ev.reasonHeight(), 0)...), width, height)
}

// Reason says which event a row is and why it is in the lists it is in.
func (ev *Events) Reason(i int) string {
	id, _ := ev.Row(i)
	if i < 1 {
		return id + ": our join is in neither list: both are the room before it. Enter opens an event, a shows what it " +
			"rests on, s the work."
	}
	return id + ": " + ev.Sets.Events[i-1].Why()
}

// Click puts the cursor on the row drawn on a line of the pane.
func (ev *Events) Click(y int) {
	if p := ev.Page(); p != nil {
		p.click(y)
		return
	}
	t := ev.Table
	t.Cursor, t.Top = ev.Cursor, ev.top
	if i, ok := t.RowAt(ev.tableHeight(), y-ev.headHeight()); ok {
		ev.Cursor = i
		ev.settle()
	}
}

// Pan scrolls a page sideways.
func (ev *Events) Pan(n int) {
	if p := ev.Page(); p != nil {
		p.left = max(p.left+n, 0)
	}
}

// Yanked is the JSON of the event that is selected, as it came.
func (ev *Events) Yanked() (what, text, problem string) {
	if w, ok := ev.Work(ev.Current()); ok {
		return "event", string(w.Event.Raw()), ""
	}
	return "", "", "the event cannot be read"
}

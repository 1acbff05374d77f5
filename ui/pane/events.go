package pane

import (
	"fmt"
	"slices"

	"doorstep/flow/event"
	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/listing"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// NewEvents compares the lists of the answer that s holds, verified or not.
func NewEvents(s *story.Scene) *Events {
	v := s.State.Verification
	if v == nil {
		v = s.State.Read()
	}
	ev := &Events{Scene: *s, Seq: s.State.Reply.Seq, Found: v, Sets: v.Sets()}
	var join *event.Event
	if w, ok := s.Work(s.State.Build.EventID, ""); ok {
		join = w.Event
	}
	ev.SetList(listing.New(v, ev.Sets.Events, s.State.Build.EventID, join))
	b := s.Prose()
	if v.Unread() == "" {
		if !ev.Verified() {
			b.Put(b.Wait, "not verified yet: the marks come with the verification")
		}
		b.Put(b.Title, countsWords(v.Counts, ev.Sets.Padding))
		b.Say("Why an auth_chain is sent as well: " + ev.Sets.Why() + story.PaddingWords(ev.Sets) +
			" \"Named by\" counts the events that list one among their auth_events.")
	} else {
		b.Put(b.Title, "the events of the answer were not read")
		b.Put(b.Fail, b.Glyphs.Fail+" "+ev.Sets.Why())
	}
	ev.Why = &b.Prose
	return ev
}

// SetList has ev show all rows of a list.
func (ev *Events) SetList(l *listing.List) {
	ev.List, ev.rows, ev.marks = l, nil, nil
	for _, o := range l.Verdicts() {
		ev.marks = append(ev.marks, story.CheckStatus(o))
	}
	ev.measure()
}

// countsWords gives the two lists of an answer in numbers.
func countsWords(c verify.ReplyCounts, padding int) string {
	words := fmt.Sprintf("state %d, auth_chain %d: %d in both, %d only in state, %d only in auth_chain", c.State,
		c.AuthChain, c.Both, c.StateOnly, c.AuthChainOnly)
	if padding > 0 {
		words += fmt.Sprintf(", %d of them padding: nothing in state rests on it", padding)
	}
	return words
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
	return ev.Row(ev.Cursor())
}

// Row names the event of a row of the list as it is shown; no event where there is no such row.
func (ev *Events) Row(i int) (id, where string) {
	if i < 0 || i >= ev.Len() {
		return "", ""
	}
	at := ev.at(i)
	if at == 0 {
		return ev.State.Build.EventID, ""
	}
	e := ev.Sets.Events[at-1]
	return e.ID, e.Pointer
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
// from its root to the event; from a server or a bar to the events that it counts.
func (ev *Events) Open() {
	if ev.Page() == nil && ev.shown.View != ListView {
		ev.openGroup()
		return
	}
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
	if id != "" {
		ev.Show(WholePage, id, where)
	}
}

// Back closes the page on top, else goes back to the list, else drops the filter; false when there is nothing of that.
func (ev *Events) Back() bool {
	switch {
	case len(ev.Pages) > 0:
		ev.Pages = ev.Pages[:len(ev.Pages)-1]
		if p := ev.Page(); p != nil {
			p.layOut(ev.Look, ev.width, ev.height)
		}
	case ev.Wish.View != ListView:
		ev.Wish.View = ListView
	case ev.Wish.Query != "":
		ev.Wish.Query = ""
	default:
		return false
	}
	return true
}

// Move goes n rows on in the list, or n lines on a page.
func (ev *Events) Move(n int) {
	if p := ev.Page(); p != nil {
		p.move(n)
		return
	}
	ev.put(ev.places[ev.shown.View].cursor + n)
}

// scroll moves the window of a page, or goes n rows on in the list.
func (ev *Events) scroll(n int) {
	if p := ev.Page(); p != nil {
		p.scroll(n)
		return
	}
	ev.Move(n)
}

// ToEnd goes to the first row or line, or to the last.
func (ev *Events) ToEnd(last bool) {
	if p := ev.Page(); p != nil {
		p.end(last)
		return
	}
	to := 0
	if last {
		to = ev.count() - 1
	}
	ev.put(to)
}

// put puts the cursor on a row of what is shown.
func (ev *Events) put(row int) {
	at := &ev.places[ev.shown.View]
	at.cursor = Between(row, 0, max(ev.count()-1, 0))
	if ev.shown.View == ListView && ev.Len() > 0 {
		ev.onRow = ev.at(at.cursor)
	}
	ev.settle()
}

// count is how many rows what is shown has.
func (ev *Events) count() int {
	switch ev.shown.View {
	case ServersView:
		return len(ev.servers)
	case ChartsView:
		return ev.bars().Len()
	}
	return ev.Len()
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

// draw returns what is shown, or the page on top, as exactly height lines of width cells.
func (ev *Events) draw(l theme.Look, width, height int, focused bool, find render.Needle) []string {
	if p := ev.Page(); p != nil {
		return p.draw(l, width, height, focused, find)
	}
	var out []string
	if ev.altered() {
		out = theme.Box([]string{ev.headLine(width)}, width, ev.headHeight())
	} else {
		out = ev.Why.Draw(width, ev.headHeight(), 0)
	}
	if ev.shown.View == ChartsView {
		at := &ev.places[ChartsView]
		b := ev.bars()
		b.Cursor, b.Top = at.cursor, at.top
		var drawn []string
		drawn, at.top = b.Draw(l.Styles, l.Glyphs, width, ev.tableHeight())
		out = append(out, drawn...)
	} else {
		out = append(out, ev.Table().Draw(l.Styles, l.Glyphs, width, ev.tableHeight())...)
	}
	b := ev.Prose()
	b.Put(b.Dim, ev.note())
	b.LayOut(width)
	out = append(out, b.Draw(width, ev.reasonHeight(), 0)...)
	if len(out) == height { // each line is as wide as it has to be: measuring them again would take longest of all
		return out
	}
	return theme.Box(out, width, height)
}

// note is what stands below the list.
func (ev *Events) note() string {
	switch {
	case ev.shown.View == ServersView:
		return ev.serverNote()
	case ev.shown.View == ChartsView:
		return ev.Phrases.Press(keymap.ActOpen) + " shows the events of a bar, " +
			ev.Phrases.Press(keymap.ActCharts) + " or " + ev.Phrases.Press(keymap.ActBack) + " the list."
	case ev.Len() == 0:
		return "No event is left by the filter: " + ev.Phrases.Press(keymap.ActBack) + " drops it, " +
			ev.Phrases.Press(keymap.ActNarrow) + " changes it."
	}
	return ev.Reason(ev.Cursor())
}

// Reason says which event a row is and why it is in the lists it is in.
func (ev *Events) Reason(i int) string {
	id, _ := ev.Row(i)
	at := ev.at(i)
	if at == 0 {
		return id + ": our join is in neither list: both are the room before it. " +
			ev.Phrases.Press(keymap.ActOpen) + " opens an event, " + ev.Phrases.Press(keymap.ActShowGraph) +
			" shows what it rests on, " + ev.Phrases.Press(keymap.ActShowWork) + " the work."
	}
	return id + ": " + ev.Sets.Events[at-1].Why()
}

// Click puts the cursor on the row drawn at a place of the pane, or sorts by the column whose title is there.
func (ev *Events) Click(x, y int) {
	if p := ev.Page(); p != nil {
		p.click(y)
		return
	}
	y -= ev.headHeight()
	if ev.shown.View == ChartsView {
		b := ev.bars()
		b.Cursor, b.Top = ev.places[ChartsView].cursor, ev.places[ChartsView].top
		if i, ok := b.BarAt(ev.tableHeight(), y); ok {
			ev.put(i)
		}
		return
	}
	t := ev.Table()
	if i, ok := t.RowAt(ev.tableHeight(), y); ok {
		ev.put(i)
		return
	}
	if c, ok := t.TitleAt(ev.Glyphs, ev.width, ev.tableHeight(), x, y); ok && ev.shown.View == ListView {
		ev.sortBy(c)
	}
}

// Yanked is the JSON of the event that is selected, as it came.
func (ev *Events) Yanked() (raw []byte, problem string) {
	if w, ok := ev.Work(ev.Current()); ok {
		return w.Event.Raw(), ""
	}
	return nil, "the event cannot be read"
}

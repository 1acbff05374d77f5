package pane

import (
	"strconv"
	"time"

	"doorstep/flow/event"
	"doorstep/render"
	"doorstep/ui/listing"
	"doorstep/ui/story"
)

// eventColumns are the columns of the list, each with the order it stands for. What matters least goes first.
var eventColumns = []struct {
	render.Column
	by listing.Column
}{
	{render.Column{Title: "event", Min: 19, Whole: 30, Parts: true}, listing.ByType},
	{render.Column{Title: "state key", Min: 15}, listing.ByKey},
	{render.Column{Title: "sender", Min: 15, Goes: 2}, listing.BySender},
	{render.Column{Title: "in", Goes: 1}, listing.ByPlace},
	{render.Column{Title: "named by", Right: true, Goes: 3}, listing.ByNamed},
	{render.Column{Title: "depth", Right: true, Goes: 4}, listing.ByDepth},
	{render.Column{Title: "time", Goes: 5}, listing.ByTime},
}

// Table is the list, or the list of servers, as it is shown.
func (ev *Events) Table() render.Table {
	at := ev.places[ev.shown.View]
	if ev.shown.View == ServersView {
		t := ev.serversTable()
		t.Cursor, t.Top = at.cursor, at.top
		return t
	}
	t := render.Table{Rows: eventRows{ev}, Marks: ev.marks, Wants: ev.columns, Cursor: at.cursor, Top: at.top,
		Order: &render.Order{Column: render.NoColumn, Down: ev.shown.Order.Down}}
	if ev.shown.Order.By == listing.ByVerdict {
		t.Order.Column = render.MarkColumn
	}
	for i, c := range eventColumns {
		t.Columns = append(t.Columns, c.Column)
		if c.by == ev.shown.Order.By {
			t.Order.Column = i
		}
	}
	return t
}

// measure works out what the columns take.
func (ev *Events) measure() {
	t := ev.Table()
	t.Wants = nil
	ev.columns = t.Measure(ev.Glyphs)
}

// sortBy sorts by a column of the table; by the one that it is sorted by already, the other way round.
func (ev *Events) sortBy(column int) {
	by := listing.ByVerdict
	if column >= 0 {
		by = eventColumns[column].by
	}
	down := ev.Wish.Order.By == by && !ev.Wish.Order.Down
	ev.Wish.Order = listing.Order{By: by, Down: down}
}

// eventRows are the rows of the list.
type eventRows struct{ ev *Events }

func (r eventRows) Len() int { return r.ev.Len() }

func (r eventRows) Row(i int) render.TableRow {
	l, at := r.ev.List, r.ev.at(i)
	row := render.TableRow{Status: story.CheckStatus(l.Verdict(at)), Cells: make([]render.Untrusted, len(eventColumns))}
	row.Cells[3] = render.Untrusted(l.Place(at).String())
	if n, ok := l.Named(at); ok {
		row.Cells[4] = render.Untrusted(strconv.Itoa(n))
	}
	e := l.Event(at)
	switch {
	case e != nil:
		key, _ := e.StateKey()
		row.Cells[0], row.Cells[1] = render.Untrusted(e.Type()), render.Untrusted(key)
		row.Cells[2] = render.Untrusted(e.Sender())
		row.Cells[5] = render.Untrusted(strconv.FormatInt(e.Depth(), 10))
		row.Cells[6] = render.Untrusted(madeAt(e))
	case at > 0:
		row.Cells[0], row.Cells[1] = "cannot be read", render.Untrusted(l.ID(at))
	}
	if at == 0 {
		row.Cells[0] = "our join"
	}
	return row
}

// madeAt is when the sender's server says it made an event, to the minute; in milliseconds where no calendar has that.
func madeAt(e *event.Event) string {
	at := time.UnixMilli(e.OriginServerTS()).UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return strconv.FormatInt(e.OriginServerTS(), 10)
	}
	return at.Format("2006-01-02 15:04")
}

// Len is how many rows of the list are shown.
func (ev *Events) Len() int {
	if ev.rows == nil {
		return ev.List.Len()
	}
	return len(ev.rows)
}

// at is the row of the whole list that is shown as row i.
func (ev *Events) at(i int) int {
	if ev.rows == nil {
		return i
	}
	return int(ev.rows[i])
}

package pane

import (
	"context"
	"fmt"
	"slices"

	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/listing"
)

// An Answer is what was worked out for a wish.
type Answer struct {
	wish       Wish
	meant      string // what the query is taken to mean
	rows       []int32
	servers    []listing.ServerRow
	charts     []listing.Histogram
	completion listing.Completion
}

// chartBars is how many bars a chart has at most, what stands for the rest not counted.
const chartBars = 12

// Work returns what works the wish out. It may run beside the screen. It says false when it is given up.
func (ev *Events) Working() func(context.Context) (Answer, bool) {
	w, l, keys := ev.Wish, ev.List, ev.State.Keys
	a := Answer{wish: w, meant: ev.meant, rows: ev.rows, servers: ev.servers, charts: ev.charts, completion: ev.Completion}
	same := w.Query == ev.shown.Query && w.Order == ev.shown.Order
	sameView := same && w.View == ev.shown.View
	return func(ctx context.Context) (Answer, bool) {
		if w.Typing {
			a.completion = l.Complete(ctx, w.Typed, w.At)
		}
		if !same {
			q, _ := listing.Parse(w.Query)
			q = l.Mean(ctx, q)
			a.meant = q.String()
			a.rows, _ = l.Select(ctx, q, w.Order)
		}
		switch {
		case sameView:
		case w.View == ServersView:
			a.servers, _ = l.Servers(ctx, a.rows, keys)
		case w.View == ChartsView:
			a.charts, _ = l.Histograms(ctx, a.rows, chartBars)
		}
		return a, ctx.Err() == nil
	}
}

// Take shows what was worked out. The cursor stays on its event where that is shown, and goes back to it when it is
// shown again.
func (ev *Events) Take(a Answer) {
	if a.wish.View != ev.shown.View || a.wish.Query != ev.shown.Query {
		ev.places[ServersView], ev.places[ChartsView] = place{}, place{}
	}
	atTop := a.wish.Order != ev.shown.Order && ev.Cursor() == 0 // who looks at the top goes on doing so
	resized := len(a.rows) != len(ev.rows) || a.wish.Query != ev.shown.Query
	ev.shown, ev.meant, ev.rows, ev.servers, ev.charts = a.wish, a.meant, a.rows, a.servers, a.charts
	ev.Completion = a.completion
	if atTop && ev.Len() > 0 {
		ev.onRow = ev.at(0)
	}
	if resized {
		ev.measure()
	}
	ev.goBack()
}

// goBack puts the cursor of the list on the row it was put on last, where that is shown.
func (ev *Events) goBack() {
	at := ev.onRow
	if ev.rows != nil {
		at = max(slices.Index(ev.rows, int32(ev.onRow)), 0)
	}
	ev.places[ListView].cursor = at
	ev.settle()
}

// GoOn has ev, a list of the same answer, go on where was stands: with what is wished for, the cursor, and the pages.
func (ev *Events) GoOn(was *Events) {
	ev.Wish, ev.places, ev.onRow = was.Wish, was.places, was.onRow
	if row, n := ev.List.Find(was.List.ID(was.onRow)); n == 1 {
		ev.onRow = row
	}
	ev.width, ev.height = was.width, was.height
	if !ev.Wanted() {
		ev.goBack()
	}
	for _, p := range was.Pages {
		made := ev.NewPage(p.Kind, p.id, p.where)
		made.cursor, made.top, made.left = p.cursor, p.top, p.left
		made.layOut(ev.Look, ev.width, ev.height)
		ev.Pages = append(ev.Pages, made)
	}
}

// GoTo puts the cursor on the event with that ID, or the only one whose ID begins so, and drops the filter. It says why
// it does not, or nothing.
func (ev *Events) GoTo(id string) (problem string) {
	row, n := ev.List.Find(id)
	switch {
	case n == 0:
		ev.Wish.Query = ""
		return id + " is not in the answer"
	case n > 1:
		return fmt.Sprintf("%d events begin with %s", n, id)
	}
	ev.onRow, ev.Wish.Query, ev.Wish.View = row, "", ListView
	if ev.Wish == ev.shown {
		ev.goBack()
	}
	return ""
}

// headLine says which of the events are shown, and how.
func (ev *Events) headLine(width int) string {
	count := wording.Count(ev.Len(), "event")
	if ev.shown.Query != "" {
		count = fmt.Sprintf("%d of %d", ev.Len(), ev.List.Len())
	}
	line := " " + ev.Title.Render(count)
	add := func(words string) {
		if words != "" {
			line += "  " + words
		}
	}
	switch {
	case ev.Wish.View == ServersView && ev.shown.View == ServersView:
		add("by " + wording.Count(len(ev.servers), "server"))
	case ev.shown.View == ListView && ev.shown.Order.By != listing.AsItCame:
		add("by " + ev.shown.Order.By.String() + " " + ev.arrow())
	case ev.shown.View == ListView && ev.shown.Order.Down:
		add("the last first")
	}
	if ev.shown.Query != "" {
		add(ev.Mark.Render(ev.Safe(ev.meant, width)))
	}
	if w := ev.Wish; w.Query != ev.shown.Query || w.Order != ev.shown.Order || w.View != ev.shown.View {
		add(ev.Wait.Render("working" + ev.Look.More))
	}
	return line
}

func (ev *Events) arrow() string {
	if ev.shown.Order.Down {
		return ev.Glyphs.Down
	}
	return ev.Glyphs.Up
}

// openGroup shows the events of the server or the bar under the cursor.
func (ev *Events) openGroup() {
	q, _ := listing.Parse(ev.shown.Query)
	at := ev.places[ev.shown.View].cursor
	if ev.shown.View == ServersView {
		if at < len(ev.servers) && ev.servers[at].Name != "" {
			ev.Wish.Query = q.With(listing.Server, listing.Escape(ev.servers[at].Name)).String()
			ev.Wish.View = ListView
		}
		return
	}
	for _, h := range ev.charts {
		if at < len(h.Bars) {
			if h.Bars[at].Rest == 0 {
				ev.Wish.Query = q.With(h.Field, h.Bars[at].Value).String()
				ev.Wish.View = ListView
			}
			return
		}
		at -= len(h.Bars)
	}
}

// bars are the charts as they are drawn.
func (ev *Events) bars() render.Bars {
	var out render.Bars
	for _, h := range ev.charts {
		chart := render.Chart{Title: map[listing.Field]string{listing.Type: "types", listing.Server: "servers of the senders",
			listing.Time: "when they were sent, in UTC"}[h.Field]}
		for _, b := range h.Bars {
			label := b.Label
			switch {
			case b.Rest > 0 && h.Field == listing.Time:
				label = "no time at all"
			case b.Rest > 0:
				label = fmt.Sprintf("%d more", b.Rest)
			}
			chart.Bars = append(chart.Bars, render.Bar{Label: render.Untrusted(label), Count: b.Count, Ghost: b.Rest > 0})
		}
		out.Charts = append(out.Charts, chart)
	}
	return out
}

// Fulfils reports whether a is what was wished for.
func (a Answer) Fulfils(w Wish) bool { return a.wish == w }

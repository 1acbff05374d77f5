package pane

import (
	"slices"

	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/listing"
	"doorstep/ui/story"
)

// An Events view is the tab of what send_join returned: the events of state and auth_chain as one list, our join first,
// and over the list the pages opened from it. The list can be narrowed and sorted, and be looked at by servers and as
// bar charts. It keeps the place of the cursor while other tabs are shown.
type Events struct {
	story.Scene // of the answer that was verified
	Seq         int
	Found       *verify.Verification // of the answer; where it has not been verified yet, what was read of it
	Sets        verify.ReplySets
	List        *listing.List
	Pages       []*EventPage // opened one from the other; the last is shown
	Why         *story.Prose // the numbers, and why both lists are sent

	Wish    Wish   // what is to be shown
	shown   Wish   // what is: the same but for what is being worked out
	meant   string // what Query is taken to mean
	columns []int
	marks   []render.Status
	rows    []int32 // of List, in the order in which they are shown; nil: all of them, as they came
	onRow   int     // of List: where the cursor was put last, and goes again once that is shown
	servers []listing.ServerRow
	charts  []listing.Histogram

	places        [views]place
	Completion    listing.Completion
	width, height int
}

// A place is where in a list the reader is.
type place struct{ cursor, top int }

// A View is a way of looking at the events of a list.
type View int

// The views.
const (
	ListView    View = iota
	ServersView      // one row a server
	ChartsView       // how they are spread, as bar charts
	views
)

// A Wish is all that a list is to show, as far as that has to be worked out.
type Wish struct {
	Query  string // as listing.Query writes it
	Order  listing.Order
	View   View
	Typing bool   // a query is being typed
	Typed  string // that query
	At     int    // where in it typing goes on, in bytes
}

// Wanted reports whether there is something to work out before all that is wished for is shown.
func (ev *Events) Wanted() bool { return ev.Wish != ev.shown }

// altered reports whether something else is shown, or wished for, than all events as they came.
func (ev *Events) altered() bool {
	plain := func(w Wish) bool { return w.Query == "" && w.Order == listing.Order{} && w.View == ListView }
	return !plain(ev.shown) || !plain(ev.Wish)
}

// typeOf is the type of an event; empty where it cannot be read.
func (ev *Events) typeOf(id, where string) string {
	if w, ok := ev.Work(id, where); ok {
		return w.Event.Type()
	}
	if set, ok := ev.find(id); ok && set.Event != nil {
		return set.Event.Type()
	}
	return ""
}

// find returns the set event of that ID; false for our join and for what is not in the answer.
func (ev *Events) find(id string) (verify.SetEvent, bool) {
	i := slices.IndexFunc(ev.Sets.Events, func(e verify.SetEvent) bool { return e.ID == id })
	if i < 0 {
		return verify.SetEvent{}, false
	}
	return ev.Sets.Events[i], true
}

// Cursor is the row of the list that is selected.
func (ev *Events) Cursor() int { return ev.places[ListView].cursor }

// settle keeps the cursor in the window.
func (ev *Events) settle() {
	if ev.shown.View == ChartsView { // it draws what is around the cursor
		return
	}
	at, room := &ev.places[ev.shown.View], max(ev.tableHeight()-1, 1)
	at.top = max(min(at.top, at.cursor), at.cursor-room+1, 0)
}

// headHeight is how many lines stand above the list: one that says what is shown where that is not all, as it came, and
// otherwise the numbers and the explanation, all of them where there is room.
func (ev *Events) headHeight() int {
	if ev.altered() {
		return min(max(ev.height-1, 0), 1)
	}
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

// Verified reports whether the events have been verified.
func (ev *Events) Verified() bool { return ev.State.Verification != nil }

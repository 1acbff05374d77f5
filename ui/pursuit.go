package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
	"doorstep/ui/listing"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// showEvents has the list of events there, with the page that was asked for, and what it is to show worked out. What
// takes long is returned as a command.
func (h *handshake) showEvents(s *story.Scene) tea.Cmd {
	list, making := h.list(s)
	if list == nil {
		return making
	}
	if o := h.opening; o != nil {
		h.opening = nil
		list.Show(o.kind, o.id, o.where)
	}
	return tea.Batch(making, h.pursue(list))
}

// pursue works out what a list is to show: of a long one beside the screen, and the newest wish wins.
func (h *handshake) pursue(list *pane.Events) tea.Cmd {
	if !list.Wanted() {
		h.pursuit.give()
		return nil
	}
	if h.pursuit.on == list && h.pursuit.wish == list.Wish {
		return nil
	}
	h.pursuit.give()
	work := list.Working()
	if list.List.Len() <= eventsAtOnce {
		if answer, done := work(h.ctx); done {
			list.Take(answer)
		}
		return nil
	}
	ctx, cancel := context.WithCancel(h.ctx)
	h.pursuit = pursuit{wish: list.Wish, on: list, cancel: cancel}
	id := h.id
	return func() tea.Msg {
		defer cancel()
		if answer, done := work(ctx); done {
			return workedMsg{id, answer}
		}
		return nil
	}
}

// worked shows what was worked out, where that is still wished for.
func (h *handshake) worked(answer pane.Answer) {
	if h.pursuit.on == nil || h.pursuit.on != h.events || !answer.Fulfils(h.pursuit.wish) {
		return
	}
	h.events.Take(answer)
	h.pursuit.give()
}

// rearrange has the list sorted or looked at in another way.
func (h *handshake) rearrange(a keymap.Action) {
	w := &h.main.Events.Wish
	switch a {
	case keymap.ActServers:
		w.View = otherView(w.View, pane.ServersView)
		return
	case keymap.ActCharts:
		w.View = otherView(w.View, pane.ChartsView)
		return
	case keymap.ActSortNext:
		w.Order = listing.Order{By: w.Order.By.After(1)}
	case keymap.ActSortPrev:
		w.Order = listing.Order{By: w.Order.By.After(-1)}
	case keymap.ActReverse:
		w.Order.Down = !w.Order.Down
	}
	w.View = pane.ListView
}

// otherView is the view that a key leads to: its own, or back from there to the list.
func otherView(from, to pane.View) pane.View {
	if from == to {
		return pane.ListView
	}
	return to
}

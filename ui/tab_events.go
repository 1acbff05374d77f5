package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// eventsTab lists the events that send_join returned.
var eventsTab tab = tabEvents{}

type tabEvents struct{ onRow }

func (tabEvents) name() string { return "Events" }
func (tabEvents) key() string  { return "8" }
func (tabEvents) help() string { return "the events of state and auth_chain; Enter opens one" }

func (tabEvents) lacks(s *story.Scene) string { return s.LacksEvents() }

func (tabEvents) content(h *handshake, s *story.Scene) *pane.Content {
	if list, _ := h.list(s); list != nil {
		return &pane.Content{Events: list}
	}
	return note(s, "comparing "+story.Count(s.State.Verification.Counts.Events, "event")+"…")
}

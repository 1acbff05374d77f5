package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// list returns the events of the answer that s holds; nil while there are none, or while a long list is being made by
// the command.
func (h *handshake) list(s *story.Scene) (*pane.Events, tea.Cmd) {
	if s.LacksEvents() != "" {
		return nil, nil
	}
	seq := s.State.Reply.Seq
	if h.events != nil && h.events.Seq == seq {
		return h.events, nil
	}
	if h.listing == seq {
		return nil, nil
	}
	if c := s.State.Verification.Counts; c.Events <= eventsAtOnce {
		h.events = pane.NewEvents(s)
		return h.events, nil
	}
	h.listing = seq
	id := h.id
	return nil, func() tea.Msg { return eventsMsg{id, pane.NewEvents(s)} }
}

// listed takes in a list that was made in the background.
func (h *handshake) listed(msg eventsMsg) {
	h.events, h.listing, h.mainKey = msg.events, 0, contentKey{}
}

// lacksSubject says why no event can be looked into; empty when one can.
func (h *handshake) lacksSubject() string {
	s := h.scene()
	if why := s.LacksEvents(); why != "" {
		return why
	}
	if h.events == nil {
		return "the list of events is being made"
	}
	if id, _ := h.subject(s); id == "" {
		return "no event is selected"
	}
	return ""
}

// eventsAtOnce is how many events are compared and laid out while the frame waits. More of them are looked at in the
// background.
const eventsAtOnce = 2000

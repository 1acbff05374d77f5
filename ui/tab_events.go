package ui

// eventsTab lists the events that send_join returned.
var eventsTab tab = tabEvents{}

type tabEvents struct{ onRow }

func (tabEvents) name() string { return "Events" }
func (tabEvents) key() string  { return "8" }
func (tabEvents) help() string { return "the events of state and auth_chain; Enter opens one" }

func (tabEvents) lacks(s *scene) string { return s.lacksEvents() }

func (tabEvents) content(h *handshake, s *scene) *content {
	if list, _ := h.list(s); list != nil {
		return &content{events: list}
	}
	return note(s, "comparing "+count(s.state.Verification.Counts.Events, "event")+"…")
}

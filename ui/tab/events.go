package tab

import (
	"doorstep/flow/wording"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Events lists the events that send_join returned.
var Events Tab = eventsTab{}

type eventsTab struct{ onRow }

func (eventsTab) Name() string { return "Events" }
func (eventsTab) Key() string  { return "8" }
func (eventsTab) Help() string { return "the events of state and auth_chain; Enter opens one" }

func (eventsTab) Lacks(s *story.Scene) string { return s.LacksEvents() }

func (eventsTab) Content(v View, s *story.Scene) *pane.Content {
	if list := v.Events(s); list != nil {
		return &pane.Content{Events: list}
	}
	r := s.State.Reply
	return note(s, "comparing "+wording.Count(len(r.State)+len(r.AuthChain), "event")+"…")
}

package compare

import (
	"cmp"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// An answerEvent is one event of an answer, wherever it is.
type answerEvent struct {
	event            *event.Event
	raw              []byte
	inState, inChain bool
}

// earlier follows the label of an event that is in force no longer.
const earlier = " (earlier)"

// label names an event by type and state key, and says whether it is in force no longer.
func (e *answerEvent) label() string {
	out := e.event.Type()
	if key, ok := e.event.StateKey(); ok && key != "" {
		out += " " + key
	}
	if !e.inState {
		out += earlier
	}
	return out
}

// eventsOf are the events of an answer, each once, in the order of the answer.
func eventsOf(s flow.State) []*answerEvent {
	if s.Reply == nil || !s.Reply.Usable() || s.Template == nil || s.Template.RoomVersion == nil {
		return nil
	}
	events := s.Reply.Events(s.Template.RoomVersion)
	at := map[string]*answerEvent{}
	var out []*answerEvent
	take := func(list []verify.ReplyEvent, raws [][]byte, state bool) {
		for i := range list {
			e := list[i].Event
			if e == nil {
				continue
			}
			known := at[e.ID()]
			if known == nil || e.ID() == "" {
				known = &answerEvent{event: e, raw: raws[i]}
				at[e.ID()] = known
				out = append(out, known)
			}
			known.inState, known.inChain = known.inState || state, known.inChain || !state
		}
	}
	take(events.State, s.Reply.State, true)
	take(events.AuthChain, s.Reply.AuthChain, false)
	return out
}

// usersOf are the users that events of an answer are from or about, in the order of the oldest.
func usersOf(events []*answerEvent) []string {
	var out []string
	seen := map[string]bool{"": true}
	add := func(u string) {
		if !seen[u] && strings.HasPrefix(u, "@") {
			seen[u] = true
			out = append(out, u)
		}
	}
	for _, e := range oldestFirst(events) {
		add(e.event.Sender())
		if key, ok := e.event.StateKey(); ok {
			add(key)
		}
	}
	return out
}

func oldestFirst(list []*answerEvent) []*answerEvent {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(x, y *answerEvent) int { return cmp.Compare(x.event.Depth(), y.event.Depth()) })
	return out
}

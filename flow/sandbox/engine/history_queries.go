package engine

import (
	"slices"
	"strconv"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// mostAsked is how many events one question about the history of a room is answered with.
const mostAsked = 100

// member refuses whoever may not ask about the room: only servers that have been in it may.
func (s *Server) member(q *request, roomID string) *Reply {
	if reply := s.deniedByACL(roomID, q.origin); reply != nil {
		return reply
	}
	if reply := s.unknownRoom(roomID); reply != nil {
		return reply
	}
	if !s.Federation.Room.knew(q.origin) {
		return Refuse(403, "M_FORBIDDEN", "Host not in room.")
	}
	return nil
}

// transaction takes what another server sends: events of its users, and what goes along with them. It is kept by
// whoever watches; nobody here reads it. Spec: server-server, PUT send.
func (s *Server) transaction(*request) *Reply {
	return &Reply{Status: 200, Body: Fields{"pdus": Fields{}}}
}

// stateOf answers with the state before an event, and with all it rests on. Spec: server-server, GET state.
func (s *Server) stateOf(q *request) *Reply {
	if reply := s.member(q, q.path[0]); reply != nil {
		return reply
	}
	room := s.Federation.Room
	room.Mu.Lock()
	defer room.Mu.Unlock()
	n := room.Nodes[q.query.Get("event_id")]
	if n == nil {
		return Refuse(404, "M_NOT_FOUND", "Unknown event")
	}
	before, err := room.Before(n.PrevEvents())
	if err != nil {
		return Refuse(404, "M_NOT_FOUND", "Unknown event")
	}
	state := room.sorted(before)
	return &Reply{Status: 200, Body: Fields{"pdus": texts(room.handedOut(state)),
		"auth_chain": texts(room.handedOut(room.chain(state, nil)))}}
}

// eventOf answers with one event. Spec: server-server, GET event.
func (s *Server) eventOf(q *request) *Reply {
	room := s.Federation.Room
	room.Mu.Lock()
	n := room.Nodes[q.path[0]]
	room.Mu.Unlock()
	if n == nil || !room.knew(q.origin) || s.deniedByACL(room.id, q.origin) != nil {
		return Refuse(404, "M_NOT_FOUND", "Event not found.")
	}
	return s.events(s.handOut(n.Event))
}

// handOut returns events as they are sent to other servers.
func (s *Server) handOut(events ...*event.Event) []*event.Event {
	room := s.Federation.Room
	room.Mu.Lock()
	defer room.Mu.Unlock()
	return room.handedOut(events)
}

// events answers with events in the form of a transaction.
func (s *Server) events(list []*event.Event) *Reply {
	return &Reply{Status: 200, Body: Fields{"origin": s.Name, "origin_server_ts": s.now().UnixMilli(),
		"pdus": texts(list)}}
}

// eventAuth answers with what an event rests on. Spec: server-server, GET event_auth.
func (s *Server) eventAuth(q *request) *Reply {
	if reply := s.member(q, q.path[0]); reply != nil {
		return reply
	}
	room := s.Federation.Room
	room.Mu.Lock()
	n := room.Nodes[q.path[1]]
	room.Mu.Unlock()
	if n == nil {
		return Refuse(404, "M_NOT_FOUND", "Unknown event")
	}
	return &Reply{Status: 200, Body: Fields{"auth_chain": texts(s.handOut(room.AuthChain([]*event.Event{n.Event})...))}}
}

// backfill answers with events and what came before them. Spec: server-server, GET backfill.
func (s *Server) backfill(q *request) *Reply {
	if reply := s.member(q, q.path[0]); reply != nil {
		return reply
	}
	most, err := strconv.Atoi(q.query.Get("limit"))
	if err != nil || most < 1 {
		return Refuse(400, "M_INVALID_PARAM", "limit is not a number of events")
	}
	return s.events(s.handOut(s.Federation.Room.back(q.query["v"], true, nil, most)...))
}

// missingEvents answers with the events between those that the other server has and later ones.
// Spec: server-server, POST get_missing_events.
func (s *Server) missingEvents(q *request) *Reply {
	if reply := s.member(q, q.path[0]); reply != nil {
		return reply
	}
	body, err := event.ReadObject(q.body)
	if err != nil {
		return Refuse(400, "M_BAD_JSON", "The body is not an object")
	}
	most := 10
	if limit, ok := body.Int("limit"); ok {
		most = int(min(max(limit, 0), mostAsked))
	}
	found := s.Federation.Room.back(list(body, "latest_events"), false, list(body, "earliest_events"), most)
	slices.Reverse(found) // the oldest comes first
	return &Reply{Status: 200, Body: Fields{"events": texts(s.handOut(found...))}}
}

// list returns the strings of a list.
func list(o event.Object, key string) []string {
	var out []string
	elements, _ := o.Elements(key) // none, if it is no list
	for _, e := range elements {
		if text, ok := event.String(e); ok {
			out = append(out, text)
		}
	}
	return out
}

// back returns events of the room from some on backwards, along prev_events, those themselves as well where inclusive,
// and none of earliest or what came before them.
func (r *Room) back(from []string, inclusive bool, earliest []string, most int) []*event.Event {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	var out []*event.Event
	seen := map[string]bool{}
	for _, id := range earliest {
		seen[id] = true
	}
	first := len(from)
	for i := 0; i < len(from) && len(out) < min(most, mostAsked); i++ {
		n := r.Nodes[from[i]]
		if n == nil || seen[n.ID()] {
			continue
		}
		seen[n.ID()] = true
		if i >= first || inclusive {
			out = append(out, n.Event)
		}
		from = append(slices.Clip(from), n.PrevEvents()...)
	}
	return out
}

// profile answers with the profile of a user of the server, as the room has it. Spec: server-server, GET query/profile.
func (s *Server) profile(q *request) *Reply {
	user := q.query.Get("user_id")
	e := s.Federation.Room.now()[auth.Tuple{Type: "m.room.member", StateKey: user}]
	if client.Domain(user) != s.Name || e == nil {
		return Refuse(404, "M_NOT_FOUND", "User does not exist.")
	}
	body := Fields{}
	if name, ok := e.ContentString("displayname"); ok {
		body["displayname"] = name
	}
	return &Reply{Status: 200, Body: body}
}

// userKeys answers with the devices' keys of users. Nobody here has any.
// Spec: server-server, POST user/keys/query.
func (s *Server) userKeys(*request) *Reply {
	return &Reply{Status: 200, Body: Fields{"device_keys": Fields{}}}
}

package sandbox

import (
	"slices"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A joinAnswer is what send_join answers: the room as it was before the join.
type joinAnswer struct {
	event          *event.Event
	state          []*event.Event
	chain          []*event.Event
	membersOmitted bool
	serversInRoom  []string // nil: left out
	returned       rawJSON  // what stands in place of event; nil: event
	list           bool     // the two-element list of v1, which holds the two lists of events and nothing else
}

// MarshalJSON gives the answer in the form of its endpoint.
func (j *joinAnswer) MarshalJSON() ([]byte, error) {
	if j.list {
		return encode([]any{200, fields{"auth_chain": texts(j.chain), "state": texts(j.state)}})
	}
	returned := j.returned
	if returned == nil {
		returned = j.event.Raw()
	}
	return encode(struct {
		Event          rawJSON   `json:"event"`
		State          []rawJSON `json:"state"`
		AuthChain      []rawJSON `json:"auth_chain"`
		MembersOmitted bool      `json:"members_omitted"`
		ServersInRoom  []string  `json:"servers_in_room,omitempty"`
	}{returned, texts(j.state), texts(j.chain), j.membersOmitted, j.serversInRoom})
}

func (j *joinAnswer) addState(e *event.Event) { j.state = append(j.state, e) }
func (j *joinAnswer) addChain(e *event.Event) { j.chain = append(j.chain, e) }

// sendJoin takes a signed join event in and answers with the room as it was before. The same event again gets the same
// answer. Spec: server-server, PUT v2/send_join.
func (s *server) sendJoin(q *request) *Reply {
	e, reply := s.submitted(q, "join")
	if reply != nil {
		return reply
	}
	if authoriser, ok := e.ContentString("join_authorised_via_users_server"); ok && e.Version().Restricted {
		if reply := s.mayAuthorise(e, authoriser); reply != nil {
			return reply
		}
		var err error
		if e, err = e.Sign(s.name, s.keys.current); err != nil {
			return broken(err)
		}
	}
	known, before, reply := s.take(e)
	if reply != nil {
		return reply
	}
	omit := q.query.Get("omit_members") == "true" || q.query.Get("org.matrix.msc3706.partial_state") == "true"
	return &Reply{Status: 200, Body: s.federation.Room.answer(known, before, omit)}
}

// sendJoinV1 is sendJoin as it was first: the answer is a list of a status and an object.
// Spec: server-server r0.1.4, PUT v1/send_join.
func (s *server) sendJoinV1(q *request) *Reply {
	reply := s.sendJoin(q)
	if j, ok := reply.Body.(*joinAnswer); ok {
		j.list = true
	}
	return reply
}

// answer makes the answer to a join: the state before it and every event that state, or the join, rests on. With omit,
// members are left out but for the joiner's own earlier event, and the chain leaves out what is in the state already; the
// room has a name, so that no heroes are needed to name it. Spec: server-server, PUT v2/send_join.
func (r *Room) answer(join *event.Event, before auth.StateMap, omit bool) *joinAnswer {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := &joinAnswer{event: join, state: r.sorted(before)}
	if omit {
		j.membersOmitted, j.serversInRoom = true, servers(before)
		j.state = slices.DeleteFunc(j.state, func(e *event.Event) bool {
			key, _ := e.StateKey()
			return e.Type() == "m.room.member" && key != join.Sender()
		})
	}
	j.chain = r.chain(append(slices.Clone(j.state), join))
	if omit {
		j.chain = slices.DeleteFunc(j.chain, func(e *event.Event) bool { return slices.Contains(j.state, e) })
	}
	j.state, j.chain = r.handedOut(j.state), r.handedOut(j.chain)
	return j
}

package engine

import (
	"slices"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A JoinAnswer is what send_join answers: the room as it was before the join.
type JoinAnswer struct {
	Event          *event.Event
	State          []*event.Event
	Chain          []*event.Event
	membersOmitted bool
	ServersInRoom  []string // nil: left out
	Returned       RawJSON  // what stands in place of event; nil: event
	List           bool     // the two-element list of v1, which holds the two lists of events and nothing else
}

// MarshalJSON gives the answer in the form of its endpoint.
func (j *JoinAnswer) MarshalJSON() ([]byte, error) {
	if j.List {
		return Encode([]any{200, Fields{"auth_chain": texts(j.Chain), "state": texts(j.State)}})
	}
	returned := j.Returned
	if returned == nil {
		returned = j.Event.Raw()
	}
	return Encode(struct {
		Event          RawJSON   `json:"event"`
		State          []RawJSON `json:"state"`
		AuthChain      []RawJSON `json:"auth_chain"`
		MembersOmitted bool      `json:"members_omitted"`
		ServersInRoom  []string  `json:"servers_in_room,omitempty"`
	}{returned, texts(j.State), texts(j.Chain), j.membersOmitted, j.ServersInRoom})
}

// AddState adds an event to state.
func (j *JoinAnswer) AddState(e *event.Event) { j.State = append(j.State, e) }

// AddChain adds an event to auth_chain.
func (j *JoinAnswer) AddChain(e *event.Event) { j.Chain = append(j.Chain, e) }

// sendJoin takes a signed join event in and answers with the room as it was before. The same event again gets the same
// answer. Spec: server-server, PUT v2/send_join.
func (s *Server) sendJoin(q *request) *Reply {
	e, reply := s.submitted(q, "join")
	if reply != nil {
		return reply
	}
	if authoriser, ok := e.ContentString("join_authorised_via_users_server"); ok && e.Version().Restricted {
		if reply := s.mayAuthorise(e, authoriser); reply != nil {
			return reply
		}
		var err error
		if e, err = e.Sign(s.Name, s.Keys.Current); err != nil {
			return broken(err)
		}
	}
	known, before, reply := s.take(e)
	if reply != nil {
		return reply
	}
	omit := q.query.Get("omit_members") == "true" || q.query.Get("org.matrix.msc3706.partial_state") == "true"
	return &Reply{Status: 200, Body: s.Federation.Room.Answer(known, before, omit)}
}

// sendJoinV1 is sendJoin as it was first: the answer is a list of a status and an object.
// Spec: server-server r0.1.4, PUT v1/send_join.
func (s *Server) sendJoinV1(q *request) *Reply {
	reply := s.sendJoin(q)
	if j, ok := reply.Body.(*JoinAnswer); ok {
		j.List = true
	}
	return reply
}

// Answer makes the answer to a join: the state before it and every event that state, or the join, rests on. With
// omit, members are left out but for the joiner's own earlier event, and the chain leaves out what is in the state
// already; the room has a name, so that no heroes are needed to name it. Spec: server-server, PUT v2/send_join.
func (r *Room) Answer(join *event.Event, before auth.StateMap, omit bool) *JoinAnswer {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	j := &JoinAnswer{Event: join, State: r.sorted(before)}
	if omit {
		j.membersOmitted, j.ServersInRoom = true, servers(before)
		j.State = slices.DeleteFunc(j.State, func(e *event.Event) bool {
			key, _ := e.StateKey()
			return e.Type() == "m.room.member" && key != join.Sender()
		})
	}
	j.Chain = r.chain(append(slices.Clone(j.State), join))
	if omit {
		j.Chain = slices.DeleteFunc(j.Chain, func(e *event.Event) bool { return slices.Contains(j.State, e) })
	}
	j.State, j.Chain = r.handedOut(j.State), r.handedOut(j.Chain)
	return j
}

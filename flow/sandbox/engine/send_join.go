package engine

import (
	"fmt"
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

// encode gives the answer in the form of its endpoint. Its events stand there as they are: a large room has a hundred
// thousand of them.
func (j *JoinAnswer) encode() ([]byte, error) {
	if j.List {
		out := appendEvents([]byte(`[200,{"auth_chain":`), j.Chain)
		return append(appendEvents(append(out, `,"state":`...), j.State), "}]"...), nil
	}
	returned := j.Returned
	if returned == nil {
		returned = j.Event.Raw()
	}
	out := append([]byte(`{"event":`), returned...)
	out = appendEvents(append(out, `,"state":`...), j.State)
	out = appendEvents(append(out, `,"auth_chain":`...), j.Chain)
	out = fmt.Appendf(out, `,"members_omitted":%t`, j.membersOmitted)
	if len(j.ServersInRoom) > 0 {
		names, err := Encode(j.ServersInRoom)
		if err != nil {
			return nil, err
		}
		out = append(append(out, `,"servers_in_room":`...), names...)
	}
	return append(out, '}'), nil
}

func appendEvents(out []byte, events []*event.Event) []byte {
	size := 2
	for _, e := range events {
		size += len(e.Raw()) + 1
	}
	out = append(slices.Grow(out, size), '[')
	for i, e := range events {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, e.Raw()...)
	}
	return append(out, ']')
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
		if r.crowd != nil {
			j.ServersInRoom = append(j.ServersInRoom, r.crowd.servers...)
		}
		j.State = slices.DeleteFunc(j.State, func(e *event.Event) bool {
			key, _ := e.StateKey()
			return e.Type() == "m.room.member" && key != join.Sender()
		})
	}
	var needed map[string]bool
	if r.crowd != nil && !omit {
		needed = r.crowd.needed
	}
	j.Chain = r.chain(append(slices.Clone(j.State), join), needed)
	if omit {
		j.Chain = slices.DeleteFunc(j.Chain, func(e *event.Event) bool { return slices.Contains(j.State, e) })
	}
	if r.crowd != nil && !omit {
		state, chain := r.crowd.lists()
		j.State, j.Chain = append(j.State, state...), append(j.Chain, chain...)
	}
	j.State, j.Chain = r.handedOut(j.State), r.handedOut(j.Chain)
	return j
}

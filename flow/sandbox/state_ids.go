package sandbox

// stateIDs answers with the IDs of the state before an event, and of all it rests on, to servers in the room.
// Spec: server-server, GET state_ids.
func (s *server) stateIDs(q *request) *Reply {
	roomID, room := q.path[0], s.federation.Room
	if reply := s.deniedByACL(roomID, q.origin); reply != nil {
		return reply
	}
	if reply := s.unknownRoom(roomID); reply != nil {
		return reply
	}
	if !room.knew(q.origin) {
		return refuse(403, "M_FORBIDDEN", "Host not in room.")
	}
	state, chain, ok := room.idsBefore(q.query.Get("event_id"))
	if !ok {
		return refuse(404, "M_NOT_FOUND", "Unknown event")
	}
	return &Reply{Status: 200, Body: fields{"pdu_ids": state, "auth_chain_ids": chain}}
}

// idsBefore returns the IDs of the state before an event of the room, and of its auth chain; false when there is none.
func (r *Room) idsBefore(id string) (state, chain []string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.nodes[id]
	if n == nil {
		return nil, nil, false
	}
	before, err := r.before(n.PrevEvents())
	if err != nil {
		return nil, nil, false
	}
	events := r.sorted(before)
	for _, e := range events {
		state = append(state, e.ID())
	}
	for _, e := range r.chain(events) {
		chain = append(chain, e.ID())
	}
	return state, chain, true
}

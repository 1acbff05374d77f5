package sandbox

import (
	"fmt"

	"doorstep/client"
)

// A directoryAnswer is what the directory server says of an alias.
type directoryAnswer struct {
	RoomID  string   `json:"room_id"`
	Servers []string `json:"servers"`
}

// queryDirectory answers which room an alias names, and which servers may help to join it. Only the aliases of the server
// itself are known to it. Spec: server-server, Querying for information.
func (s *server) queryDirectory(q *request) *Reply {
	f := s.federation
	alias := q.query.Get("room_alias")
	if alias == "" {
		return refuse(400, "M_MISSING_PARAM", "Missing required parameter: room_alias")
	}
	if client.Domain(alias) != s.name {
		return refuse(404, "M_NOT_FOUND", "Room alias is not on this server")
	}
	if reply := s.authenticate(q); reply != nil {
		return reply
	}
	if alias != f.Alias || f.Scenario.Room.NoAlias {
		return refuse(404, "M_NOT_FOUND", fmt.Sprintf("Room alias %s not found", alias))
	}
	return &Reply{Status: 200, Body: &directoryAnswer{RoomID: f.RoomID, Servers: f.Scenario.Layout.Candidates}}
}

// userDevices lists the devices of a user of the server. Nobody here has any.
// Spec: server-server, Device Management.
func (s *server) userDevices(q *request) *Reply {
	user := q.path[0]
	if client.Domain(user) != s.name {
		return refuse(400, "M_INVALID_PARAM", "User is not hosted on this homeserver")
	}
	return &Reply{Status: 200, Body: fields{"user_id": user, "stream_id": 0, "devices": []fields{}}}
}

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

// version names the software. Spec: server-server, Server Implementation.
func (s *server) version(*request) *Reply {
	return &Reply{Status: 200, Body: fields{"server": fields{"name": "Doorstep sandbox", "version": "1"}}}
}

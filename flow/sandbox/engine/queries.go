package engine

import (
	"fmt"

	"doorstep/client"
)

// A DirectoryAnswer is what the directory server says of an alias.
type DirectoryAnswer struct {
	RoomID  string   `json:"room_id"`
	Servers []string `json:"servers"`
}

// queryDirectory answers which room an alias names, and which servers may help to join it. Only the aliases of the
// server itself are known to it. Spec: server-server, Querying for information.
func (s *Server) queryDirectory(q *request) *Reply {
	f := s.Federation
	alias := q.query.Get("room_alias")
	if alias == "" {
		return Refuse(400, "M_MISSING_PARAM", "Missing required parameter: room_alias")
	}
	if client.Domain(alias) != s.Name {
		return Refuse(404, "M_NOT_FOUND", "Room alias is not on this server")
	}
	if reply := s.authenticate(q); reply != nil {
		return reply
	}
	if alias != f.Alias || f.Scenario.Room.NoAlias {
		return Refuse(404, "M_NOT_FOUND", fmt.Sprintf("Room alias %s not found", alias))
	}
	return &Reply{Status: 200, Body: &DirectoryAnswer{RoomID: f.RoomID, Servers: f.Scenario.Layout.Candidates}}
}

// userDevices lists the devices of a user of the server. Nobody here has any.
// Spec: server-server, Device Management.
func (s *Server) userDevices(q *request) *Reply {
	user := q.path[0]
	if client.Domain(user) != s.Name {
		return Refuse(400, "M_INVALID_PARAM", "User is not hosted on this homeserver")
	}
	return &Reply{Status: 200, Body: Fields{"user_id": user, "stream_id": 0, "devices": []Fields{}}}
}

// stateIDs answers with the IDs of the state before an event, and of all it rests on, to servers in the room.
// Spec: server-server, GET state_ids.
func (s *Server) stateIDs(q *request) *Reply {
	roomID, room := q.path[0], s.Federation.Room
	if reply := s.deniedByACL(roomID, q.origin); reply != nil {
		return reply
	}
	if reply := s.unknownRoom(roomID); reply != nil {
		return reply
	}
	if !room.knew(q.origin) {
		return Refuse(403, "M_FORBIDDEN", "Host not in room.")
	}
	state, chain, ok := room.idsBefore(q.query.Get("event_id"))
	if !ok {
		return Refuse(404, "M_NOT_FOUND", "Unknown event")
	}
	return &Reply{Status: 200, Body: Fields{"pdu_ids": state, "auth_chain_ids": chain}}
}

// idsBefore returns the IDs of the state before an event of the room, and of its auth chain; false when there is none.
func (r *Room) idsBefore(id string) (state, chain []string, ok bool) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	n := r.Nodes[id]
	if n == nil {
		return nil, nil, false
	}
	before, err := r.Before(n.PrevEvents())
	if err != nil {
		return nil, nil, false
	}
	events := r.sorted(before)
	for _, e := range events {
		state = append(state, e.ID())
	}
	rest := r.chain(events, nil)
	if r.crowd != nil {
		of, on := r.crowd.lists()
		rest = append(r.chain(events, r.crowd.needed), on...)
		for _, e := range of {
			state = append(state, e.ID())
		}
	}
	for _, e := range rest {
		chain = append(chain, e.ID())
	}
	return state, chain, true
}

// version names the software. Spec: server-server, Server Implementation.
func (s *Server) version(*request) *Reply {
	return &Reply{Status: 200, Body: Fields{"server": Fields{"name": "Doorstep sandbox", "version": "1"}}}
}

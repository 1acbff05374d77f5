package engine

import (
	"slices"

	"doorstep/client"
	"doorstep/flow/auth"
)

// A TemplateAnswer is what make_join and make_leave answer.
type TemplateAnswer struct {
	RoomVersion string `json:"room_version,omitempty"`
	Event       *Proto `json:"event"`
}

// makeJoin answers with a template of the join event. What it refuses, it refuses in the order of real homeservers.
// Spec: server-server, Joining Rooms.
func (s *Server) makeJoin(q *request) *Reply {
	roomID, user := q.path[0], q.path[1]
	room := s.Federation.Room
	if reply := s.deniedByACL(roomID, q.origin); reply != nil {
		return reply
	}
	if reply := s.unknownRoom(roomID); reply != nil {
		return reply
	}
	offered := q.query["ver"]
	first := s.form2015 && len(offered) == 0
	if len(offered) == 0 {
		offered = []string{"1"}
	}
	if !slices.Contains(offered, room.version.ID) {
		reply := Refuse(400, "M_INCOMPATIBLE_ROOM_VERSION",
			"Your homeserver does not support the features required to interact with this room")
		reply.Body.(Fields)["room_version"] = room.version.ID
		return reply
	}
	if client.Domain(user) != q.origin {
		return Refuse(403, "M_FORBIDDEN", "User not from origin server")
	}
	if reply := s.notInRoom(); reply != nil {
		return reply
	}
	content := Fields{"membership": "join"}
	state := room.now()
	if s.restrictedTo(state, user) {
		authoriser, reply := s.authoriser(state, user)
		if reply != nil {
			return reply
		}
		content["join_authorised_via_users_server"] = authoriser
	}
	p := room.Proto("m.room.member", user, user, content, s.Federation.Now())
	if verdict := room.allows(p); verdict.Outcome != auth.Allowed {
		return forbidden(state, user)
	}
	if first {
		// The resident server named the event; the joining server was to choose another name.
		p.eventID, p.origin = "$"+s.Federation.random.name()+":"+s.Name, s.Name
		return &Reply{Status: 200, Body: &TemplateAnswer{Event: p}}
	}
	return &Reply{Status: 200, Body: &TemplateAnswer{RoomVersion: room.version.ID, Event: p}}
}

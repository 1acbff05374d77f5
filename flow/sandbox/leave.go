package sandbox

import (
	"doorstep/client"
	"doorstep/flow/auth"
)

// makeLeave answers with a template of the event by which a user leaves, or declines an invite.
// Spec: server-server, Leaving Rooms (Rejecting Invites).
func (s *server) makeLeave(q *request) *Reply {
	roomID, user := q.path[0], q.path[1]
	room := s.federation.Room
	if reply := s.deniedByACL(roomID, q.origin); reply != nil {
		return reply
	}
	if reply := s.unknownRoom(roomID); reply != nil {
		return reply
	}
	if client.Domain(user) != q.origin {
		return refuse(403, "M_FORBIDDEN", "User not from origin server")
	}
	if reply := s.notInRoom(); reply != nil {
		return reply
	}
	p := room.proto("m.room.member", user, user, fields{"membership": "leave"}, s.federation.now())
	if verdict := room.allows(p); verdict.Outcome != auth.Allowed {
		return refuse(403, "M_FORBIDDEN", "You are neither in the room nor invited to it")
	}
	return &Reply{Status: 200, Body: &templateAnswer{RoomVersion: room.version.ID, Event: p}}
}

// sendLeave takes a signed leave event in. Spec: server-server, Leaving Rooms (Rejecting Invites).
func (s *server) sendLeave(q *request) *Reply {
	e, reply := s.submitted(q, "leave")
	if reply == nil {
		_, _, reply = s.take(e)
	}
	if reply != nil {
		return reply
	}
	return &Reply{Status: 200, Body: fields{}}
}

// sendLeaveV1 is sendLeave with the answer as it was first: a list of a status and an object.
// Spec: server-server r0.1.4, PUT v1/send_leave.
func (s *server) sendLeaveV1(q *request) *Reply {
	reply := s.sendLeave(q)
	if reply.Status == 200 {
		reply.Body = []any{200, fields{}}
	}
	return reply
}

package engine

import (
	"regexp"
	"slices"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// submitted reads the event in the body of send_join or send_leave and returns it once it is known to be what the
// path says and signed by the server that sends it; otherwise the refusal. One whose content hash does not hold comes
// back redacted. Spec: server-server, Checks performed on receipt of a PDU, 1 to 3.
func (s *Server) submitted(q *request, membership string) (*event.Event, *Reply) {
	roomID, eventID := q.path[0], q.path[1]
	room := s.Federation.Room
	if reply := s.deniedByACL(roomID, q.origin); reply != nil {
		return nil, reply
	}
	if reply := s.unknownRoom(roomID); reply != nil {
		return nil, reply
	}
	e, err := event.Parse(room.version, q.body)
	if err != nil {
		return nil, Refuse(400, "M_BAD_JSON", "The body is not an event: "+err.Error())
	}
	if problems := slices.DeleteFunc(e.Problems(), aboutReference); len(problems) > 0 {
		return nil, Refuse(400, "M_BAD_JSON", "The event is malformed: "+problems[0].Field+": "+problems[0].Why)
	}
	if e.RoomID() != roomID {
		return nil, Refuse(400, "M_BAD_JSON", "The event is not for the room in the path")
	}
	if key, ok := e.StateKey(); e.Type() != "m.room.member" || e.Membership() != membership || !ok || key != e.Sender() {
		return nil, Refuse(400, "M_INVALID_PARAM", "The event is not a "+membership+" event of its sender")
	}
	if client.Domain(e.Sender()) != q.origin {
		return nil, Refuse(403, "M_FORBIDDEN", "Sender is not on the origin server")
	}
	if e.ID() != eventID {
		return nil, Refuse(400, "M_INVALID_PARAM", "The event's ID is "+e.ID()+", not the one in the path")
	}
	if room.version.IDs == event.IDChosen && client.Domain(eventID) != q.origin {
		return nil, Refuse(403, "M_FORBIDDEN", "The event ID names another server than the sender's")
	}
	if err := s.signedBy(q.ctx, e, q.origin); err != nil {
		return nil, Refuse(403, "M_FORBIDDEN", "Signature: "+err.Error())
	}
	if !e.ContentHashHolds() { // no reason to refuse it: what redaction leaves goes on
		e = e.Redacted()
	}
	return e, s.notInRoom()
}

// hashNext is where the hash stands next to an event ID in auth_events and prev_events of versions 1 and 2.
var hashNext = regexp.MustCompile(`^/(auth|prev)_events/[0-9]+/1(/|$)`)

// aboutReference reports whether a problem is one of the hash next to an event ID. Homeservers write what they like
// there, and none looks at it.
func aboutReference(p event.Problem) bool { return hashNext.MatchString(p.Field) }

// take adds a submitted event to the room. All resident servers share the room, so nobody else has to be told.
func (s *Server) take(e *event.Event) (known *event.Event, before auth.StateMap, reply *Reply) {
	known, before, verdict, err := s.Federation.Room.accept(e)
	switch {
	case err != nil:
		return nil, nil, Refuse(403, "M_FORBIDDEN", err.Error())
	case verdict.Outcome != auth.Allowed && e.Membership() == "join" && membership(before, e.Sender()) != "join" &&
		!s.Federation.Room.allowsIn(e, before):
		reply := forbidden(before, e.Sender())
		return nil, nil, reply
	case verdict.Outcome != auth.Allowed:
		return nil, nil, Refuse(403, "M_FORBIDDEN", "Rule "+verdict.Rule+": "+verdict.Reason)
	}
	return known, before, nil
}

// makeLeave answers with a template of the event by which a user leaves, or declines an invite.
// Spec: server-server, Leaving Rooms (Rejecting Invites).
func (s *Server) makeLeave(q *request) *Reply {
	roomID, user := q.path[0], q.path[1]
	room := s.Federation.Room
	if reply := s.deniedByACL(roomID, q.origin); reply != nil {
		return reply
	}
	if reply := s.unknownRoom(roomID); reply != nil {
		return reply
	}
	if client.Domain(user) != q.origin {
		return Refuse(403, "M_FORBIDDEN", "User not from origin server")
	}
	if reply := s.notInRoom(); reply != nil {
		return reply
	}
	p := room.Proto("m.room.member", user, user, Fields{"membership": "leave"}, s.Federation.Now())
	if verdict := room.allows(p); verdict.Outcome != auth.Allowed {
		return Refuse(403, "M_FORBIDDEN", "You are neither in the room nor invited to it")
	}
	return &Reply{Status: 200, Body: &TemplateAnswer{RoomVersion: room.version.ID, Event: p}}
}

// sendLeave takes a signed leave event in. Spec: server-server, Leaving Rooms (Rejecting Invites).
func (s *Server) sendLeave(q *request) *Reply {
	e, reply := s.submitted(q, "leave")
	if reply == nil {
		_, _, reply = s.take(e)
	}
	if reply != nil {
		return reply
	}
	return &Reply{Status: 200, Body: Fields{}}
}

// sendLeaveV1 is sendLeave with the answer as it was first: a list of a status and an object.
// Spec: server-server r0.1.4, PUT v1/send_leave.
func (s *Server) sendLeaveV1(q *request) *Reply {
	reply := s.sendLeave(q)
	if reply.Status == 200 {
		reply.Body = []any{200, Fields{}}
	}
	return reply
}

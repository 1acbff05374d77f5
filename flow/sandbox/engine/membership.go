package engine

import (
	"context"
	"fmt"
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

// sign makes the event of p, as the server of its sender.
func (r *Room) sign(s *Server, p *Proto) (*event.Event, error) {
	if r.version.IDs == event.IDChosen {
		p.eventID = "$" + s.Federation.random.name() + ":" + s.Name
	}
	if KeepsOrigin(r.version) {
		p.origin = s.Name
	}
	return p.Event(s.Keys.Current, nil, nil)
}

// inviteInto sends an invite to the invited user's server, and puts what comes back into the room.
func (s *Server) inviteInto(ctx context.Context, invite *event.Event) error {
	cosigned, err := s.invite(ctx, invite)
	if err != nil {
		return err
	}
	return s.Federation.Room.Put(cosigned)
}

// invite sends an invite to the invited user's server and returns it with that server's signature added.
func (s *Server) invite(ctx context.Context, invite *event.Event) (*event.Event, error) {
	user, _ := invite.StateKey()
	room := s.Federation.Room
	request, err := s.inviteRequest(invite)
	if err != nil {
		return nil, err
	}
	x := s.ask(ctx, client.Domain(user), request)
	switch {
	case x.Failure != nil:
		return nil, fmt.Errorf("%s: %s", client.Domain(user), x.Failure.Message)
	case x.Response.Status != 200:
		return nil, fmt.Errorf("%s: status %d: %.200q", client.Domain(user), x.Response.Status, x.Response.Body)
	}
	answer := x.Response.Body
	if request.Endpoint == client.InviteV1 { // a list of a status and the object
		if pair, err := event.Elements(answer); err == nil && len(pair) == 2 {
			answer = pair[1]
		}
	}
	returned, err := event.ReadObject(answer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", client.Domain(user), err)
	}
	raw := returned.Get("event")
	if raw == nil {
		return nil, fmt.Errorf("%s returned no event", client.Domain(user))
	}
	e, err := event.Parse(room.version, raw)
	if err != nil {
		return nil, fmt.Errorf("%s: the event: %w", client.Domain(user), err)
	}
	if e.ID() != invite.ID() || e.ContentHash() != invite.ContentHash() {
		return nil, fmt.Errorf("%s returned another event", client.Domain(user))
	}
	return e, s.signedBy(ctx, e, client.Domain(user))
}

// inviteRequest is the request that carries an invite, in either form.
func (s *Server) inviteRequest(invite *event.Event) (client.Request, error) {
	room := s.Federation.Room
	shown := texts(room.Shown(invite.Sender()))
	path := "/invite/" + client.EscapePath(room.id) + "/" + client.EscapePath(invite.ID())
	if s.Federation.Scenario.Invite.V1 {
		told, err := Encode(Fields{"invite_room_state": shown})
		if err != nil {
			return client.Request{}, err
		}
		body, err := event.Edit(invite.Raw(), []event.Member{{Key: "unsigned", Value: told}})
		return client.Request{Endpoint: client.InviteV1, Method: "PUT", Body: body,
			Target: "/_matrix/federation/v1" + path}, err
	}
	body, err := Encode(Fields{"room_version": room.version.ID, "event": RawJSON(invite.Raw()),
		"invite_room_state": shown})
	return client.Request{Endpoint: client.Invite, Method: "PUT", Body: body,
		Target: "/_matrix/federation/v2" + path}, err
}

// Shown returns the state that goes along with an invite, so that the invited user can see what the room is: whole
// events, with the create event among them. Spec: server-server, Inviting to a room; client-server, Stripped state.
func (r *Room) Shown(inviter string) []*event.Event {
	state := r.now()
	var out []*event.Event
	for _, t := range []auth.Tuple{
		{Type: "m.room.create"}, {Type: "m.room.join_rules"}, {Type: "m.room.name"}, {Type: "m.room.topic"},
		{Type: "m.room.canonical_alias"}, {Type: "m.room.member", StateKey: inviter},
	} {
		if e := state[t]; e != nil {
			out = append(out, e)
		}
	}
	return out
}

// exchangeInvite makes an invite of an invite to an address: it is judged like any event, sent to the user's server,
// and put into the room. Spec: server-server, PUT exchange_third_party_invite.
func (s *Server) exchangeInvite(q *request) *Reply {
	room := s.Federation.Room
	o, err := event.ReadObject(q.body)
	if err != nil {
		return Refuse(400, "M_BAD_JSON", "The body is not an object")
	}
	said := func(path ...string) string { text, _ := o.String(path...); return text }
	sender, user, third := said("sender"), said("state_key"), o.Get("content", "third_party_invite")
	switch {
	case s.deniedByACL(q.path[0], q.origin) != nil:
		return s.deniedByACL(q.path[0], q.origin)
	case s.unknownRoom(q.path[0]) != nil:
		return s.unknownRoom(q.path[0])
	case said("type") != "m.room.member" || said("content", "membership") != "invite" || said("room_id") != q.path[0]:
		return Refuse(400, "M_BAD_JSON", "The body is not an invite to the room in the path")
	case third == nil:
		return Refuse(400, "M_BAD_JSON", "The invite has no third_party_invite")
	case client.Domain(user) != q.origin || client.Domain(sender) != s.Name:
		return Refuse(403, "M_FORBIDDEN", "The user is not on the origin server, or the sender not on this one")
	}
	p := room.Proto("m.room.member", sender, user,
		Fields{"membership": "invite", "third_party_invite": RawJSON(third)}, s.Federation.Now())
	if verdict := room.allows(p); verdict.Outcome != auth.Allowed {
		return Refuse(403, "M_FORBIDDEN", "Rule "+verdict.Rule+": "+verdict.Reason)
	}
	invite, err := room.sign(s, p)
	if err == nil {
		err = s.inviteInto(q.ctx, invite)
	}
	if err != nil {
		return Refuse(500, "M_UNKNOWN", "The invite came to nothing: "+err.Error())
	}
	return &Reply{Status: 200, Body: Fields{}}
}

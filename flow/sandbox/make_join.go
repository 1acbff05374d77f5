package sandbox

import (
	"slices"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A templateAnswer is what make_join and make_leave answer.
type templateAnswer struct {
	RoomVersion string `json:"room_version,omitempty"`
	Event       *proto `json:"event"`
}

// makeJoin answers with a template of the join event. What it refuses, it refuses in the order of real homeservers.
// Spec: server-server, Joining Rooms.
func (s *server) makeJoin(q *request) *Reply {
	roomID, user := q.path[0], q.path[1]
	room := s.federation.Room
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
		reply := refuse(400, "M_INCOMPATIBLE_ROOM_VERSION", "Your homeserver does not support the features required to interact with this room")
		reply.Body.(fields)["room_version"] = room.version.ID
		return reply
	}
	if client.Domain(user) != q.origin {
		return refuse(403, "M_FORBIDDEN", "User not from origin server")
	}
	if reply := s.notInRoom(); reply != nil {
		return reply
	}
	content := fields{"membership": "join"}
	state := room.now()
	if s.restrictedTo(state, user) {
		authoriser, reply := s.authoriser(state, user)
		if reply != nil {
			return reply
		}
		content["join_authorised_via_users_server"] = authoriser
	}
	p := room.proto("m.room.member", user, user, content, s.federation.now())
	if verdict := room.allows(p); verdict.Outcome != auth.Allowed {
		return forbidden(state, user)
	}
	if first {
		// The resident server named the event; the joining server was to choose another name.
		p.eventID, p.origin = "$"+s.federation.random.name()+":"+s.name, s.name
		return &Reply{Status: 200, Body: &templateAnswer{Event: p}}
	}
	return &Reply{Status: 200, Body: &templateAnswer{RoomVersion: room.version.ID, Event: p}}
}

// unknownRoom refuses a room that the server has never been in.
func (s *server) unknownRoom(roomID string) *Reply {
	if room := s.federation.Room; roomID != room.id || !room.knew(s.name) {
		return refuse(404, "M_NOT_FOUND", "Could not find room "+roomID)
	}
	return nil
}

// notInRoom refuses when the server has no user left in the room.
func (s *server) notInRoom() *Reply {
	if len(joined(s.federation.Room.now(), s.name)) == 0 {
		return refuse(404, "M_NOT_FOUND", "Not an active room on this server")
	}
	return nil
}

// allows decides a template by the room as it is now. In versions 1 and 2 the joining server has yet to name the event; any
// name of its will do.
func (r *Room) allows(p *proto) auth.Verdict {
	named := *p
	if r.version.IDs == event.IDChosen && p.eventID == "" {
		named.eventID = "$unnamed:" + client.Domain(p.sender)
	}
	e, err := named.parse()
	if err != nil {
		return auth.Verdict{Outcome: auth.Rejected, Reason: err.Error()}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.judge(e, r.current)
}

// forbidden refuses a join that the rules of the room reject, with the words homeservers use.
func forbidden(state auth.StateMap, user string) *Reply {
	create := state[auth.Tuple{Type: "m.room.create"}]
	federate, _ := create.Content("m.federate")
	switch {
	case string(federate) == "false" && client.Domain(create.Sender()) != client.Domain(user):
		return refuse(403, "M_FORBIDDEN", "This room has been marked as unfederatable.")
	case membership(state, user) == "ban":
		return refuse(403, "M_FORBIDDEN", user+" is banned from the room")
	case isRestricted(joinRule(state)):
		return refuse(403, "M_FORBIDDEN", "You do not belong to any of the required rooms/spaces to join this room.")
	}
	return refuse(403, "M_FORBIDDEN", "You are not invited to this room.")
}

func joinRule(state auth.StateMap) string {
	e := state[auth.Tuple{Type: "m.room.join_rules"}]
	if e == nil {
		return "invite"
	}
	rule, _ := e.ContentString("join_rule")
	return rule
}

func isRestricted(rule string) bool { return rule == "restricted" || rule == "knock_restricted" }

// restrictedTo reports whether user needs somebody in the room to authorise the join: the rule is restricted, and the user
// is neither in, nor invited, nor banned, which no condition helps against.
// Spec: server-server, Restricted rooms.
func (s *server) restrictedTo(state auth.StateMap, user string) bool {
	return isRestricted(joinRule(state)) && !slices.Contains([]string{"join", "invite", "ban"}, membership(state, user))
}

// authoriser returns a user of this server who may authorise user's restricted join: one in the room who may invite.
// Spec: server-server, Restricted rooms; rooms/v10, Authorisation rules.
func (s *server) authoriser(state auth.StateMap, user string) (string, *Reply) {
	parent := s.federation.Scenario.Room.Parent
	if !slices.Contains(parent.KnownTo, s.name) {
		return "", refuse(400, "M_UNABLE_TO_AUTHORISE_JOIN", "This server is not in the room whose members may join")
	}
	if !parent.Joined || user != s.federation.UserID {
		return "", refuse(403, "M_FORBIDDEN", "You do not belong to any of the required rooms/spaces to join this room.")
	}
	for _, local := range joined(state, s.name) {
		content := fields{"membership": "join", "join_authorised_via_users_server": local}
		p := s.federation.Room.proto("m.room.member", user, user, content, s.federation.now())
		if s.federation.Room.allows(p).Outcome == auth.Allowed {
			return local, nil
		}
	}
	return "", refuse(400, "M_UNABLE_TO_GRANT_JOIN", "No user of this server may invite to the room")
}

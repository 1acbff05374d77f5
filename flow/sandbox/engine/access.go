package engine

import (
	"regexp"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// deniedByACL refuses a server that the room's access list denies.
// Spec: server-server, Server Access Control Lists (ACLs).
func (s *Server) deniedByACL(roomID, server string) *Reply {
	room := s.Federation.Room
	if roomID != room.id || AllowedBy(room.now()[auth.Tuple{Type: "m.room.server_acl"}], server) {
		return nil
	}
	return Refuse(403, "M_FORBIDDEN", "Server is banned from room")
}

// AllowedBy reports whether an access list lets a server in; without a list every server is let in, and a list that
// allows nobody lets nobody in.
func AllowedBy(acl *event.Event, server string) bool {
	if acl == nil {
		return true
	}
	name, err := client.ParseServerName(server)
	if err != nil {
		return false
	}
	if literals, _ := acl.Content("allow_ip_literals"); string(literals) == "false" && name.IsIP() {
		return false
	}
	return !anyMatches(acl, "deny", name.Host) && anyMatches(acl, "allow", name.Host)
}

// anyMatches reports whether one of the patterns at key matches host: "*" stands for any text, "?" for any character,
// letter case does not count.
func anyMatches(acl *event.Event, key, host string) bool {
	raw, _ := acl.Content(key)
	patterns, _ := event.Elements(raw) // none, if it is no list
	for _, p := range patterns {
		glob, ok := event.String(p)
		if !ok {
			continue
		}
		expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(glob))
		if re, err := regexp.Compile("^(?is:" + expr + ")$"); err == nil && re.MatchString(host) {
			return true
		}
	}
	return false
}

// unknownRoom refuses a room that the server has never been in.
func (s *Server) unknownRoom(roomID string) *Reply {
	if room := s.Federation.Room; roomID != room.id || !room.knew(s.Name) {
		return Refuse(404, "M_NOT_FOUND", "Could not find room "+roomID)
	}
	return nil
}

// notInRoom refuses when the server has no user left in the room.
func (s *Server) notInRoom() *Reply {
	if len(joined(s.Federation.Room.now(), s.Name)) == 0 {
		return Refuse(404, "M_NOT_FOUND", "Not an active room on this server")
	}
	return nil
}

// forbidden refuses a join that the rules of the room reject, with the words homeservers use.
func forbidden(state auth.StateMap, user string) *Reply {
	create := state[auth.Tuple{Type: "m.room.create"}]
	federate, _ := create.Content("m.federate")
	switch {
	case string(federate) == "false" && client.Domain(create.Sender()) != client.Domain(user):
		return Refuse(403, "M_FORBIDDEN", "This room has been marked as unfederatable.")
	case membership(state, user) == "ban":
		return Refuse(403, "M_FORBIDDEN", user+" is banned from the room")
	case isRestricted(joinRule(state)):
		return Refuse(403, "M_FORBIDDEN", "You do not belong to any of the required rooms/spaces to join this room.")
	}
	return Refuse(403, "M_FORBIDDEN", "You are not invited to this room.")
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

// restrictedTo reports whether user needs somebody in the room to authorise the join: the rule is restricted, and the
// user is neither in, nor invited, nor banned, which no condition helps against. Spec: server-server, Restricted
// rooms.
func (s *Server) restrictedTo(state auth.StateMap, user string) bool {
	return isRestricted(joinRule(state)) && !slices.Contains([]string{"join", "invite", "ban"}, membership(state, user))
}

// authoriser returns a user of this server who may authorise user's restricted join: one in the room who may invite.
// Spec: server-server, Restricted rooms; rooms/v10, Authorisation rules.
func (s *Server) authoriser(state auth.StateMap, user string) (string, *Reply) {
	parent := s.Federation.Scenario.Room.Parent
	if !slices.Contains(parent.KnownTo, s.Name) {
		return "", Refuse(400, "M_UNABLE_TO_AUTHORISE_JOIN", "This server is not in the room whose members may join")
	}
	if !parent.Joined || !s.Federation.wants(user) {
		return "", Refuse(403, "M_FORBIDDEN", "You do not belong to any of the required rooms/spaces to join this room.")
	}
	for _, local := range joined(state, s.Name) {
		content := Fields{"membership": "join", "join_authorised_via_users_server": local}
		p := s.Federation.Room.Proto("m.room.member", user, user, content, s.Federation.Now())
		if s.Federation.Room.allows(p).Outcome == auth.Allowed {
			return local, nil
		}
	}
	return "", Refuse(400, "M_UNABLE_TO_GRANT_JOIN", "No user of this server may invite to the room")
}

// mayAuthorise refuses a restricted join whose authoriser is not ours to speak for, or whose condition is not met any
// more. Spec: server-server, Restricted rooms.
func (s *Server) mayAuthorise(e *event.Event, authoriser string) *Reply {
	if client.Domain(authoriser) != s.Name {
		return Refuse(400, "M_INVALID_PARAM", "The join is authorised by a user of another server")
	}
	state := s.Federation.Room.now()
	if !s.restrictedTo(state, e.Sender()) {
		return nil
	}
	_, reply := s.authoriser(state, e.Sender())
	return reply
}

// allows decides a template by the room as it is now. In versions 1 and 2 the joining server has yet to name the
// event; any name of its will do.
func (r *Room) allows(p *Proto) auth.Verdict {
	named := *p
	if r.version.IDs == event.IDChosen && p.eventID == "" {
		named.eventID = "$unnamed:" + client.Domain(p.Sender)
	}
	e, err := named.parse()
	if err != nil {
		return auth.Verdict{Outcome: auth.Rejected, Reason: err.Error()}
	}
	r.Mu.Lock()
	defer r.Mu.Unlock()
	return r.judge(e, r.current)
}

// allowsIn decides an event by a state alone, whatever auth events it names.
func (r *Room) allowsIn(e *event.Event, state auth.StateMap) bool {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	return auth.AgainstState(e, state, r.context()).Outcome == auth.Allowed
}

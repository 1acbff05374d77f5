package auth

import "doorstep/flow/event"

// Event types the rules know.
const (
	typeCreate           = "m.room.create"
	typeMember           = "m.room.member"
	typePowerLevels      = "m.room.power_levels"
	typeJoinRules        = "m.room.join_rules"
	typeThirdPartyInvite = "m.room.third_party_invite"
	typeAliases          = "m.room.aliases"
	typeRedaction        = "m.room.redaction"
)

// A selection is the tuples an event's auth events are chosen from, without allocating: there are seven at most.
type selection struct {
	tuples [7]Tuple
	n      int
}

func (s *selection) add(typ, stateKey string) {
	t := Tuple{typ, stateKey}
	if !s.has(t) {
		s.tuples[s.n] = t
		s.n++
	}
}

func (s *selection) has(t Tuple) bool {
	for i := range s.n {
		if s.tuples[i] == t {
			return true
		}
	}
	return false
}

func (s *selection) choose(e *event.Event) {
	if e.Type() == typeCreate {
		return
	}
	v := e.Version()
	if !v.RoomIDIsCreate {
		s.add(typeCreate, "")
	}
	s.add(typePowerLevels, "")
	s.add(typeMember, e.Sender())
	if e.Type() != typeMember {
		return
	}
	if target, ok := e.StateKey(); ok {
		s.add(typeMember, target)
	}
	membership := e.Membership()
	switch membership {
	case "join", "invite", "knock":
		s.add(typeJoinRules, "")
	}
	if membership == "invite" {
		if raw, ok := e.Content("third_party_invite"); ok {
			if token, ok := text(readInvite(raw).token); ok {
				s.add(typeThirdPartyInvite, token)
			}
		}
	}
	if membership == "join" && v.Restricted {
		if user, ok := e.ContentString("join_authorised_via_users_server"); ok {
			s.add(typeMember, user)
		}
	}
}

// Select returns the tuples from which e's auth events are chosen, in the specification's order and each once; none
// for a create event. Spec: server-server, Auth events selection.
func Select(e *event.Event) []Tuple {
	var s selection
	s.choose(e)
	return append([]Tuple(nil), s.tuples[:s.n]...)
}

// SelectFrom returns the IDs of the events that s has at those tuples, in the same order: the auth_events of an event
// built on s.
func SelectFrom(e *event.Event, s State) []string {
	ids := []string{}
	for _, t := range Select(e) {
		if chosen := s.At(t); chosen != nil {
			ids = append(ids, chosen.ID())
		}
	}
	return ids
}

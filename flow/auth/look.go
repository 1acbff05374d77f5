package auth

import (
	"doorstep/flow/event"
)

// What conditions look at. Each of these notes the value and where it came from, and says through cannot when it is not
// known.

// at returns the event at a tuple of the auth events or the state, nil when there is none.
func (j *judge) at(t Tuple) *event.Event {
	if !j.byList {
		e := j.state.At(t)
		if e == nil && j.context.Omitted != nil && j.context.Omitted(t) {
			j.cannot("the state does not say what is at (", t.Type, ", ", clip(t.StateKey), ")")
		}
		return e
	}
	// The rules about the list let no more than seven entries through.
	for _, e := range j.entries {
		if e.Type() != t.Type {
			continue
		}
		if key, ok := e.StateKey(); ok && key == t.StateKey {
			return e
		}
	}
	return nil
}

// create returns the room's create event, nil when it is not known.
func (j *judge) create() *event.Event {
	if j.context.Create != nil && (j.event.Version().RoomIDIsCreate || !j.byList) {
		return j.context.Create
	}
	return j.at(Tuple{typeCreate, ""})
}

// membership returns a user's membership, "" when the user has none.
func (j *judge) membership(user string) string {
	e := j.at(Tuple{typeMember, user})
	if e == nil {
		if j.noting {
			j.note("membership of "+user, "none", fromDefault)
		}
		return ""
	}
	m := e.Membership()
	if j.noting {
		j.note("membership of "+user, m, e.ID())
	}
	return m
}

// target returns the state_key.
func (j *judge) target() string {
	key, _ := j.event.StateKey()
	return key
}

// joinRule returns the join_rule; its JSON text when it is not a string, which is no rule's name. Without one it is
// invite.
func (j *judge) joinRule() string {
	rule, from := "invite", fromDefault
	if e := j.at(Tuple{typeJoinRules, ""}); e != nil {
		if raw, ok := e.Content("join_rule"); ok {
			from = e.ID()
			if rule, ok = text(raw); !ok {
				rule = string(raw)
			}
		}
	}
	j.note("join_rule", rule, from)
	return rule
}

func (j *judge) levels() *Levels {
	if j.power != nil {
		return j.power
	}
	v := j.event.Version()
	l := j.context.Memo.levels(v, j.create(), j.at(Tuple{typePowerLevels, ""}))
	if j.why == "" { // otherwise the next condition has to hear of it too
		j.power = l
	}
	return l
}

// powerOf returns a user's power level.
func (j *judge) powerOf(user string) Level {
	s := j.levels().User(user)
	return j.setting(s, "power of ", user)
}

// levelTo returns the level at content.NAME: invite, kick, ban, redact.
func (j *judge) levelTo(name string) Level {
	return j.setting(j.levels().Named(name), "level to ", name)
}

func (j *judge) setting(s Setting, name ...string) Level {
	if j.noting {
		full := name[0] + name[1]
		if s.Key != "" && s.Key != name[1] {
			full += " (" + s.Key + ")"
		}
		j.note(full, s.String(), s.From)
	}
	if s.Unreadable != "" {
		j.cannot(name[0], clip(name[1]), " is ", s.Unreadable)
	}
	return s.Level
}

// invite reads content.third_party_invite of the event being judged.
func (j *judge) invite() thirdPartyInvite {
	if j.thirdParty == nil {
		raw, _ := j.event.Content("third_party_invite")
		t := readInvite(raw)
		j.thirdParty = &t
	}
	return *j.thirdParty
}

// offer returns the m.room.third_party_invite event with the token that signed has, nil when there is none.
func (j *judge) offer() *event.Event {
	token, ok := text(j.invite().token)
	if !ok {
		return nil
	}
	j.note("token", token, fromEvent)
	return j.at(Tuple{typeThirdPartyInvite, token})
}

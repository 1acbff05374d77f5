package answer

import (
	"errors"
	"strings"

	"doorstep/flow"
	"doorstep/flow/event"
)

// topic is the event that changes are made to where any would do: no other rests on it.
var topic = ofType("m.room.topic")

// rooms change single events of what send_join answers.
var rooms = []Mutation{{
	Name: "state-hash-broken", Title: "A state event is changed, and keeps its hash and signature", Steps: ofJoin,
	Teaches: "The content hash shows that the content was changed. Such an event is redacted, not refused: what " +
		"redaction keeps still holds.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "bad-hash", Check: "content_hash",
		Why: "the content hash does not hold: the event is redacted"}),
	change: change(both, topic, asItIs(contentOf("topic", `"What nobody wrote"`))),
}, {
	Name: "state-signature-broken", Title: "The signature of a state event is broken", Steps: ofJoin,
	Teaches: "An event whose signature does not hold is left out. The join goes on without it.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "bad-signature", Check: "signature",
		Why: "the signature does not hold: the event is left out"}),
	change: change(both, topic, asItIs(turnSignature)),
}, {
	Name: "state-unsigned", Title: "A state event has no signature", Steps: ofJoin,
	Teaches: "An event that nobody signed could be anybody's.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "bad-signature", Check: "signature",
		Why: "nobody signed the event: it is left out"}),
	change: change(both, topic, asItIs(func(raw []byte) ([]byte, error) {
		return event.Edit(raw, []event.Member{{Key: "signatures", Value: []byte("{}")}})
	})),
}, {
	Name: "state-signed-again", Title: "A state event is changed, hashed and signed again", Steps: ofJoin,
	Teaches: "The resident has the key of its own users' server: an event that is signed again holds. Only who was " +
		"there before knows that the room had another.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined,
		Why: "hash and signature hold, and the rules allow it"}),
	change: change(both, topic, sealed(contentOf("topic", `"What nobody wrote"`))),
}, {
	Name: "state-stranger", Title: "A state event's sender is on a server that nobody finds", Steps: ofJoin,
	Teaches: "Keys that nobody can fetch prove nothing: such an event cannot be checked.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "bad-signature", Check: "signature",
		Why: "nobody from the sender's server signed the event"}),
	change: change(both, topic, asItIs(func(raw []byte) ([]byte, error) {
		sender := event.Quote("@mallory:" + elsewhere)
		return event.Edit(raw, []event.Member{{Key: "sender", Value: sender}})
	})),
}, {
	Name: "levels-signature-broken", Title: "The signature of the power levels is broken", Steps: ofJoin,
	Teaches: "Whatever rests on an event that does not hold falls with it: here the join itself names it.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "unverifiable-auth-event", Check: "signature",
		Why: "the join names the power levels among its auth_events"}),
	change: change(both, ofType("m.room.power_levels"), asItIs(turnSignature)),
}, {
	Name: "create-signature-broken", Title: "The signature of the create event is broken", Steps: ofJoin,
	Teaches: "Everything in a room rests on its create event.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "create-unusable", Check: "signature",
		Why: "no event stands without the create event"}),
	change: change(both, ofType("m.room.create"), asItIs(turnSignature)),
}, {
	Name: "rules-closed", Title: "The join rules are invite, hashed and signed again", Steps: ofJoin,
	Teaches: "The joining server judges its own join by the state that comes back: by this one it should never have " +
		"been let in.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "join-forbidden", Check: "join_auth_state",
		Why: "by the state before the join nobody who was not invited may join"}),
	change: change(stateOnly, ofType("m.room.join_rules"), sealed(contentOf("join_rule", `"invite"`))),
}, {
	Name: "joiner-banned", Title: "The state says that the joiner is banned", Steps: ofJoin,
	Teaches: "The state before the join may not forbid it.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "join-forbidden", Check: "join_auth_state",
		Why: "by the state before the join its sender is banned"}),
	change: banned,
}, {
	Name: "state-other-room", Title: "A state event is of another room", Steps: ofJoin,
	Teaches: "An event belongs to one room. One of another room has no business in the answer, however well it is " +
		"signed.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "foreign-event", Check: "room_id",
		Why: "the event is of another room: it is left out"}),
	change: change(both, topic, sealed(func(raw []byte) ([]byte, error) {
		room, ok := event.GetString(raw, "room_id")
		if !ok {
			return nil, errors.New("the event names no room")
		}
		return event.Edit(raw, []event.Member{{Key: "room_id", Value: event.Quote(otherName(room))}})
	})),
}, {
	Name: "state-depth-text", Title: "A state event's depth is a text", Steps: ofJoin,
	Teaches: "An event that does not have the form of one is left out.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "malformed-event", Check: "event_format",
		Why: "the event does not have the form of one: it is left out"}),
	change: change(both, topic, asItIs(func(raw []byte) ([]byte, error) {
		return event.Edit(raw, []event.Member{{Key: "depth", Value: []byte(`"seven"`)}})
	})),
}, {
	Name: "state-no-auth-events", Title: "A state event's auth_events is empty, hashed and signed again", Steps: ofJoin,
	Teaches: "An event has to be allowed by those that it names: by none of them, nothing is allowed.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "unauthorised-state", Check: "authorisation",
		Why: "nothing that the event names allows it: it is left out"}),
	change: change(both, topic, sealed(func(raw []byte) ([]byte, error) {
		return event.Edit(raw, []event.Member{{Key: "auth_events", Value: []byte("[]")}})
	})),
}, {
	Name: "state-without-power", Title: "A state event is by a user without power, hashed and signed " +
		"again", Steps: ofJoin,
	Teaches: "Signatures say who made an event, not that they were allowed to: the authorisation rules do.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "unauthorised-state", Check: "authorisation",
		Why: "its sender lacks the power for it: it is left out"}),
	change: withoutPower,
}, {
	Name: "returned-join-changed", Title: "Our join comes back changed", Steps: ofJoin,
	Teaches: "event is the join as the resident took it. It may have one signature more; anything else is not what " +
		"was sent.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "tampered-returned-event",
		Check: "returned_event",
		Why:   "it is not the event that was sent, and its hash does not hold: the one that was sent stands"}),
	change: func(d *Draft, k Known) error {
		return d.inObject(func(obj []byte) ([]byte, error) {
			e := event.Get(obj, "event")
			if e == nil {
				return nil, errors.New("the answer has no event")
			}
			changed, err := inContent(e, "displayname", `"Mallory"`)
			if err != nil {
				return nil, err
			}
			return event.Edit(obj, []event.Member{{Key: "event", Value: changed}})
		})
	},
}}

// banned puts a ban of the joiner into the state, in place of what the state says of them.
func banned(d *Draft, k Known) error {
	if k.User == "" {
		return errors.New("who joins is not known")
	}
	return onLists(stateOnly, func(d *Draft, k Known, events [][]byte) ([][]byte, error) {
		for _, raw := range events {
			if !topic(raw) {
				continue
			}
			changed, err := event.Edit(raw, []event.Member{{Key: "type", Value: []byte(`"m.room.member"`)},
				{Key: "state_key", Value: event.Quote(k.User)}, {Key: "content", Value: []byte(`{"membership":"ban"}`)}})
			if err == nil {
				changed, err = k.seal(d.Version, changed)
			}
			if err != nil {
				return nil, err
			}
			return append(events, changed), nil
		}
		return events, nil
	})(d, k)
}

// withoutPower has the last member without power send the topic.
func withoutPower(d *Draft, k Known) error {
	return onLists(stateOnly, func(d *Draft, k Known, events [][]byte) ([][]byte, error) {
		at, user, member := -1, "", ""
		var levels []byte
		for i, raw := range events {
			kind, _ := event.GetString(raw, "type")
			switch {
			case topic(raw):
				at = i
			case kind == "m.room.power_levels":
				levels = event.Get(raw, "content", "users")
			}
		}
		for _, raw := range events {
			sender, _ := event.GetString(raw, "sender")
			key, _ := event.GetString(raw, "state_key")
			membership, _ := event.GetString(raw, "content", "membership")
			if membership == "join" && sender == key && event.Get(levels, sender) == nil {
				if _, ours := k.Key(sender[strings.IndexByte(sender, ':')+1:]); ours {
					user, member = sender, sender
				}
			}
		}
		if at < 0 || member == "" {
			return events, nil
		}
		changed, err := event.Edit(events[at], []event.Member{{Key: "sender", Value: event.Quote(user)}})
		if err == nil {
			changed, err = k.seal(d.Version, changed)
		}
		if err != nil {
			return nil, err
		}
		events[at] = changed
		return events, nil
	})(d, k)
}

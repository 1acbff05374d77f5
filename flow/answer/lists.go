package answer

import (
	"errors"

	"doorstep/flow"
	"doorstep/flow/event"
)

// roomLists change which events send_join answers, and in what form.
var roomLists = []Mutation{{
	Name: "create-missing", Title: "The create event is missing", Steps: ofJoin,
	Teaches: "Without the create event nothing says what version the room has and who made it: there is no room.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "no-create", Check: "create",
		Why: "there is no create event"}),
	change: leaveOut(both, ofType("m.room.create")),
}, {
	Name: "create-not-in-state", Title: "The create event is in auth_chain only", Steps: ofJoin,
	Teaches: "The state has to have a create event. That it is in the other list makes it no part of the state.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "no-create", Check: "create",
		Why: "the state has no create event"}),
	change: leaveOut(stateOnly, ofType("m.room.create")),
}, {
	Name: "chain-event-missing", Title: "An event is left out of auth_chain", Steps: ofJoin,
	Teaches: "auth_chain is everything that the state rests on. What is missing has to be fetched, or what rests on " +
		"it falls.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "missing-auth-event", Check: "closure",
		Why: "what rests on the missing event cannot be authorised, and the join is among it"}),
	change: leaveOutOfChain,
}, {
	Name: "chain-empty", Title: "auth_chain is empty", Steps: ofJoin,
	Teaches: "Old power levels and memberships are in no state: without the chain nobody can check what rested on " +
		"them.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "missing-auth-event", Check: "closure",
		Why: "what rests on the missing events cannot be authorised, and the join is among it"}),
	change: set(inChain, "[]"),
}, {
	Name: "chain-missing", Title: "The answer has no auth_chain", Steps: ofJoin,
	Teaches: "auth_chain is required.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "answer-incomplete", Check: "answer_shape",
		Why: "the answer lacks auth_chain"}),
	change: without(inChain),
}, {
	Name: "state-empty", Title: "state is empty", Steps: ofJoin,
	Teaches: "A room without state has no create event, so it is none.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "no-create", Check: "create",
		Why: "the state has no create event"}),
	change: set(inState, "[]"),
}, {
	Name: "state-missing", Title: "The answer has no state", Steps: ofJoin,
	Teaches: "state is required.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "answer-incomplete", Check: "answer_shape",
		Why: "the answer lacks state"}),
	change: without(inState),
}, {
	Name: "state-object", Title: "state is an object instead of a list", Steps: ofJoin,
	Teaches: "A field of another type than the specification gives it is as good as none.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "answer-incomplete", Check: "answer_shape",
		Why: "state is no list"}),
	change: set(inState, "{}"),
}, {
	Name: "state-holds-number", Title: "One element of state is a number", Steps: ofJoin,
	Teaches: "What is no event is left out; it need not take the others with it.",
	expected: always(Expected{Asks: Drop, Outcome: flow.Joined, Finding: "malformed-event", Check: "event_format",
		Why: "a number is no event: it is left out"}),
	change: onLists(stateOnly, func(_ *Draft, _ Known, events [][]byte) ([][]byte, error) {
		return append(events, []byte("42")), nil
	}),
}, {
	Name: "state-twice", Title: "state has two events for one place", Steps: ofJoin,
	Teaches: "A state has one event for each type and state key. Of two, nobody says which counts.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "duplicate-state", Check: "duplicate_state",
		Why: "which of the two counts, nobody can tell"}),
	change: onLists(stateOnly, func(d *Draft, k Known, events [][]byte) ([][]byte, error) {
		for _, raw := range events {
			if topic(raw) {
				second, err := sealed(contentOf("topic", `"What nobody wrote"`))(d, k, raw)
				if err != nil {
					return nil, err
				}
				return append(events, second), nil
			}
		}
		return events, nil
	}),
}, {
	Name: "own-join-in-state", Title: "Our own join is in state", Steps: ofJoin,
	Teaches: "state is the room before the join: the join is not in it. It is what the state has to allow.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined, Finding: "stale-auth-events", Check: "join_auth_events",
		Why: "the join allows itself no less; it names none of what a second join would"}),
	change: ownJoin(1),
}, {
	Name: "own-join-twice", Title: "Our own join is in state twice", Steps: ofJoin,
	Teaches: "state is the room before the join, and has one event for each place.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined, Finding: "stale-auth-events", Check: "duplicate_state",
		Why: "both are the same event"}),
	change: ownJoin(2),
}, {
	Name: "returned-join-missing", Title: "The answer does not give our join back", Steps: ofJoin,
	Teaches: "event is for restricted rooms, whose residents sign the join as well. Elsewhere it may be missing.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined,
		Why: "outside restricted rooms nothing asks for it"}),
	change: without("event"),
}, {
	Name: "members-omitted", Title: "Members are left out, and servers_in_room is missing", Steps: ofJoin,
	Teaches: "Who leaves members out has to say which servers are in the room: otherwise nobody knows whom to tell " +
		"of events.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "members-omitted", Check: "servers_in_room",
		Why: "nobody knows which servers are in the room"}),
	change: func(d *Draft, k Known) error {
		noMembers := leaveOut(stateOnly, func(raw []byte) bool {
			kind, _ := event.GetString(raw, "type")
			return kind == "m.room.member"
		})
		if err := noMembers(d, k); err != nil {
			return err
		}
		if err := set("members_omitted", "true")(d, k); err != nil {
			return err
		}
		return without("servers_in_room")(d, k)
	},
}, {
	Name: "form-of-version-1", Title: "The answer has the form of version 1", Steps: ofJoin,
	Teaches: "Version 1 of send_join answered with a pair of a status and an object. Version 2 is the object alone.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "answer-of-other-form", Check: "answer_shape",
		Why: "the answer is no object"}),
	change: func(d *Draft, _ Known) error {
		if d.Status != 200 || len(d.Body) == 0 || d.Body[0] == '[' {
			return errors.New("the answer has that form as it is")
		}
		d.Body = list([][]byte{[]byte("200"), d.Body})
		return nil
	},
}, {
	Name: "state-key-twice", Title: "The answer has the key state twice", Steps: ofJoin,
	Teaches: "An object with a key twice says two things: some read the first, some the last.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "answer-incomplete", Check: "answer_shape",
		Why: "the answer says two things of the state"}),
	change: func(d *Draft, _ Known) error {
		if d.Status != 200 || len(d.Body) == 0 || d.Body[0] != '{' {
			return errRefusal
		}
		d.Body = append([]byte(`{"state":[],`), d.Body[1:]...)
		return nil
	},
}}

// ownJoin puts the join that was sent into the state, n times.
func ownJoin(n int) func(*Draft, Known) error {
	return onLists(stateOnly, func(d *Draft, _ Known, events [][]byte) ([][]byte, error) {
		if !event.Valid(d.Asked.Body) {
			return nil, errors.New("no join was sent")
		}
		for range n {
			events = append(events, d.Asked.Body)
		}
		return events, nil
	})
}

// leaveOutOfChain leaves out the first event of auth_chain that is in no state: an old one that others rest on.
func leaveOutOfChain(d *Draft, k Known) error {
	inTheState := map[string]bool{}
	err := d.inObject(func(obj []byte) ([]byte, error) {
		events, err := event.Elements(event.Get(obj, inState))
		for _, raw := range events {
			inTheState[string(raw)] = true
		}
		return obj, err
	})
	if err != nil {
		return err
	}
	gone := false
	return leaveOut(chainOnly, func(raw []byte) bool {
		if gone || inTheState[string(raw)] {
			return false
		}
		gone = true
		return true
	})(d, k)
}

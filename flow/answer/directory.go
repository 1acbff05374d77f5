package answer

import (
	"doorstep/flow"
	"doorstep/flow/event"
)

// directoryAnswers change what the directory server says of the alias.
var directoryAnswers = []Mutation{{
	Name: "directory-not-found", Title: "The directory does not know the alias", Steps: ofDirectory,
	Teaches: "An alias is known to its own server only. Nobody else can be asked for it.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "alias-not-found",
		Why: "the only server that could know the alias says that it does not"}),
	change: refusal(404, "M_NOT_FOUND", "Room alias not found"),
}, {
	Name: "directory-no-servers", Title: "The directory names no server", Steps: ofDirectory,
	Teaches: "servers are the join candidates. Without one, all that is left is the directory server itself.",
	expected: func(v *event.Version, _ flow.StepID) Expected {
		finding := "no-candidates"
		if v.RoomIDIsCreate {
			finding = "no-via-v12"
		}
		return Expected{Asks: Refuse, Outcome: flow.Unreachable, Finding: finding, Why: "there is nobody to ask for " +
			"a template"}
	},
	change: set("servers", "[]"),
}, {
	Name: "directory-strangers", Title: "The directory names only a server that nobody finds", Steps: ofDirectory,
	Teaches: "The directory does not check its list: a candidate may be long gone.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Unreachable,
		Why: "no candidate has an address"}),
	change: set("servers", `["`+elsewhere+`"]`),
}, {
	Name: "directory-other-room", Title: "The directory names another room", Steps: ofDirectory,
	Teaches: "What room the alias means is the directory's word alone. The residents that it names say whether they " +
		"know it.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "room-unknown",
		Why: "the resident does not know that room"}),
	change: func(d *Draft, k Known) error {
		room, _ := event.GetString(d.Body, "room_id")
		return set("room_id", string(event.Quote(otherName(room))))(d, k)
	},
}, {
	Name: "directory-no-room", Title: "The directory names no room", Steps: ofDirectory,
	Teaches: "room_id is required: without it there is nothing to join.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "directory-answer-broken",
		Why: "the answer names no room"}),
	change: without("room_id"),
}, {
	Name: "directory-room-number", Title: "The room ID is a number", Steps: ofDirectory,
	Teaches: "A field of another type than the specification gives it is as good as none.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "directory-answer-broken",
		Why: "what should be a room ID is a number"}),
	change: set("room_id", "42"),
}, {
	Name: "directory-servers-object", Title: "servers is an object", Steps: ofDirectory,
	Teaches: "A field of another type than the specification gives it is as good as none.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "directory-answer-broken",
		Why: "what should be a list of servers is an object"}),
	change: set("servers", "{}"),
}}

// refusal answers with an error.
func refusal(status int, errcode, text string) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error {
		d.Status = status
		d.Body = []byte(`{"errcode":` + string(event.Quote(errcode)) + `,"error":` + string(event.Quote(text)) + `}`)
		return nil
	}
}

package answer

import (
	"errors"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// templates change what make_join answers.
var templates = []Mutation{{
	Name: "template-refused", Title: "make_join is refused", Steps: ofTemplate,
	Teaches: "A resident refuses where the rules do. Another resident may still say yes where this one could not " +
		"judge.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "not-invited",
		Why: "the resident says no"}),
	change: refusal(403, "M_FORBIDDEN", "You are not invited to this room."),
}, {
	Name: "template-room-unknown", Title: "The resident does not know the room", Steps: ofTemplate,
	Teaches: "A candidate may have left the room: the next one is asked.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "room-unknown",
		Why: "the resident says that it is not in the room"}),
	change: refusal(404, "M_NOT_FOUND", "Unknown room"),
}, {
	Name: "template-other-version", Title: "The template is for another room version", Steps: ofTemplate,
	Teaches: "The version says how an event is hashed, redacted and authorised. Whoever builds it by another makes " +
		"an event that the room's servers cannot take.",
	expected: otherVersionExpected,
	change: func(d *Draft, k Known) error {
		return set("room_version", string(event.Quote(otherVersion(d.Version))))(d, k)
	},
}, {
	Name: "template-no-version", Title: "The template names no room version", Steps: ofTemplate, versions: afterFirst,
	Teaches: "Without room_version the template is for version 1, as before there were room versions.",
	expected: func(v *event.Version, _ flow.StepID) Expected {
		if v.ID == "2" { // its events have the form of version 1
			return Expected{Asks: Accept, Outcome: flow.Joined, Why: "events of versions 1 and 2 are made alike"}
		}
		return Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "template-wrong-form", Check: "template_readable",
			Why: "the event does not have the form of version 1"}
	},
	change: without("room_version"),
}, {
	Name: "template-version-not-offered", Title: "The template is for a version that nobody offered", Steps: ofTemplate,
	Teaches: "The resident chooses among the versions that make_join offers. Of another one the joining server " +
		"knows nothing.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "incompatible-version",
		Check: "template_readable", Why: "nobody offered that version"}),
	change: set("room_version", `"org.example.unheard-of"`),
}, {
	Name: "template-other-room", Title: "The template is for another room", Steps: ofTemplate,
	Teaches: "The joining server signs what it is given: a template for another room would make it join that one.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "lying-template", Check: "template_room",
		Why: "the room is not the one that was asked for"}),
	change: inTemplate(func(_ *Draft, e []byte) ([]byte, error) {
		room, ok := event.GetString(e, "room_id")
		if !ok {
			return nil, errors.New("the template names no room")
		}
		return event.Edit(e, []event.Member{{Key: "room_id", Value: event.Quote(otherName(room))}})
	}),
}, {
	Name: "template-other-sender", Title: "The template is for another user of the joining server", Steps: ofTemplate,
	Teaches: "The joining server checks for whom it signs. Otherwise a resident could have any of its users join.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "lying-template", Check: "template_sender",
		Why: "the sender is not the user who joins"}),
	change: inTemplate(func(_ *Draft, e []byte) ([]byte, error) {
		sender, _ := event.GetString(e, "sender")
		other := event.Quote("@admin" + sender[strings.IndexByte(sender+":", ':'):])
		return event.Edit(e, []event.Member{{Key: "sender", Value: other}, {Key: "state_key", Value: other}})
	}),
}, {
	Name: "template-foreign-sender", Title: "The template is for a user of another server", Steps: ofTemplate,
	Teaches: "Nobody's signature but the sender's server's counts for an event.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "lying-template", Check: "template_sender",
		Why: "the sender is not the user who joins"}),
	change: inTemplate(func(_ *Draft, e []byte) ([]byte, error) {
		sender, _ := event.GetString(e, "sender")
		other := event.Quote(strings.TrimSuffix(sender, client.Domain(sender)) + elsewhere)
		return event.Edit(e, []event.Member{{Key: "sender", Value: other}, {Key: "state_key", Value: other}})
	}),
}, {
	Name: "template-other-type", Title: "The template is for a topic", Steps: ofTemplate,
	Teaches: "A joining server that signs whatever it is given would speak in the room before it is in it.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "lying-template", Check: "template_type",
		Why: "the event is no membership"}),
	change: templateField("type", `"m.room.topic"`),
}, {
	Name: "template-leave", Title: "The template's membership is leave", Steps: ofTemplate,
	Teaches: "What is signed has to be a join: the template is the resident's, the signature is the joining server's.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "lying-template", Check: "template_membership",
		Why: "the membership is not join"}),
	change: templateContent("membership", `"leave"`),
}, {
	Name: "template-no-state-key", Title: "The template has no state key", Steps: ofTemplate,
	Teaches: "Without state_key the event is a message and no state: nobody would be a member by it.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "lying-template", Check: "template_state_key",
		Why: "the event is no state"}),
	change: templateWithout("state_key"),
}, {
	Name: "template-depth-1", Title: "The template's depth is 1", Steps: ofTemplate,
	Teaches: "The depth is one more than that of the events before. No rule looks at it; sorting by it goes wrong.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined, Finding: "depth-not-incremented",
		Why: "no rule looks at the depth"}),
	change: templateField("depth", "1"),
}, {
	Name: "template-depth-text", Title: "The template's depth is a text", Steps: ofTemplate,
	Teaches: "Depth is an integer. What is signed with a text there is no event.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "depth-out-of-range", Check: "template_depth",
		Why: "the depth is no integer"}),
	change: templateField("depth", `"seven"`),
}, {
	Name: "template-no-auth-events", Title: "The template's auth_events is empty", Steps: ofTemplate,
	Teaches: "auth_events name what allows the event. The joining server does not know the room yet, and takes them " +
		"as they come; the resident's own rules fail afterwards.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Refused, Finding: "unexplained-refusal",
		Why: "the resident refuses the event that is made of it: nothing that it names allows it"}),
	change: templateField("auth_events", "[]"),
}, {
	Name: "template-no-prev-events", Title: "The template's prev_events is empty", Steps: ofTemplate,
	Teaches: "prev_events tie the event to the room's history. The joining server takes them as they come.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Refused, Finding: "unexplained-refusal",
		Why: "the resident refuses the event that is made of it: it has no place in the room"}),
	change: templateField("prev_events", "[]"),
}, {
	Name: "template-more-content", Title: "The template's content has a field more", Steps: ofTemplate,
	Teaches: "Whatever stands in the template is signed in the user's name, unless the joining server looks.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined,
		Why: "content may hold fields that nobody knows"}),
	change: templateContent("org.example.motto", `"Signed, unseen"`),
}, {
	Name: "template-authoriser", Title: "The template names somebody who authorises the join", Steps: ofTemplate,
	versions: func(v *event.Version) bool { return v.Restricted },
	Teaches: "join_authorised_via_users_server is for restricted rooms: that user's server has to sign the join as " +
		"well. In a public room nothing asks for it.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Refused, Finding: "unexplained-refusal",
		Why: "the resident refuses the event that is made of it: it names a server that has not signed it"}),
	change: templateContent("join_authorised_via_users_server", `"@bob:`+elsewhere+`"`),
}, {
	Name: "template-no-event", Title: "make_join answers without an event", Steps: ofTemplate,
	Teaches: "event is required: without it there is nothing to fill in.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "template-unreadable",
		Check: "template_readable", Why: "there is no event"}),
	change: without("event"),
}, {
	Name: "template-event-list", Title: "make_join answers with a list for an event", Steps: ofTemplate,
	Teaches: "A field of another type than the specification gives it is as good as none.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "template-unreadable",
		Check: "template_readable", Why: "what should be an event is a list"}),
	change: set("event", "[]"),
}}

func afterFirst(v *event.Version) bool { return v.ID != "1" }

// otherVersion is a version whose events are made otherwise.
func otherVersion(v *event.Version) string {
	switch {
	case v != nil && v.ID == "3": // it spells some hashes as later versions do, and some not
		return "1"
	case v != nil && v.ID == "6":
		return "11"
	}
	return "6"
}

// otherVersionExpected is what comes of an event made by the rules of another version.
func otherVersionExpected(v *event.Version, _ flow.StepID) Expected {
	switch {
	case v.HashPairs || v.ID == "3":
		return Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "template-wrong-form", Check: "template_auth_events",
			Why: "auth_events do not have the form of that version"}
	case v.ID == "11" || v.ID == "12":
		return Expected{Asks: Accept, Outcome: flow.Refused, Finding: "event-id-refused",
			Why: "redaction differs, and with it the ID that the resident expects"}
	}
	return Expected{Asks: Refuse, Outcome: flow.Invalid, Finding: "wrong-room-version", Check: "create_room_version",
		Why: "the create event says another version"}
}

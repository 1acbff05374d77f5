package alter

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/event"
)

var (
	atMakeJoin = []flow.StepID{flow.A4}
	atSigning  = []flow.StepID{flow.L1}
	atSendJoin = []flow.StepID{flow.A6}
	atBoth     = []flow.StepID{flow.A4, flow.A6}
)

const elsewhere = "elsewhere.example"

var mutations = slices.Concat(ofRequests, ofMakeJoin, ofEvent, ofSendJoin)

// ofRequests change how a request is signed: the resident server looks at that before anything else.
var ofRequests = []Mutation{{
	Name: "request-unsigned", Title: "The request goes out without a signature", Steps: atBoth,
	Teaches: "Requests between servers carry an X-Matrix header; without it the resident does not know who asks.",
	expected: always(Expected{Status: 401, Errcode: "M_UNAUTHORIZED", Finding: "authorization-stripped",
		Why: "there is no Authorization header, so nobody has asked"}),
	change: withoutAuthorization,
}, {
	Name: "request-for-another", Title: "The X-Matrix header names another destination", Steps: atBoth,
	Teaches: "The destination is part of what is signed, so that nobody can pass a signed request on to a third server.",
	expected: always(Expected{Status: 401, Errcode: "M_UNAUTHORIZED", Finding: "wrong-destination",
		Why: "the destination in the header is not the resident's name"}),
	change: xMatrix("destination", elsewhere),
}, {
	Name: "request-signature-wrong", Title: "The X-Matrix signature is not ours", Steps: atBoth,
	Teaches: "The signature covers method, target, both servers and the body; the resident checks it with our published " +
		"key.",
	expected: always(Expected{Status: 401, Errcode: "M_UNAUTHORIZED", Finding: "signature-refused",
		Why: "the signature does not hold with the key that we publish"}),
	change: xMatrix("sig", wrongSignature),
}, {
	Name: "request-key-unknown", Title: "The X-Matrix header names a key that we do not publish", Steps: atBoth,
	Teaches: "A key ID is looked up in the key document of the origin. A key that is not listed there proves nothing.",
	expected: always(Expected{Status: 401, Errcode: "M_UNAUTHORIZED", Finding: "key-unreachable",
		Why: "our key document lists no key of that ID"}),
	change: xMatrix("key", "ed25519:unknown"),
}}

// ofMakeJoin change what is asked for.
var ofMakeJoin = []Mutation{{
	Name: "no-versions", Title: "make_join offers no room version", Steps: atMakeJoin, versions: afterFirst,
	Teaches: "Without ver the request is one of before there were room versions, and means version 1.",
	expected: always(Expected{Status: 400, Errcode: "M_INCOMPATIBLE_ROOM_VERSION", Finding: "incompatible-version",
		Why: "the room's version is not among those offered: that is version 1 alone"}),
	change: query("ver", nil),
}, {
	Name: "only-version-1", Title: "make_join offers version 1 alone", Steps: atMakeJoin, versions: afterFirst,
	Teaches: "The resident makes a template only in a version that the joining server says it knows.",
	expected: always(Expected{Status: 400, Errcode: "M_INCOMPATIBLE_ROOM_VERSION", Finding: "incompatible-version",
		Why: "the room's version is not among those offered"}),
	change: query("ver", []string{"1"}),
}, {
	Name: "user-of-another", Title: "make_join is for a user of another server", Steps: atMakeJoin,
	Teaches: "A server speaks for its own users only: the origin of the request has to be the user's server.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Finding: "first-refusal-final",
		Why: "the user is not on the server that signed the request"}),
	change: pathSegment(1, func(user string) string { return onServer(user, elsewhere) }),
}, {
	Name: "other-candidate", Title: "Another join candidate is asked first", Steps: atMakeJoin,
	Teaches: "Every server in the room can help: any of them makes the template, and that one gets send_join.",
	expected: always(Expected{Status: 200,
		Why: "the other server is in the room too"}),
	change: otherCandidate,
}}

// ofEvent change the event before it is hashed and signed, or how that is done.
var ofEvent = []Mutation{{
	Name: "unsigned", Title: "The join event is not signed", Steps: atSigning,
	Teaches: "X-Matrix proves who sends the request; the event's own signature proves to everybody else who made it.",
	expected: always(Expected{Status: 400, Errcode: "M_BAD_JSON", Finding: "unexplained-refusal",
		Why: "the format of an event asks for signatures, so this is no event"}),
	change: seal(flow.Sealing{Key: flow.SealedNot}),
}, {
	Name: "other-key", Title: "The join event is signed with another key", Steps: atSigning,
	Teaches: "The key ID says with which of our published keys to check. A signature by another key does not hold.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Finding: "join-signature-refused",
		Why: "the signature does not hold with the key that we publish under that ID"}),
	change: seal(flow.Sealing{Key: flow.SealedWrong}),
}, {
	Name: "redacted-otherwise", Title: "The event is redacted by another version's rules before it is signed",
	Steps: atSigning,
	Teaches: "What is signed is the redacted event, and redaction keeps origin up to version 10 and drops it from 11 " +
		"on. Whoever signs by the wrong list signs other bytes.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Finding: "join-signature-refused",
		Why: "the resident redacts by the rules of the room's version, and the signature covers other bytes"}),
	change: redactOtherwise,
}, {
	Name: "hash-wrong", Title: "The content hash is wrong", Steps: atSigning,
	Teaches: "A wrong content hash is no reason to refuse an event: it is redacted, and goes on without what redaction " +
		"takes away. The membership stays.",
	expected: always(Expected{Status: 200, Check: "content_hash",
		Why: "the event goes into the room redacted, with a hash that still does not hold"}),
	change: seal(flow.Sealing{Hash: flow.SealedWrong}),
}, {
	Name: "other-room", Title: "The event names another room than the path", Steps: atSigning,
	Teaches: "send_join has the room ID twice, in its path and in the event; both have to say the same.",
	expected: always(Expected{Status: 400, Errcode: "M_BAD_JSON", Finding: "unexplained-refusal",
		Why: "the room in the event is not the one in the path"}),
	change: otherRoom,
}, {
	Name: "other-sender", Title: "The event's sender is a user of another server", Steps: atSigning,
	Teaches: "Nobody can join somebody else's user: the event has to come from the sender's own server.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Finding: "unexplained-refusal",
		Why: "the sender is not on the server that sends the event"}),
	change: otherSender,
}, {
	Name: "membership-leave", Title: "The membership is leave", Steps: atSigning,
	Teaches: "send_join takes joins only; leaving has endpoints of its own.",
	expected: always(Expected{Status: 400, Errcode: "M_INVALID_PARAM", Finding: "unexplained-refusal",
		Why: "the event is no join"}),
	change: content("membership", `"leave"`),
}, {
	Name: "depth-1", Title: "The depth is 1, as that of the room's first event", Steps: atSigning,
	Teaches: "No rule compares the depth with that of the events before: it is a hint for sorting, and nobody may " +
		"rely on it.",
	expected: always(Expected{Status: 200, Why: "no rule looks at the depth"}),
	change:   field("depth", "1"),
}, {
	Name: "depth-too-large", Title: "The depth is one more than JSON numbers reach", Steps: atSigning, versions: strict,
	Teaches: "From version 6 on an event is canonical JSON, whose integers end at 2^53-1.",
	expected: always(Expected{Status: 400, Errcode: "M_BAD_JSON", Finding: "unexplained-refusal",
		Why: "2^53 is out of the range of canonical JSON"}),
	change: field("depth", "9007199254740992"),
}, {
	Name: "no-prev-events", Title: "prev_events is empty", Steps: atSigning,
	Teaches: "prev_events ties an event to the room's history. Without them there is no state before the event that " +
		"could allow it.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Finding: "unexplained-refusal",
		Why: "there is no state before the event that allows the join"}),
	change: field("prev_events", "[]"),
}, {
	Name: "create-listed", Title: "auth_events lists the create event, in version 12", Steps: atSigning,
	versions: func(v *event.Version) bool { return v.RoomIDIsCreate },
	Teaches: "From version 12 on the room ID is the create event's ID, so auth_events must not list it: that is an " +
		"entry which selection does not ask for.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Rule: "3.2", Finding: "unexplained-refusal",
		Why: "an entry of auth_events is none of those that auth events selection asks for"}),
	change: listCreate,
}, {
	Name: "create-left-out", Title: "auth_events lacks the create event", Steps: atSigning,
	versions: func(v *event.Version) bool { return !v.RoomIDIsCreate },
	Teaches:  "Up to version 11 every event but the create event has to name it among its auth_events.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Rule: "2.4", Finding: "unexplained-refusal",
		Why: "no m.room.create event is among the auth_events"}),
	change: dropAuth("m.room.create"),
}, {
	Name: "no-join-rules", Title: "auth_events lacks the join rules", Steps: atSigning,
	Teaches: "An event has to be allowed by the events it names as well as by the room's state. Without join rules a " +
		"room counts as invite only.",
	expected: func(v *event.Version, _ flow.StepID) Expected {
		return Expected{Status: 403, Errcode: "M_FORBIDDEN", Rule: joinRule(v), Finding: "unexplained-refusal",
			Why: "by the events that it names the join is allowed to nobody who was not invited"}
	},
	change: dropAuth("m.room.join_rules"),
}, {
	Name: "no-power-levels", Title: "auth_events lacks the power levels", Steps: atSigning,
	Teaches: "A public join asks for no power, so the rules allow it all the same. That the list is not what selection " +
		"gives is found by whoever computes it again.",
	expected: always(Expected{Status: 200, Check: "join_auth_events",
		Why: "no rule asks for the power levels, and a join in a public room needs none"}),
	change: dropAuth("m.room.power_levels"),
}, {
	Name: "old-power-levels", Title: "auth_events names the power levels before the present ones", Steps: atSigning,
	Teaches: "auth_events are selected from the room's current state. An older event was valid when it was made, and " +
		"shows what was allowed then; the room's state has to allow the join as well.",
	expected: always(Expected{Status: 200, Check: "join_auth_events",
		Why: "the older power levels allow the join as well, and so does the room's state"}),
	change: replacedAuth("m.room.power_levels"),
}}

// ofSendJoin change the request that hands the signed event in.
var ofSendJoin = []Mutation{{
	Name: "event-id-wrong", Title: "The path names another event ID", Steps: atSendJoin,
	Teaches: "The ID in the path has to be that of the event. From version 3 on it follows from the event itself.",
	expected: always(Expected{Status: 400, Errcode: "M_INVALID_PARAM", Finding: "event-id-refused",
		Why: "the event's ID is not the one in the path"}),
	change: pathSegment(1, otherName),
}, {
	Name: "content-after-signing", Title: "A display name is put in after the event was signed", Steps: atSendJoin,
	Teaches: "The signature covers the redacted event, and redaction takes a display name away: the signature holds. " +
		"The content hash does not, so the event goes on redacted, which takes the name out again.",
	expected: always(Expected{Status: 200,
		Why: "the signature holds, the content hash does not: the event goes into the room redacted"}),
	change: content("displayname", `"Somebody else"`),
}, {
	Name: "depth-after-signing", Title: "The depth is changed after the event was signed", Steps: atSendJoin,
	Teaches: "Redaction keeps the depth, so the signature covers it; and from version 3 on the event ID does as well.",
	expected: func(v *event.Version, _ flow.StepID) Expected {
		if hashed(v) {
			return Expected{Status: 400, Errcode: "M_INVALID_PARAM", Finding: "event-id-refused",
				Why: "the event's ID is its reference hash, and not the one in the path any more"}
		}
		return Expected{Status: 403, Errcode: "M_FORBIDDEN", Finding: "join-signature-refused",
			Why: "the signature covers the depth, and does not hold any more"}
	},
	change: field("depth", "1"),
}, {
	Name: "signature-dropped", Title: "The event's signatures are taken out", Steps: atSendJoin,
	Teaches: "No event ID covers the signatures, so the ID stays right; the resident finds that nobody signed.",
	expected: always(Expected{Status: 403, Errcode: "M_FORBIDDEN", Finding: "join-signature-refused",
		Why: "the event lacks the signature of its sender's server"}),
	change: field("signatures", "{}"),
}, {
	Name: "members-omitted", Title: "send_join asks for the members to be left out", Steps: atSendJoin,
	Teaches: "With omit_members=true a resident may leave out the members and say which servers are in the room: a much " +
		"smaller answer, and state that has to be fetched later.",
	expected: always(Expected{Status: 200,
		Why: "the resident leaves the members out, as asked"}),
	change: query("omit_members", []string{"true"}),
}}

// joinRule is the rule by which a join is rejected where the join rules let nobody in.
func joinRule(v *event.Version) string {
	switch {
	case v.RoomIDIsCreate:
		return "5.3.7"
	case v.Restricted:
		return "4.3.7"
	case v.StrictJSON:
		return "4.2.6"
	}
	return "5.2.6" // there is a rule about m.room.aliases before it
}

package ui

import "doorstep/flow"

// A lesson says what a step is for, and where the spec decides it.
type lesson struct{ title, text, source string }

// lessons are what the Why tab says about a step on which nothing went wrong.
var lessons = map[flow.StepID]lesson{
	flow.A1: {"The client asks its own server",
		"A client knows only its own server. It names the room by alias or ID and waits; the answer comes when the whole handshake is over.",
		"client-server: POST /_matrix/client/v3/join/{roomIdOrAlias}"},
	flow.A2: {"Which room is that alias?",
		"An alias belongs to the server it names, and only that server can say where it leads. The request is signed, so the directory server knows who asks.",
		"server-server: Querying for information"},
	flow.A3: {"The room, and who may help",
		"room_id is the room; servers are the join candidates, servers said to be in it. The list is a hint: it need not hold the directory server itself, and any entry may be dead by now.",
		"server-server: Querying for information"},
	flow.A4: {"Asking for a protoevent",
		"A server that is not in the room does not know its state, so it cannot make an event that fits. It asks a resident server for a draft. Each ver names a room version we can take part in; without any, only version 1 is offered.",
		"server-server: Joining Rooms, GET make_join"},
	flow.A5: {"The protoevent",
		"A membership event without hashes and signatures, with what only a resident can know: auth_events, prev_events and depth. Five fields have to be what we asked for before anything is signed: type, room_id, sender, state_key and content.membership.",
		"server-server: Joining Rooms, GET make_join"},
	flow.L1: {"From protoevent to join event",
		"The joining server sets what it answers for, hashes the content, signs the redacted event and puts both in. From here on the event is ours: from room version 3 its ID is its own hash, so that nobody can change a protected field unseen.",
		"server-server: Signing Events"},
	flow.A6: {"Submitting the join",
		"The resident server checks the signature, the hash and the authorisation, adds the event to the room and sends it to every other server there. From this moment the join may stand even if no answer reaches us.",
		"server-server: Joining Rooms, PUT send_join"},
	flow.A7: {"The room as it was",
		"state is what held just before our join: one event for each type and state key. auth_chain is what those and our join rest on, back to the create event. They overlap, and neither holds the other: what was true once and has been replaced is in auth_chain only.",
		"server-server: Joining Rooms, PUT send_join"},
	flow.L2: {"Nothing is taken on trust",
		"Every event is checked: its form, its signatures, its hash, whether the events it rests on allow it. At last our own join is judged, by the events it names and by the state before it.",
		"server-server: Checks performed on receipt of a PDU"},
	flow.A8: {"The client hears the end of it",
		"The room ID when the join stands, otherwise an error. What lies between is not told to clients.",
		"client-server: POST /_matrix/client/v3/join/{roomIdOrAlias}"},
	flow.U1: {"Leaving again: a template",
		"Leaving a room is a handshake of the same form: a resident server drafts the leave event.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
	flow.U2: {"Leaving again: a template",
		"The draft of the leave event, checked like the one of the join.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
	flow.U3: {"Leaving again: submitted",
		"The signed leave event goes to the resident server, which tells the others.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
	flow.U4: {"Leaving again: done", "The resident server took the leave event.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
}

// What lies under an arrow has lessons of its own.
var (
	resolveLesson = lesson{"Where does the server name lead?",
		"A server name is no address. The spec gives the order: an IP literal, an explicit port, .well-known, SRV records, port 8448. Delegation moves the connection and the certificate; signatures and keys stay with the server name.",
		"server-server: Resolving server names"}
	keyLesson = lesson{"Fetching a server's keys",
		"Every server publishes the keys it signs with. Whoever checks a signature of that server needs the key document, which is signed by the keys in it.",
		"server-server: Retrieving server keys"}
	ourKeyLesson = lesson{"They check who we are",
		"Our request carries an X-Matrix signature. To check it the other server needs our key: from us, from a notary it trusts, or from a copy it has. Being able to send is not enough, somebody has to reach us too.",
		"server-server: Request Authentication"}
	inviteLesson = lesson{"An invite came first",
		"The server of whoever invited sends the invite to us. It names the room and a server that is in it, so that the directory need not be asked.",
		"server-server: Inviting to a room"}
)

// phaseSteps are the steps whose lessons tell what a phase is for.
var phaseSteps = map[phase][]flow.StepID{
	asking: {flow.A1}, finding: {flow.A2, flow.A3}, making: {flow.A4, flow.A5}, building: {flow.L1},
	sending: {flow.A6, flow.A7}, verifying: {flow.L2}, answering: {flow.A8}, leaving: {flow.U1, flow.U3},
}

// fieldLessons say what a field of a payload is, by the end of its JSON pointer. Indexes are left out of pointers.
var fieldLessons = map[string]string{
	"/room_id":            "The room. Up to version 11 the part after the colon only names the server that made it; in version 12 the ID is the hash of the create event.",
	"/servers":            "The join candidates: servers said to be in the room, in no order that means anything.",
	"/event":              "The protoevent in answer to make_join; the join event as the resident keeps it in answer to send_join.",
	"/room_version":       "It decides how the event is hashed, redacted, signed and authorised. Left out, it stands for version 1 or 2.",
	"/auth_events":        "The events that allow this one: create (not in version 12), power levels, join rules, the memberships that count.",
	"/prev_events":        "The newest events the sender's server knew: where this one hangs in the room's history.",
	"/depth":              "One more than the deepest of prev_events. Only a hint: nothing is decided by it any more.",
	"/hashes":             "The content hash covers every field but unsigned, signatures and hashes. Where it does not match, the event is used in its redacted form.",
	"/hashes/sha256":      "SHA-256 of the canonical event without unsigned, signatures and hashes, in unpadded base64.",
	"/signatures":         "By server and key ID. They cover the redacted event, so that redaction does not break them.",
	"/origin":             "The server that sent the event. It tells nothing that sender does not; up to version 10 redaction keeps it, so it still counts towards the event ID.",
	"/origin_server_ts":   "When the sender's server made the event, by its own clock, in milliseconds since 1970.",
	"/sender":             "Who did it. Its server must have signed the event.",
	"/state_key":          "With the type it names the piece of state this event sets. For a membership it is the member.",
	"/type":               "What sort of event it is. m.room.member is a membership.",
	"/content":            "What the event says. Redaction keeps a few keys of it, depending on type and room version.",
	"/content/membership": "join, leave, invite, ban or knock.",
	"/content/join_authorised_via_users_server": "For a restricted join: the user whose server vouches for us, and has to sign as well.",
	"/state":              "The room's state just before the join: one event for each type and state key.",
	"/auth_chain":         "Every event the state and our join rest on, back to the create event.",
	"/members_omitted":    "Whether members were left out of state. Only allowed when it was asked for.",
	"/servers_in_room":    "The servers in the room, which are needed when members were left out.",
	"/errcode":            "The error in a form for programs. The text beside it is for people, and servers word it as they like.",
	"/error":              "The error in words; every implementation has its own.",
	"/server_name":        "Whose keys these are. It has to be the name that was asked for.",
	"/verify_keys":        "The keys the server signs with now, by key ID.",
	"/old_verify_keys":    "Keys it used before, with the moment each was given up: good for old events only.",
	"/valid_until_ts":     "How long the document may be relied on, in milliseconds since 1970; never longer than seven days from now.",
	"/unsigned":           "Not part of the event: neither hashed nor signed, and nobody vouches for it.",
	"/event_id":           "In versions 1 and 2 the sender's server chose the ID. From version 3 on the ID is a hash and no field.",
	"/retry_after_ms":     "How long to wait before asking again, in milliseconds.",
	"/content/creator":    "Who made the room, in versions 1 to 10. From version 11 on it is the sender.",
	"/content/allow":      "The rooms whose members may join a restricted room.",
	"/content/users":      "Power levels by user.",
	"/redacts":            "The event that is redacted; from version 11 on it stands in content.",
	"/content/m.federate": "false keeps every other server out, for ever.",
}

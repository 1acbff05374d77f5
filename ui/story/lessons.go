package story

import "doorstep/flow"

// A lesson says what a step is for, and where the spec decides it.
type lesson struct{ title, text, source string }

// lessons are what the Why tab says about a step on which nothing went wrong.
var lessons = map[flow.StepID]lesson{
	flow.A1: {"The client asks its own server",
		"A client knows only its own server. It names the room by alias or ID and waits; the answer comes when the whole " +
			"handshake is over.",
		"client-server: POST /_matrix/client/v3/join/{roomIdOrAlias}"},
	flow.A2: {"Which room is that alias?",
		"An alias belongs to the server it names, and only that server can say where it leads. The request is signed, so " +
			"the directory server knows who asks.",
		"server-server: Querying for information"},
	flow.A3: {"The room, and who may help",
		"room_id is the room; servers are the join candidates, servers said to be in it. The list is a hint: it need not " +
			"hold the directory server itself, and any entry may be dead by now.",
		"server-server: Querying for information"},
	flow.A4: {"Asking for a protoevent",
		"A server that is not in the room does not know its state, so it cannot make an event that fits. It asks a " +
			"resident server for a draft. Each ver names a room version we can take part in; without any, only version 1 is " +
			"offered.",
		"server-server: Joining Rooms, GET make_join"},
	flow.A5: {"The protoevent",
		"A membership event without hashes and signatures, with what only a resident can know: auth_events, prev_events " +
			"and depth. Five fields have to be what we asked for before anything is signed: type, room_id, sender, state_key " +
			"and content.membership.",
		"server-server: Joining Rooms, GET make_join"},
	flow.L1: {"From protoevent to join event",
		"The joining server sets what it answers for, hashes the content, signs the redacted event and puts both in. From " +
			"here on the event is ours: from room version 3 its ID is its own hash, so that nobody can change a protected " +
			"field unseen.",
		"server-server: Signing Events"},
	flow.A6: {"Submitting the join",
		"A resident server that takes it checks the signature, the hash and the authorisation, adds the event to the " +
			"room and sends it to every other server there. Once it is on its way the join may stand even if no " +
			"answer reaches us.",
		"server-server: Joining Rooms, PUT send_join"},
	flow.A7: {"The room as it was",
		"state is what held just before our join: one event for each type and state key. auth_chain is what those and " +
			"our join rest on, back to the create event. They may overlap, and neither need hold the other: what was in " +
			"force once and has been replaced is in auth_chain only, and so may be members that were left out of state.",
		"server-server: Joining Rooms, PUT send_join"},
	flow.L2: {"Nothing is taken on trust",
		"Every event is checked: its form, its signatures, its hash, whether the events it rests on allow it. At last our " +
			"own join is judged, by the events it names and by the state before it.",
		"server-server: Checks performed on receipt of a PDU"},
	flow.A8: {"The client gets its answer",
		"The room ID when the join stands, otherwise an error. Clients see nothing of what lies in between.",
		"client-server: POST /_matrix/client/v3/join/{roomIdOrAlias}"},
	flow.U1: {"Leaving again: a template",
		"Leaving a room is a handshake of the same form: a resident server drafts the leave event.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
	flow.U2: {"Leaving again: a template",
		"The draft of the leave event, checked like the one of the join.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
	flow.U3: {"Leaving again: submitted",
		"The signed leave event goes to the resident server. If it takes it, it tells the others.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
	flow.U4: {"Leaving again: the answer", "A success says that the resident server took the leave event.",
		"server-server: Leaving Rooms (Rejecting Invites)"},
}

// What lies under an arrow has lessons of its own.
var (
	resolveLesson = lesson{"Where does the server name lead?",
		"A server name is no address. The spec gives the order: an IP literal, an explicit port, .well-known, SRV " +
			"records, port 8448. .well-known moves the connection and the certificate to the name that it gives; SRV " +
			"records move the connection alone, and the certificate stays that of the name they belong to. Signatures and " +
			"keys stay with the server name in every case.",
		"server-server: Resolving server names"}
	keyLesson = lesson{"Fetching a server's keys",
		"Every server publishes the keys it signs with. Whoever checks a signature of that server needs the key document, " +
			"which is signed by the keys in it.",
		"server-server: Retrieving server keys"}
	ourKeyLesson = lesson{"They check who we are",
		"Our request carries an X-Matrix signature. To check it the other server needs our key: from us, from a notary it " +
			"trusts, or from a copy it has. Unless one of those has it, being able to send is not enough: the other server " +
			"has to reach us too.",
		"server-server: Request Authentication"}
	inviteLesson = lesson{"An invite came first",
		"The server of whoever invited sends the invite to us. It names the room and a server that is in it, so that the " +
			"directory need not be asked.",
		"server-server: Inviting to a room"}
)

// phaseSteps are the steps whose lessons tell what a phase is for.
var phaseSteps = map[Phase][]flow.StepID{
	Asking: {flow.A1}, Finding: {flow.A2, flow.A3}, Making: {flow.A4, flow.A5}, building: {flow.L1},
	Sending: {flow.A6, flow.A7}, Verifying: {flow.L2}, Answering: {flow.A8}, Leaving: {flow.U1, flow.U3},
}

// afterText says what the phase after the handshake holds.
const afterText = "The client has its answer. What is asked now changes nothing of how the join ended: which " +
	"events the state has, where " +
	"members were left out, and what tells causes apart, where probes were asked for."

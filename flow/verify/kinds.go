package verify

import (
	"slices"
)

// A Kind is one sort of check, in the order of the work: those of the protoevent, then those of L2; after them those
// that its hosts make on a joining server: its requests, the event it made, and what it did with their answers. The
// zero value is no check.
type Kind int

// The kinds of checks.
const (
	NoKind Kind = iota

	KindTemplateReadable
	KindTemplateType
	KindTemplateRoom
	KindTemplateSender
	KindTemplateStateKey
	KindTemplateMembership
	KindTemplateUserIsOurs
	KindTemplateRoomVersion
	KindTemplateAuthEvents
	KindTemplatePrevEvents
	KindTemplateDepth
	KindTemplateCanonical
	KindTemplateExtraKey

	KindAnswerShape
	KindMembersOmitted
	KindServersInRoom
	KindCreate
	KindCreateRoomVersion
	KindCreateRoomID
	KindDuplicateState
	KindEventFormat
	KindEventCopies
	KindEventID
	KindRoomID
	KindSigningKey
	KindKeyValidity
	KindSignature
	KindContentHash
	KindReferenceHash
	KindAuthCycle
	KindClosure
	KindAuthorisation
	KindAuthChainPadding
	KindPartialState
	KindReturnedEventID
	KindReturnedEvent
	KindJoinBasis
	KindJoinAuth
	KindJoinAuthState
	KindJoinAuthEvents

	KindRequestAuthorization
	KindRequestDestination
	KindRequestSignature
	KindRequestOrigin
	KindRequestContentType
	KindRequestEndpoint
	KindRequestEscapes
	KindRequestRoom
	KindVersionOffered
	KindVersionsKnown
	KindMadeFormat
	KindMadeSubject
	KindMadeFields
	KindMadeHash
	KindMadeKeyValidity
	KindMadeSignature
	KindMadeEventID
	KindMadeTime
	KindTemplateTaken
	KindAnswerTaken
	KindKeysAsked
	KindSentOnce

	kinds // how many there are
)

// A CheckKind is one row of the table of checks: what is checked, and what comes of a failure.
type CheckKind struct {
	Kind    Kind
	Name    string // as in Check.ID
	Claim   string // what holds when it passes
	Rule    string // heading of the spec; the number of an authorisation rule takes its place where one decided
	Refuses bool   // a failure refuses the answer or the join as a whole
	Proves  Proof  // the join is proven only where the check was made
	Others  string // what homeservers do about a failure, where they differ; see checkKinds for the versions read
	// OthersOf is what they do about one fault, where that is not what they do about every failure.
	OthersOf map[Fault]string
}

// Proof says what a check is needed for.
type Proof int

// What checks are needed for.
const (
	NoProof      Proof = iota // nothing is less proven without it
	ProvesAnswer              // that the answer describes the room
	ProvesJoin                // that the room lets us in
)

// Headings of the spec (server-server unless said) that more than one check follows.
const (
	joiningSection    = "server-server: Joining Rooms"
	receiptSection    = "server-server: Checks performed on receipt of a PDU"
	validatingSection = "server-server: Validating hashes and signatures on received events"
	keysSection       = "server-server: Retrieving server keys"
	formatSection     = "room versions: Event format"
	rulesSection      = "room versions: Authorisation rules"
	selectionSection  = "server-server: Auth events selection"
	requestSection    = "server-server: Request Authentication"
	restrictedSection = "server-server: Restricted rooms"
)

// checkKinds is the table of the checks of L2. What other homeservers do was read in Synapse a58ad44e,
// gomatrixserverlib ffcbbd38 (which is Dendrite's) and tuwunel v1.9.0.
var checkKinds = [kinds]CheckKind{
	KindTemplateReadable: {Name: "template_readable", Rule: "Joining Rooms", Refuses: true,
		Claim: "the answer is an object with a protoevent, in a room version we implement"},
	KindTemplateType: {Name: "template_type", Rule: "Joining Rooms", Refuses: true,
		Claim: "the protoevent is an m.room.member event"},
	KindTemplateRoom: {Name: "template_room", Rule: "Joining Rooms", Refuses: true,
		Claim: "the protoevent is for the room asked about"},
	KindTemplateSender: {Name: "template_sender", Rule: "Joining Rooms", Refuses: true,
		Claim: "its sender is the user who joins"},
	KindTemplateStateKey: {Name: "template_state_key", Rule: "Joining Rooms", Refuses: true,
		Claim: "its state key is the user who joins"},
	KindTemplateMembership: {Name: "template_membership", Rule: "Joining Rooms", Refuses: true,
		Claim: "its membership is the one asked for"},
	KindTemplateUserIsOurs: {Name: "template_user_is_ours", Rule: "Joining Rooms", Refuses: true,
		Claim: "the user is on the joining server"},
	KindTemplateRoomVersion: {Name: "template_room_version", Rule: "Joining Rooms", Refuses: true,
		Claim: "the room version is one that was offered"},
	KindTemplateAuthEvents: {Name: "template_auth_events", Rule: "Joining Rooms", Refuses: true,
		Claim: "auth_events is a list of references in the form of the room version"},
	KindTemplatePrevEvents: {Name: "template_prev_events", Rule: "Joining Rooms", Refuses: true,
		Claim: "prev_events is a list of references in the form of the room version"},
	KindTemplateDepth: {Name: "template_depth", Rule: "Joining Rooms", Refuses: true,
		Claim: "depth is an integer in range"},
	KindTemplateCanonical: {Name: "template_canonical", Rule: "Joining Rooms", Refuses: true,
		Claim: "every number is one that the room version allows"},
	KindTemplateExtraKey: {Name: "template_extra_key", Rule: "Joining Rooms",
		Claim: "the protoevent carries no field that the spec does not list"},
	KindAnswerShape: {Name: "answer_shape", Rule: joiningSection, Refuses: true, Proves: ProvesAnswer,
		Claim: "the answer has the shape of its endpoint: an object with state and auth_chain, in v1 as the second of two " +
			"elements"},
	KindMembersOmitted: {Name: "members_omitted", Rule: joiningSection, Refuses: true,
		Claim: "members are left out of state only if that was asked for",
		Others: "Synapse, where it asked for all members, refuses the answer and asks the next candidate; it seldom " +
			"does. tuwunel asks for none and fetches the state itself. Dendrite never asks, and ignores the flag."},
	KindServersInRoom: {Name: "servers_in_room", Rule: joiningSection, Refuses: true,
		Claim:  "with members left out, servers_in_room says who is in the room",
		Others: "Synapse refuses the answer and asks the next candidate."},
	KindCreate: {Name: "create", Rule: joiningSection, Refuses: true, Proves: ProvesAnswer,
		Claim: "there is one create event, it is in state, and it can be used",
		Others: "Synapse wants it in state; gomatrixserverlib in auth_chain, and in state as well when it authorises " +
			"the join; either refuses the whole answer otherwise, as does tuwunel. Synapse asks the next candidate " +
			"if there was none in state; if there was one and it had to be dropped, it answers its client 400.",
		OthersOf: map[Fault]string{
			CreateTwice: "",
			CreateRejected: "Synapse rejects it and all that rests on it, our join too, and answers its client 403; " +
				"gomatrixserverlib drops it and ends the join.",
		}},
	KindCreateRoomVersion: {Name: "create_room_version", Rule: joiningSection, Refuses: true, Proves: ProvesAnswer,
		Claim: "the create event names the room version that make_join named",
		Others: "Synapse refuses the whole answer and asks the next candidate. gomatrixserverlib refuses only a version " +
			"that it does not know, and tuwunel does not compare.",
		OthersOf: map[Fault]string{
			VersionUnknown: "Synapse and gomatrixserverlib refuse the whole answer; tuwunel does not compare.",
			Redacted: "Synapse takes what has no room_version for version 1, and refuses the answer; " +
				"gomatrixserverlib and tuwunel go on.",
		}},
	KindCreateRoomID: {Name: "create_room_id", Rule: "room version 12: Event format", Refuses: true, Proves: ProvesAnswer,
		Claim: "the room ID is the hash of the create event"},
	KindDuplicateState: {Name: "duplicate_state", Rule: "client-server: Types of room events", Refuses: true,
		Claim:  "state holds one event for each type and state key",
		Others: "gomatrixserverlib refuses the whole answer; Synapse and tuwunel take the last of them."},
	KindEventFormat: {Name: "event_format", Rule: formatSection,
		Claim: "the event can be read, every field is as its room version wants it, and nothing in it is known to break " +
			"servers",
		OthersOf: map[Fault]string{
			NoStateEvent: "gomatrixserverlib refuses the whole answer. Synapse breaks down over it: it asks the next " +
				"candidate or, where the create event came first, answers its client 500. tuwunel keeps it out of the state.",
			TooLarge: "Synapse and gomatrixserverlib leave the event out. They measure without unsigned.",
			LargeUnsigned: "Synapse and gomatrixserverlib drop unsigned before they measure, so the event stands there. " +
				"Of a member event Synapse keeps the stripped state of an invite or a knock, and counts that.",
			FieldTooLong: "Synapse and gomatrixserverlib leave out an event with over 255 characters in it. One with " +
				"over 255 bytes and fewer characters they reject and keep; " +
				"from version 11 on Synapse leaves that out, too.",
			NullLevel: "Synapse 1.68 to 1.76 broke on a null in notifications and could not serve joins of such rooms " +
				"(matrix-org/synapse#14933).",
			NameNoString: "Synapse before 1.21 broke off the join with an internal error where it used SQLite " +
				"(matrix-org/synapse#8340); " +
				"it takes no name from such an event today.",
			NulInText: "PostgreSQL stores no NUL: Synapse broke off with an internal error until it left such texts out " +
				"(matrix-org/synapse#10886, matrix-org/synapse#12762).",
		}},
	KindEventCopies: {Name: "event_copies", Rule: formatSection,
		Claim: "the copies of the event agree"},
	KindEventID: {Name: "event_id", Rule: "room versions: Event IDs",
		Claim: "the event ID is what names the event: its hash, in versions 1 and 2 the name its server gave to it alone"},
	KindRoomID: {Name: "room_id", Rule: formatSection,
		Claim: "the event belongs to the room"},
	KindSigningKey: {Name: "signing_key", Rule: keysSection,
		Claim: "the event is signed with a key that its server publishes",
		Others: "Synapse, Dendrite and, for joins, tuwunel ask notaries for keys before they ask the server itself. " +
			"Without the key all three drop the event."},
	KindKeyValidity: {Name: "key_validity", Rule: "room version 5: Signing key validity period",
		Claim: "the key was valid when the event was made",
		Others: "At the very moment of an old key's expired_ts Synapse still takes the event, gomatrixserverlib no " +
			"longer. tuwunel does not compare times."},
	KindSignature: {Name: "signature", Rule: validatingSection,
		Claim: "every server that must have signed the event has, and its signatures verify",
		Others: "Synapse asks another server for a good copy, otherwise drops the event; gomatrixserverlib and tuwunel " +
			"drop it."},
	KindContentHash: {Name: "content_hash", Rule: "server-server: Calculating the content hash for an event",
		Claim: "the content hash is that of the event",
		Others: "Synapse and gomatrixserverlib use the redacted copy; tuwunel uses what came in the answer to " +
			"send_join as it is."},
	KindReferenceHash: {Name: "reference_hash", Rule: "room version 1: Event format",
		Claim: "the hash next to an event ID is the reference hash of that event",
		Others: "No homeserver was seen to look at it. Synapse writes the hash, and nothing for an event that it did " +
			"not have yet; Dendrite decodes the event ID as base64; tuwunel writes an empty text under an empty name."},
	KindAuthCycle: {Name: "auth_cycle", Rule: rulesSection,
		Claim: "no event rests on itself"},
	KindClosure: {Name: "closure", Rule: joiningSection,
		Claim: "every event that the event rests on came with it",
		Others: "gomatrixserverlib asks for what is missing once, and cannot take the event without it. Synapse " +
			"leaves the event out, and the join goes on."},
	KindAuthorisation: {Name: "authorisation", Rule: rulesSection,
		Claim:  "the authorisation rules allow the event by the events it names",
		Others: "Synapse rejects the event and goes on; gomatrixserverlib drops it; tuwunel does not look."},
	KindAuthChainPadding: {Name: "auth_chain_padding", Rule: joiningSection,
		Claim: "something rests on the event: it belongs in auth_chain"},
	KindPartialState: {Name: "partial_state", Rule: joiningSection,
		Claim:  "what a joining server needs is in state although members are left out",
		Others: "Synapse has been seen to break off with an internal error when the power levels were missing."},
	KindReturnedEventID: {Name: "returned_event_id", Rule: joiningSection,
		Claim: "the join event that came back is ours, by its ID",
		OthersOf: map[Fault]string{
			OtherEvent: "From room version 8 on Synapse refuses the whole answer and asks the next candidate, whatever " +
				"the join rule; before it does not look at what came back. " +
				"gomatrixserverlib goes on with the other event if it is a join of the same user to the same room. In a " +
				"restricted join tuwunel ends the attempt.",
		}},
	KindReturnedEvent: {Name: "returned_event", Rule: restrictedSection,
		Claim: "the join event that came back is unchanged, and signed by whoever must have signed it",
		OthersOf: map[Fault]string{
			Unreadable: "gomatrixserverlib goes on with the event that was sent.",
			NotReturned: "Synapse and gomatrixserverlib go on with the event that was sent; Synapse then rejects it, " +
				"because the signature is missing.",
			NotCosigned: "From room version 8 on Synapse refuses the whole answer and asks the next candidate. " +
				"tuwunel goes on without the signature.",
			OwnSignatureGone: "From room version 8 on Synapse refuses the whole answer and asks the next candidate; " +
				"before it does not look at what came back.",
			Altered: "From room version 8 on Synapse goes on with what came back; gomatrixserverlib does in " +
				"every version, redacted.",
			Redacted: "From room version 8 on Synapse goes on with what came back; gomatrixserverlib does in " +
				"every version.",
			OtherEvent: "gomatrixserverlib goes on with what came back if it is a join of the same user to the " +
				"same room; Synapse does not look.",
		}},
	KindJoinBasis: {Name: "join_basis", Rule: receiptSection, Refuses: true,
		Claim: "nothing that the join rests on has to be dropped",
		Others: "Synapse and gomatrixserverlib ask once for what they had to drop, and refuse the join without it; " +
			"tuwunel refuses it."},
	KindJoinAuth: {Name: "join_auth", Rule: rulesSection, Refuses: true, Proves: ProvesJoin,
		Claim: "the authorisation rules allow our join by the events it names",
		Others: "Synapse answers its client 403. Dendrite begins again with the next candidate, tuwunel with the " +
			"next of its three attempts."},
	KindJoinAuthState: {Name: "join_auth_state", Rule: rulesSection, Refuses: true, Proves: ProvesJoin,
		Claim: "the authorisation rules allow our join by the state before it",
		Others: "Synapse answers its client 403. Dendrite begins again with the next candidate, tuwunel with the " +
			"next of its three attempts."},
	KindJoinAuthEvents: {Name: "join_auth_events", Rule: selectionSection,
		Claim: "the join names the events that selection from state gives"},
	KindRequestAuthorization: {Name: "request_authorization", Rule: requestSection,
		Claim: "the request carries an X-Matrix header that can be read, with origin, key and signature"},
	KindRequestDestination: {Name: "request_destination", Rule: requestSection,
		Claim:  "the header names the server that was asked",
		Others: "Synapse, Dendrite and tuwunel take a request without a destination, and refuse one for another server."},
	KindRequestSignature: {Name: "request_signature", Rule: requestSection,
		Claim: "the signature of the request verifies with a key that its origin publishes"},
	KindRequestOrigin: {Name: "request_origin", Rule: joiningSection,
		Claim: "the server that asks is that of the user who joins"},
	KindRequestContentType: {Name: "request_content_type", Rule: "server-server: API standards",
		Claim:  "a request with a body says that it is JSON",
		Others: "Dendrite refuses what does not say so; Synapse does not look."},
	KindRequestEndpoint: {Name: "request_endpoint", Rule: joiningSection,
		Claim: "send_join goes to the v2 endpoint, to that of v1 only where the server does not know v2"},
	KindRequestEscapes: {Name: "request_escapes", Rule: "server-server: API standards",
		Claim: "the IDs in the path are escaped once, and as a path needs it"},
	KindRequestRoom: {Name: "request_room", Rule: joiningSection,
		Claim: "the path names the room that was found, and that the event is for"},
	KindVersionOffered: {Name: "version_offered", Rule: joiningSection,
		Claim: "the room versions offered include that of the room"},
	KindVersionsKnown: {Name: "versions_known", Rule: joiningSection,
		Claim: "every room version offered is one of the specification, and is offered once"},
	KindMadeFormat: {Name: "made_format", Rule: formatSection,
		Claim: "the event that was sent can be read, and every field is as its room version wants it"},
	KindMadeSubject: {Name: "made_subject", Rule: joiningSection,
		Claim: "the event is the join of the user who asked, to the room asked about"},
	KindMadeFields: {Name: "made_fields", Rule: joiningSection,
		Claim: "what the template gave is in the event as it was given, and nothing is added that does not belong there"},
	KindMadeHash: {Name: "made_hash", Rule: "server-server: Calculating the content hash for an event",
		Claim: "the content hash of the event is right, and spelled as unpadded base64",
		Others: "Synapse and gomatrixserverlib use the redacted copy of an event whose hash is wrong: the join stands, " +
			"without the display name."},
	KindMadeKeyValidity: {Name: "made_key_validity", Rule: "room version 5: Signing key validity period",
		Claim: "the key that signed the event was valid at its origin_server_ts"},
	KindMadeSignature: {Name: "made_signature", Rule: "server-server: Signing Events",
		Claim: "the event carries a signature of its sender's server that verifies with a key which that publishes"},
	KindMadeEventID: {Name: "made_event_id", Rule: "room versions: Event IDs",
		Claim:  "the event ID in the path is that of the event",
		Others: "Synapse does not compare the two."},
	KindMadeTime: {Name: "made_time", Rule: joiningSection,
		Claim: "origin_server_ts is when the event came, by our clock"},
	KindTemplateTaken: {Name: "template_taken", Rule: joiningSection,
		Claim: "a protoevent that has to be refused is not signed, and a good one is used"},
	KindAnswerTaken: {Name: "answer_taken", Rule: receiptSection,
		Claim: "an answer that has to be refused as a whole is refused, and a good one is accepted"},
	KindKeysAsked: {Name: "keys_asked", Rule: keysSection,
		Claim: "the keys of every server that signed something in the answer were asked for"},
	KindSentOnce: {Name: "sent_once", Rule: joiningSection,
		Claim: "send_join is repeated only where no good answer came, and with the same event"},
}

// CheckKinds returns the table of the checks of L2, in the order of the work.
func CheckKinds() []CheckKind { return kindsBetween(KindAnswerShape, KindJoinAuthEvents) }

// JoinerKinds returns the table of the checks that its hosts make on a joining server, in the order of the work.
func JoinerKinds() []CheckKind { return kindsBetween(KindRequestAuthorization, kinds-1) }

// AllKinds returns the table of all checks.
func AllKinds() []CheckKind { return kindsBetween(KindTemplateReadable, kinds-1) }

func kindsBetween(first, last Kind) []CheckKind {
	out := slices.Clone(checkKinds[first : last+1])
	for i := range out {
		out[i].Kind = first + Kind(i)
	}
	return out
}

// String is the name of the kind, as reports have it: "content_hash".
func (k Kind) String() string { return checkKinds[k].Name }

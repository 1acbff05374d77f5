package verify

import (
	"slices"

	"doorstep/flow/auth"
)

// A kind is one sort of check of L2, in the order of the work.
type kind int

const (
	answerShape kind = iota
	membersOmitted
	serversInRoom
	create
	createRoomVersion
	createRoomID
	duplicateState
	eventFormat
	eventCopies
	eventID
	roomID
	signingKey
	keyValidity
	signature
	contentHash
	referenceHash
	authCycle
	closure
	authorisation
	authChainPadding
	partialState
	returnedEventID
	returnedEvent
	joinBasis
	joinAuth
	joinAuthState
	joinAuthEvents

	kinds // how many there are
)

// A CheckKind is one row of the table of checks: what is checked, and what comes of a failure.
type CheckKind struct {
	ID      string // as in Check.ID
	Claim   string // what holds when it passes
	Rule    string // heading of the spec; the number of an authorisation rule takes its place where one decided
	Refuses bool   // a failure refuses the answer or the join as a whole
	Others  string // what homeservers do about a failure, where they differ; see verify_kinds.go for the versions read
}

// Headings of the spec (server-server unless said) that more than one check follows.
const (
	joiningSection    = "server-server: Joining Rooms"
	receiptSection    = "server-server: Checks performed on receipt of a PDU"
	validatingSection = "server-server: Validating hashes and signatures on received events"
	keysSection       = "server-server: Retrieving server keys"
	formatSection     = "room versions: Event format"
	rulesSection      = "room versions: Authorisation rules"
	selectionSection  = "server-server: Auth events selection"
	restrictedSection = "server-server: Restricted rooms"
)

// checkKinds is the table of the checks of L2. What other homeservers do was read in Synapse a58ad44e, gomatrixserverlib
// ffcbbd38 (which is Dendrite's) and tuwunel v1.9.0.
var checkKinds = [kinds]CheckKind{
	answerShape: {ID: "answer_shape", Rule: joiningSection, Refuses: true,
		Claim: "the answer has the shape of its endpoint: an object with state and auth_chain, in v1 as the second of two elements"},
	membersOmitted: {ID: "members_omitted", Rule: joiningSection, Refuses: true,
		Claim: "members are left out of state only if that was asked for",
		Others: "Synapse, where it asked for all members, refuses the answer and asks the next candidate; it seldom " +
			"does. tuwunel asks for none and fetches the state itself. Dendrite never asks, and ignores the flag."},
	serversInRoom: {ID: "servers_in_room", Rule: joiningSection, Refuses: true,
		Claim:  "with members left out, servers_in_room says who is in the room",
		Others: "Synapse refuses the answer and asks the next candidate."},
	create: {ID: "create", Rule: joiningSection, Refuses: true,
		Claim: "there is one create event, it is in state, and it can be used",
		Others: "Synapse wants it in state; gomatrixserverlib in auth_chain, and in state as well when it authorises " +
			"the join; either refuses the whole answer otherwise, as does tuwunel. Synapse asks the next candidate " +
			"if there was none in state; if there was one and it had to be dropped, it answers its client 400."},
	createRoomVersion: {ID: "create_room_version", Rule: joiningSection, Refuses: true,
		Claim:  "the create event names the room version that make_join named",
		Others: "Synapse refuses the whole answer and asks the next candidate. gomatrixserverlib refuses only a version that it does not know, and tuwunel does not compare."},
	createRoomID: {ID: "create_room_id", Rule: "room version 12: Event format", Refuses: true,
		Claim: "the room ID is the hash of the create event"},
	duplicateState: {ID: "duplicate_state", Rule: "client-server: Types of room events", Refuses: true,
		Claim:  "state holds one event for each type and state key",
		Others: "gomatrixserverlib refuses the whole answer; Synapse and tuwunel take the last of them."},
	eventFormat: {ID: "event_format", Rule: formatSection,
		Claim: "the event can be read, every field is as its room version wants it, and nothing in it is known to break servers"},
	eventCopies: {ID: "event_copies", Rule: formatSection,
		Claim: "the copies of the event agree"},
	eventID: {ID: "event_id", Rule: "room versions: Event IDs",
		Claim: "the event ID is what names the event: its hash, in versions 1 and 2 the name its server gave to it alone"},
	roomID: {ID: "room_id", Rule: formatSection,
		Claim: "the event belongs to the room"},
	signingKey: {ID: "signing_key", Rule: keysSection,
		Claim: "the event is signed with a key that its server publishes",
		Others: "Synapse, Dendrite and, for joins, tuwunel ask notaries for keys before they ask the server itself. " +
			"Without the key all three drop the event."},
	keyValidity: {ID: "key_validity", Rule: "room version 5: Signing key validity period",
		Claim: "the key was valid when the event was made",
		Others: "At the very moment of an old key's expired_ts Synapse still takes the event, gomatrixserverlib no " +
			"longer. tuwunel does not compare times."},
	signature: {ID: "signature", Rule: validatingSection,
		Claim:  "every server that must have signed the event has, and its signatures verify",
		Others: "Synapse asks another server for a good copy, otherwise drops the event; gomatrixserverlib and tuwunel drop it."},
	contentHash: {ID: "content_hash", Rule: "server-server: Calculating the content hash for an event",
		Claim: "the content hash is that of the event",
		Others: "Synapse and gomatrixserverlib use the redacted copy; tuwunel uses what came in the answer to " +
			"send_join as it is."},
	referenceHash: {ID: "reference_hash", Rule: "room version 1: Event format",
		Claim: "the hash next to an event ID is the reference hash of that event",
		Others: "No homeserver was seen to look at it. Synapse writes the hash, and nothing for an event that it did " +
			"not have yet; Dendrite decodes the event ID as base64; tuwunel writes an empty text under an empty name."},
	authCycle: {ID: "auth_cycle", Rule: rulesSection,
		Claim: "no event rests on itself"},
	closure: {ID: "closure", Rule: joiningSection,
		Claim: "every event that the event rests on came with it",
		Others: "gomatrixserverlib asks for what is missing once, and cannot take the event without it. Synapse " +
			"leaves the event out, and the join goes on."},
	authorisation: {ID: "authorisation", Rule: rulesSection,
		Claim:  "the authorisation rules allow the event by the events it names",
		Others: "Synapse rejects the event and goes on; gomatrixserverlib drops it; tuwunel does not look."},
	authChainPadding: {ID: "auth_chain_padding", Rule: joiningSection,
		Claim: "something rests on the event: it belongs in auth_chain"},
	partialState: {ID: "partial_state", Rule: joiningSection,
		Claim:  "what a joining server needs is in state although members are left out",
		Others: "Synapse has been seen to break off with an internal error when the power levels were missing."},
	returnedEventID: {ID: "returned_event_id", Rule: joiningSection,
		Claim: "the join event that came back is ours, by its ID"},
	returnedEvent: {ID: "returned_event", Rule: restrictedSection,
		Claim: "the join event that came back is unchanged, and signed by whoever must have signed it"},
	joinBasis: {ID: "join_basis", Rule: receiptSection, Refuses: true,
		Claim:  "nothing that the join rests on has to be dropped",
		Others: "Synapse and gomatrixserverlib ask once for what they had to drop, and refuse the join without it; tuwunel refuses it."},
	joinAuth: {ID: "join_auth", Rule: rulesSection, Refuses: true,
		Claim: "the authorisation rules allow our join by the events it names",
		Others: "Synapse answers its client 403. Dendrite begins again with the next candidate, tuwunel with the " +
			"next of its three attempts."},
	joinAuthState: {ID: "join_auth_state", Rule: rulesSection, Refuses: true,
		Claim: "the authorisation rules allow our join by the state before it",
		Others: "Synapse answers its client 403. Dendrite begins again with the next candidate, tuwunel with the " +
			"next of its three attempts."},
	joinAuthEvents: {ID: "join_auth_events", Rule: selectionSection,
		Claim: "the join names the events that selection from state gives"},
}

// CheckKinds returns the table of the checks of L2, in the order of the work.
func CheckKinds() []CheckKind { return slices.Clone(checkKinds[:]) }

// A tally counts checks by what they look at and by outcome.
type tally [kinds][Fail + 1]int

func (t *tally) add(o *tally) {
	for k := range t {
		for c := range t[k] {
			t[k][c] += o[k][c]
		}
	}
}

// A Tally counts checks by outcome.
type Tally struct{ Pass, Warn, Fail, NotChecked int }

// A collector takes in checks of one subject. Those that pass are only counted, unless all is set: an answer has a
// hundred thousand of them, and nobody reads what was seen until they open the event.
type collector struct {
	subject string
	all     bool
	checks  []Check
	tally   *tally
}

// add notes a check. What it returns is there to be completed at once.
func (c *collector) add(k kind, o CheckOutcome, field, rule, detail string) *Check {
	row := &checkKinds[k]
	check := Check{ID: row.ID, Subject: c.subject, Outcome: o, Rule: row.Rule, Field: field, Detail: detail, Refuses: row.Refuses}
	if rule != "" {
		check.Rule = rule
	}
	if o == Fail || o == Warn {
		check.Others = row.Others
	}
	c.checks = append(c.checks, check)
	c.tally[k][o]++
	return &c.checks[len(c.checks)-1]
}

// pass counts a check that passed. say is called only when the check is to be shown; it must not be kept.
func (c *collector) pass(k kind, field string, say func() string) {
	if !c.all {
		c.tally[k][Pass]++
		return
	}
	c.add(k, Pass, field, "", say())
}

// passRule is pass for a check that a numbered rule decided.
func (c *collector) passRule(k kind, say func() (rule, detail string)) {
	if !c.all {
		c.tally[k][Pass]++
		return
	}
	rule, detail := say()
	c.add(k, Pass, "", rule, detail)
}

// fail notes a check that failed. f is empty where the check can fail in one way only.
func (c *collector) fail(k kind, f Fault, field, detail string) *Check {
	return c.add(k, Fail, field, "", detail).as(f)
}

// warn notes a check that found something within the rules. f is as for fail.
func (c *collector) warn(k kind, f Fault, field, detail string) *Check {
	return c.add(k, Warn, field, "", detail).as(f)
}

// unchecked notes a check that could not be made, and why.
func (c *collector) unchecked(k kind, field, why string) *Check {
	return c.add(k, NotChecked, field, "", why)
}

// ruled notes a check that a numbered rule decided, or left open.
func (c *collector) ruled(k kind, o CheckOutcome, field, detail string, verdict auth.Verdict) *Check {
	check := c.add(k, o, field, verdict.Rule, detail).as(ruled(verdict))
	check.Ground = verdict.Ground
	return check
}

// as says what was found.
func (c *Check) as(f Fault) *Check {
	c.Fault = f
	if others, ok := othersOf[kindNamed[c.ID]][f]; ok && c.Outcome != Pass && c.Outcome != NotChecked {
		c.Others = others
	}
	return c
}

// kindNamed finds the kind of a check by its ID.
var kindNamed = func() map[string]kind {
	out := map[string]kind{}
	for k := range kinds {
		out[checkKinds[k].ID] = k
	}
	return out
}()

// about names the events that a check failed for, or could not be made for.
func (c *Check) about(ids ...string) *Check {
	c.About = append(c.About, ids...)
	return c
}

//go:build goexperiment.jsonv2

package opinion

import "strings"

// What is asked about the bytes of an event, and everything.
var (
	bytesOf    = []question{contentHash, claimedHash, eventID, signedBytes, signing, verifying}
	redactedOf = []question{eventID, signedBytes, signing, verifying}
	everything = questions
)

const both, gms, mx = anybody, "gomatrixserverlib", "mautrix"

// mutationDisagreements are those met in events with one thing out of the ordinary, by what is asked.
var mutationDisagreements = concat(undecidedRows, bytesRows, readingRows, formatRows, selectionRows, createRows,
	memberRows, inviteRows, levelRows, listRows, otherRows)

func concat(lists ...[]*row) (all []*row) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// undecidedRows are those where Doorstep does not answer.
var undecidedRows = []*row{
	{library: both, questions: []question{verdict}, versions: "1-12", ours: "undecided",
		subjects: []string{"level * in force, *"},
		spec: "Authorisation rules: they compare integers; no rule says what a level in force is that is none, as none " +
			"should have come into force"},
	{library: both, questions: []question{verdict}, versions: "1-9", ours: "undecided",
		subjects: []string{"level * set, *", "events is *", "notifications is *", "altered: events is null"},
		spec: "rooms/v1, Authorisation rules, 10: users alone must hold integers; what another level is that is none, no " +
			"rule says before version 10"},
	{library: both, questions: []question{verdict}, versions: "3-12", ours: "undecided",
		subjects: []string{"* with auth events: an unknown one too", "10 auth_events"},
		spec: "server-server, Checks performed on receipt of a PDU, 4: by its auth events; one that is not available " +
			"decides nothing"},
}

// bytesRows are about canonical JSON, redaction, hashes and signatures.
var bytesRows = []*row{
	{library: mx, questions: bytesOf, versions: "1-5", subjects: []string{"content holds *", "kept content holds *",
		"depth is *", "origin_server_ts is *", "level * set, *"},
		spec: "rooms/v1 to v5, Canonical JSON: not to be enforced, so numbers stay as they are written; it rewrites them " +
			"or gives up"},
	{library: gms, questions: bytesOf, versions: "1-5", subjects: []string{"content holds -0", "depth is -0",
		"origin_server_ts is -0", "level -0.5 set, *", "kept content holds *", "content holds 1e400", "level * set, *"},
		spec: "rooms/v1 to v5, Canonical JSON: not to be enforced; it writes -0 as 0, also in -0.5, and reads what " +
			"redaction keeps as floating point numbers"},
	{library: gms, questions: bytesOf, versions: "1-12", subjects: []string{"a* key has*quote*", "a* key has*backslash",
		"a* key has*newline", "a* key has an escaped BEL", "a* key has an escaped ESC*", "a* key has an escaped NUL",
		"a* key has an escaped dot", "a top-level key with a quote"},
		spec: "appendices, Canonical JSON: quotes, backslashes and control characters are escaped; it writes keys without " +
			"their escapes"},
	{library: gms, questions: []question{claimedHash}, versions: "1-12", subjects: []string{"age_ts is *", "outlier is *",
		"destinations is *"}, answer: "wrong",
		spec: "server-server, Calculating the content hash for an event: unsigned, signatures and hashes are taken out; " +
			"it takes out these too, as Synapse does"},
	{library: gms, questions: []question{claimedHash, eventID}, versions: "3-12", subjects: []string{"event_id is *"},
		spec: "rooms/v3 and later: event_id is no field of an event, nor forbidden, and redaction keeps it; it takes it " +
			"out first or takes it for the ID"},
	{library: mx, questions: redactedOf, versions: "3-12", subjects: []string{"event_id is *"},
		spec: "rooms/v3 and later, Redactions: event_id is among the keys kept; it drops it"},
	{library: mx, questions: redactedOf, versions: "1-10", subjects: []string{"redaction of *",
		"m.room.redaction with every key"},
		spec: "rooms/v1, Redactions: redacts is not among the keys kept; it keeps it for m.room.redaction"},
	{library: mx, questions: redactedOf, versions: "1-12", subjects: []string{"hashes with stray low bits"},
		spec: "server-server, Signing events: hashes is signed as it stands; it decodes it and encodes it again"},
	{library: mx, questions: bytesOf, versions: "1-2", subjects: []string{"pairs without a hash"},
		spec: "server-server, Signing events: auth_events and prev_events are signed as they stand; it writes {} next to " +
			"an ID as {\"sha256\":\"\"}"},
	{library: mx, questions: redactedOf, versions: "11-12", subjects: []string{"third party: is empty",
		"third_party_invite without signed"},
		spec: "rooms/v11, Redactions: signed is kept of third_party_invite, so {} stays of one without it; it drops the key"},
	{library: gms, questions: redactedOf, versions: "11-12", subjects: []string{"m.room.member with every key",
		"third party: *", "third_party_invite without signed", "third_party_invite whose signed is *"},
		spec: "rooms/v11, Redactions: of third_party_invite the key signed is kept; it drops the whole"},
	{library: gms, questions: []question{claimedHash, verifying, signing}, versions: "1-12",
		subjects: []string{"signature padded", "hashes padded", "signature no base64"},
		spec: "appendices, Unpadded Base64: input with padding should be accepted; it is not, and a signature it cannot " +
			"read keeps it from adding another"},
	{library: mx, questions: bytesOf, versions: "1-12", subjects: []string{"hashes padded", "signature padded"},
		spec: "appendices, Unpadded Base64: input with padding should be accepted; it is not"},
	{library: gms, questions: []question{verifying}, versions: "1-12", subjects: []string{"signature URL-safe"},
		answer: "", some: true,
		spec: "appendices, Unpadded Base64: signatures are in the standard alphabet; it takes both, as Synapse does"},
	{library: both, questions: []question{verifying}, versions: "1-12", subjects: []string{"signature with a newline"},
		spec: "RFC 4648, 3.3: characters outside the alphabet are refused; Go's decoder passes over line ends"},
}

// readingRows are events they cannot read for a field they read as a type of theirs.
var readingRows = []*row{
	{library: both, questions: everything, versions: "1-12", subjects: []string{"redacts is *"},
		spec: "server-server, PDUs: redacts is a field of m.room.redaction; in another event, or in version 11 and later, " +
			"it is a key like any other"},
	{library: both, questions: everything, versions: "11-12", subjects: []string{"redaction of 7 *"},
		spec: "rooms/v11: redacts has moved to content; at the top level it is a key like any other"},
	{library: mx, questions: everything, versions: "1-12", subjects: []string{"hashes padded"},
		spec: "appendices, Unpadded Base64: input with padding should be accepted; it cannot read the event"},
	{library: gms, questions: everything, versions: "3-12", subjects: []string{"event_id is *"},
		spec: "rooms/v3 and later: event_id is no field of an event; it reads it as a string"},
	{library: gms, questions: everything, versions: "1-12", subjects: []string{"origin_server_ts is -*"},
		spec: "server-server, PDUs: origin_server_ts is an integer; it reads it without a sign"},
	{library: gms, questions: everything, versions: "1-12", subjects: []string{"a* key has*quote*",
		"a* key has*backslash", "a* key has*newline", "a* key has an escaped BEL", "a* key has an escaped ESC*",
		"a* key has an escaped NUL", "a* key has an escaped dot", "a top-level key with a quote"},
		spec: "appendices, Canonical JSON: it cannot read the canonical form it wrote itself"},
	{library: gms, questions: everything, versions: "12", subjects: []string{"create: no state_key",
		"create: state_key x"},
		spec: "rooms/v12, Event format: m.room.create has no room_id; it wants one unless state_key is empty"},
	{library: gms, questions: []question{isFormed, claimedHash}, versions: "1-12", subjects: []string{"_key is *"},
		spec: "server-server, PDUs: further keys are allowed; it refuses those that begin with an underscore, which it " +
			"uses itself"},
}

// formatRows are events to be dropped that gomatrixserverlib lets in.
var formatRows = []*row{
	{library: gms, questions: []question{isFormed}, versions: "1-12", ours: "drop",
		subjects: []string{"content is *", "depth is missing", "depth is null", "depth is -*", "hashes that are *",
			"hashes URL-safe",
			"origin_server_ts is missing", "origin_server_ts is null", "origin_server_ts is 9223372036854775808",
			"signatures missing", "signature a number", "state_key is null", "type is missing", "type is null", "unsigned is *"},
		spec: "server-server, PDUs: required fields and their types; it takes what is missing, and null, for the zero of " +
			"its type, and does not read the rest"},
	{library: gms, questions: []question{isFormed}, versions: "1-12", ours: "drop",
		subjects: []string{"11 auth_events", "21 prev_events"},
		spec:     "server-server, PDUs: at most 10 auth_events and 20 prev_events; it does not count"},
	{library: gms, questions: []question{isFormed}, versions: "1-12", ours: "drop",
		subjects: []string{"auth_events is missing", "auth_events is null", "prev_events is missing", "prev_events is null",
			"event_id is *",
			"prev_events holds an empty ID", "auth_events holds an empty ID", "10 auth_events", "20 prev_events",
			"first join: after an unknown event", "* with auth events: an unknown one too"},
		spec: "rooms/v1 and v3, Event IDs and PDU: lists of references, none of which it looks at"},
	{library: gms, questions: []question{isFormed}, versions: "1-12", ours: "drop",
		subjects: []string{"room_id of no server", "sender with a NUL", "sender of no server", "sender of no valid server"},
		spec:     "appendices, Identifier grammar: it looks for the sigil and a colon only"},
	{library: gms, questions: []question{isFormed}, versions: "6-12", ours: "drop",
		subjects: []string{"content holds *", "kept content holds *"},
		spec:     "rooms/v6, Canonical JSON: no fractions and exponents; it misses 0.0, 0e0 and a capital E"},
	{library: gms, questions: []question{isFormed}, versions: "12", ours: "drop",
		subjects: []string{"room_id of another room", "room_id of 256 bytes", "room_id without colon", "create: room*",
			"m.room.create with every key", "numbers in kept content"},
		spec: "rooms/v12, Room IDs: ! and the reference hash of the create event, which itself has no room_id; it accepts " +
			"any"},
}

var selectionRows = []*row{
	{library: gms, questions: []question{selection}, versions: "1-12", subjects: []string{"aliases with auth events: *",
		"m.federate false, another server's aliases", "m.room.aliases with every key"},
		spec: "server-server, Auth events selection: makes no exception for m.room.aliases; it lists the create event alone"},
	{library: gms, questions: []question{selection}, versions: "1-7", subjects: []string{"authorised *",
		"m.room.member with every key"},
		spec: "server-server, Auth events selection: the authorising user's member event only if the room version " +
			"supports restricted rooms"},
	{library: gms, questions: []question{selection}, versions: "1-12",
		subjects: []string{"* with an authoriser who did not sign", "join_authorised_via_users_server kept, is *"},
		spec:     "server-server, Auth events selection: the authorising user's member event if membership is join"},
	{library: gms, questions: []question{selection}, versions: "1-12", subjects: []string{"third party: in a join",
		"m.room.member with every key"},
		spec: "server-server, Auth events selection: the m.room.third_party_invite if membership is invite"},
	{library: gms, questions: []question{selection}, versions: "1-12",
		subjects: []string{"member: content {\"Membership\":*"},
		spec:     "appendices, Canonical JSON: keys are their letters; encoding/json matches them whatever their case"},
	{library: both, questions: []question{selection}, versions: "8-12", subjects: []string{"authorised by nobody under *"},
		spec: "server-server, Auth events selection: if join_authorised_via_users_server is present; the empty string is"},
	{library: mx, questions: []question{selection}, versions: "1-12", subjects: []string{"create: no state_key",
		"member: no state_key"},
		spec: "server-server, Auth events selection: by the event's type; it asks for a state_key as well"},
}

// createRows are about rule 1.
var createRows = []*row{
	{library: mx, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"create: room_version *"},
		spec: "Authorisation rules, 1.3: content.room_version present and not recognised; it looks at the version it was " +
			"called with"},
	{library: gms, questions: []question{verdict}, versions: "11", answer: "allow",
		subjects: []string{"create: room_version *"},
		spec: "rooms/v11, Authorisation rules, 1.3: content.room_version present and not recognised; it has no such check " +
			"in this version"},
	{library: gms, questions: []question{verdict}, versions: "1-10,12", answer: "allow",
		subjects: []string{"create: room_version null"},
		spec:     "Authorisation rules, 1.3: null is present and no recognised version; it takes it for absent"},
	{library: gms, questions: []question{verdict}, versions: "1-10", answer: "reject",
		subjects: []string{"create: creator *"},
		spec:     "Authorisation rules, 1.4: content has a creator property, whatever its type"},
	{library: gms, questions: []question{verdict}, versions: "1-11", answer: "reject",
		subjects: []string{"create: state_key x", "create: no state_key"},
		spec:     "Authorisation rules, 1: by type alone; it wants an empty state_key"},
	{library: gms, questions: []question{verdict}, versions: "12", answer: "allow",
		subjects: []string{"create: additional_creators null"},
		spec:     "rooms/v12, Authorisation rules, 1.4: null is present and no array; it takes it for absent"},
	{library: mx, questions: []question{verdict}, versions: "12", answer: "allow",
		subjects: []string{"create: additional_creators [\"@bob:b_example\"]"},
		spec: "rooms/v12, Authorisation rules, 1.4 and appendices, Server name: no underscore in a server name; it looks " +
			"for the colon"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "reject",
		subjects: []string{"m.federate \"false\", another server's join", "m.federate 0, another server's join"},
		spec:     "Authorisation rules, m.federate: false alone forbids; it cannot read the create event and rejects everything"},
}

// memberRows are about m.room.member.
var memberRows = []*row{
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "reject",
		subjects: []string{"first join: of the creator, sent by another"},
		spec:     "Authorisation rules, membership join, 1: asks for state_key alone; it asks that the sender is the same"},
	{library: gms, questions: []question{verdict}, versions: "1-10",
		subjects: []string{"first join: of the sender, who is not the creator",
			"first join: of the creator, who is not the sender"},
		spec: "rooms/v1, Authorisation rules, membership join, 1: the creator, who is in content.creator until version " +
			"11; it takes the sender of the create event"},
	{library: both, questions: []question{verdict}, versions: "1-10",
		subjects: []string{"no power levels: name by the creator, who is not the sender",
			"no power levels: name by the sender, who is not the creator"},
		spec: "client-server, m.room.power_levels: without it the creator has 100, who is in content.creator until " +
			"version 11; they take the sender of the create event"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "reject",
		subjects: []string{"join under {\"join_rule\":\"public\",\"allow\":*7*"},
		spec: "Authorisation rules, membership join: by join_rule; it reads allow in a public room too and then no " +
			"join_rule"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"join of an invited under {\"join_rule\":*", "profile change under {\"join_rule\":*"},
		spec: "Authorisation rules, membership join, last: a join_rule that is none of those named admits nobody; it lets " +
			"in whoever is invited or joined"},
	{library: mx, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"join of an invited under {\"join_rule\":*", "profile change under {\"join_rule\":*"},
		spec: "Authorisation rules, membership join, last: a join_rule that is none of those named admits nobody; it " +
			"takes one that is no string for invite"},
	{library: gms, questions: []question{verdict}, versions: "8-9", answer: "allow",
		subjects: []string{"authorised by alice under knock_restricted"},
		spec:     "rooms/v10, Authorisation rules: knock_restricted is new there; it takes it for restricted before"},
	{library: gms, questions: []question{verdict}, versions: "7-9", answer: "allow",
		subjects: []string{"member: knock under knock_restricted"},
		spec:     "rooms/v10, Authorisation rules: knock_restricted is new there; it knows it from version 7 on"},
	{library: gms, questions: []question{verdict}, versions: "8-12", answer: "allow",
		subjects: []string{"authorised *", "* with an authoriser who did not sign",
			"join_authorised_via_users_server kept, is *"},
		when: func(d difference) bool { return strings.Contains(d.why, "has not signed") },
		spec: "rooms/v8, Authorisation rules, 4.2.1: it leaves the authorising server's signature to another function, " +
			"which asks for it in joins"},
	{library: mx, questions: []question{verdict}, versions: "8-12", answer: "allow",
		subjects: []string{"authorised by *", "join_authorised_via_users_server kept, is *"},
		when:     func(d difference) bool { return strings.Contains(d.why, "has not signed") },
		spec:     "rooms/v8, Authorisation rules, 4.2.1: if content has the key; it passes over one that is empty or no string"},
	{library: mx, questions: []question{verdict}, versions: "1-7", answer: "reject",
		subjects: []string{"authorised *", "* with an authoriser who did not sign",
			"join_authorised_via_users_server kept, is *", "m.room.member with every key"},
		spec: "rooms/v8, Authorisation rules, 4.2: new there; it applies it in every version"},
	{library: gms, questions: []question{verdict}, versions: "1-7", answer: "reject",
		subjects: []string{"authorised by 7 under public", "join_authorised_via_users_server kept, is *"},
		spec: "rooms/v1, Authorisation rules, membership: join_authorised_via_users_server means nothing before version " +
			"8; it cannot read one that is no string"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "reject",
		subjects: []string{"m.room.member with every key", "third party: in a join", "third_party_invite *"},
		spec: "Authorisation rules, membership join: third_party_invite is read in invites; it looks the token up, or " +
			"gives up on its type, in every member event"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"member: content {\"Membership\":\"join\"} of a member"},
		spec:     "appendices, Canonical JSON: keys are their letters; encoding/json matches them whatever their case"},
}

// inviteRows are about third-party invites.
var inviteRows = []*row{
	{library: mx, questions: []question{verdict}, versions: "1-12", answer: "reject", subjects: []string{"third party: *"},
		spec: "Authorisation rules, third_party_invite, 7: it looks for the keys in the member event and takes signed for " +
			"a string, so no signature is ever found"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "reject",
		subjects: []string{"third party: one key", "third party: a padded key"},
		spec: "Authorisation rules, third_party_invite, 7.1 and appendices, Unpadded Base64: public_key counts as well as " +
			"public_keys, and padding is accepted; neither with it"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "reject",
		subjects: []string{"third party: with more in signed"},
		spec:     "appendices, Signing JSON: all of signed is signed; it checks the three keys it knows"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"third party: target banned", "third party: used by another", "third party: is null"},
		spec: "Authorisation rules, third_party_invite, 1, 2 and 6: it asks neither whether the target is banned nor " +
			"compares the senders, and takes null for absent"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "panic",
		subjects: []string{"third party: a key too short"},
		spec:     "Authorisation rules, third_party_invite, 8: such a key matches no signature; it hands it to ed25519 unread"},
}

// levelRows are about power levels.
var levelRows = []*row{
	{library: both, questions: []question{verdict}, versions: "1-9",
		subjects: []string{"level *9223372036854775808* set, *", "level *9223372036854775808* in force, *",
			"level *9223372036854775809* set, *", "level *9223372036854775809* in force, *"},
		spec: "rooms/v1, m.room.power_levels events accept values as strings: any single base 10 integer; theirs have 64 " +
			"bits"},
	{library: both, questions: []question{verdict}, versions: "1-5", subjects: []string{"level 1e30 set, *",
		"level 1e30 in force, *", "kept content holds 1.7976931348623157e308", "kept content holds 9223372036854775808",
		"kept content holds 100000000000000000000"},
		spec: "rooms/v1, m.room.power_levels events accept values as floats: up to what a double holds; theirs have 64 bits"},
	{library: both, questions: []question{verdict}, versions: "10-12",
		subjects: []string{"level 9223372036854775808 in force, *"},
		spec: "rooms/v10: canonical JSON has no such integer, so no server lets such an event in; beyond that levels are " +
			"compared as integers"},
	{library: mx, questions: []question{verdict}, versions: "1-5", answer: "allow",
		subjects: []string{"level 1e400 set, *", "kept content holds 1e400"},
		spec:     "rooms/v1, m.room.power_levels events accept values as floats: what no double holds is rejected"},
	{library: mx, questions: []question{verdict}, versions: "1-9", answer: "allow",
		subjects: []string{"level true set, users_ of dave", "level false set, users_ of dave"},
		spec:     "rooms/v1, Authorisation rules, 10.1: integers, or strings that are; it takes true for 1"},
	{library: mx, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"altered: a key of a user with an odd server"},
		spec:     "Authorisation rules, power levels: keys are valid user IDs; it looks for the colon"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "reject",
		subjects: []string{"altered: a key of an odd user"},
		spec:     "appendices, Historical user IDs: any code point but colon and NUL; it wants them within ASCII"},
	{library: mx, questions: []question{verdict}, versions: "1-5", answer: "reject",
		subjects: []string{"altered: *notification*", "level 9007199254740991 set, notifications of room",
			"level 9007199254740992 set, notifications of room"},
		spec: "rooms/v6, Authorisation rules, 9.4 and 9.5: notifications count from there on; it looks at them in every " +
			"version"},
	{library: gms, questions: []question{verdict}, versions: "1-5", answer: "reject",
		subjects: []string{"notifications is *", "level * set, notifications of room"},
		spec: "rooms/v6, Authorisation rules, 9.4 and 9.5: notifications count from there on; it cannot read the event in " +
			"any version"},
	{library: gms, questions: []question{verdict}, versions: "6-12", answer: "reject",
		subjects: []string{"altered: notification from 50", "altered: notification added at 20"},
		spec: "rooms/v6, Authorisation rules, 9.4.1: reject if the current value is greater than the sender's level; it " +
			"rejects an equal one too, and takes 50 for one that is not there"},
	{library: gms, questions: []question{verdict}, versions: "12", answer: "reject",
		subjects: []string{"level 9007199254740991 set, notifications of room", "m.room.power_levels with every key"},
		spec:     "rooms/v12: creators outrank every level; for notifications it takes a creator's level from users"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"altered: users_default to 51", "level 9007199254740991 set, users_default",
			"level 9007199254740992 set, users_default"},
		spec: "Authorisation rules, power levels: users_default is among the properties checked; it leaves it out"},
	{library: mx, questions: []question{verdict}, versions: "1-12", answer: "panic",
		subjects: []string{"altered: an equal's level removed"},
		spec: "Authorisation rules, power levels: an entry removed counts as changed; it takes its new value without " +
			"asking whether there is one"},
	{library: mx, questions: []question{verdict}, versions: "12", answer: "panic",
		subjects: []string{"altered: users removed"},
		spec:     "Authorisation rules, power levels: as above, with all of users"},
	{library: gms, questions: []question{verdict}, versions: "10-12", answer: "allow",
		subjects: []string{"level null set, *", "events is null", "notifications is null"},
		spec: "rooms/v10, Authorisation rules, 9.1 to 9.3: present and not an integer, or not an object; it takes null " +
			"for absent"},
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "allow", subjects: []string{"users is null"},
		spec: "Authorisation rules, power levels: users is not an object; it takes null for absent"},
}

// listRows are about the auth_events list.
var listRows = []*row{
	{library: gms, questions: []question{verdict}, versions: "1-12", answer: "allow",
		subjects: []string{"* with auth events: another join rules", "* with auth events: one twice",
			"* with auth events: the topic too", "* with auth events: a rejected one",
			"the room's create event was rejected", "membership changed after signing"}, when: byTheList,
		spec: "Authorisation rules, 2.1 to 2.3 (version 12: 3.1 to 3.3): it looks up what it needs and never at the list"},
	{library: gms, questions: []question{verdict}, versions: "12", answer: "allow",
		subjects: []string{"* with auth events: the create event too", "the room's create event was rejected"},
		spec: "rooms/v12, Authorisation rules, 2 and 3.2: the create event is not to be listed, and not to have been " +
			"rejected; it does not ask"},
	{library: mx, questions: []question{verdict}, versions: "12", answer: "panic",
		subjects: []string{"room_id of no create event"},
		spec: "rooms/v12, Authorisation rules, 2: room_id names no accepted create event; it does not expect that there " +
			"is none"},
	{library: gms, questions: []question{verdict}, versions: "6-12", subjects: []string{"aliases with auth events: *",
		"m.room.aliases with every key"},
		spec: "rooms/v6, Authorisation rules: the rule for m.room.aliases is removed; it keeps it"},
	{library: mx, questions: []question{verdict}, versions: "1-5", subjects: []string{"aliases with auth events: *",
		"m.room.aliases with every key"},
		spec: "rooms/v1, Authorisation rules, 4: m.room.aliases is decided by state_key and sender's domain alone; it has " +
			"no such rule"},
}

// otherRows are about redactions.
var otherRows = []*row{
	{library: mx, questions: []question{verdict}, versions: "1-2", answer: "allow", subjects: []string{"redaction of *"},
		spec: "rooms/v1, Authorisation rules, 11: it has no such rule"},
	{library: gms, questions: []question{verdict}, versions: "1-2", answer: "reject",
		subjects: []string{"redaction of nothing by *", "redaction of no ID by *", "redaction of an ID without server by *"},
		spec: "rooms/v1, Authorisation rules, 11.1: with the power to redact, allow; it asks for the server in redacts " +
			"first"},
}

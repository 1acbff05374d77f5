package response

import (
	"slices"

	"doorstep/client"
)

// Words by which a refusal can be known, in lower case: an errcode says only in which drawer it belongs. They were
// read in Synapse a58ad44e, Dendrite 08cac1cc with gomatrixserverlib ffcbbd38, and tuwunel 5b366914, whose words
// Conduit and its other descendants mostly share. Which server says what is noted where it is not plain.
var (
	SaysBanned = []string{"is banned from the room", "you are banned", "user is banned", "has been banned",
		`change their membership from "ban"`, // gomatrixserverlib
		"banned user cannot join"}            // tuwunel
	SaysNotInvited = []string{"not invited", "invite-only", "invite only",
		`join rule "invite" forbids`, `join rule "knock" forbids`, `join rule "private" forbids`, // gomatrixserverlib
		`" forbids it`, // gomatrixserverlib, after any join rule
		"cannot join a room that is not `public`", // tuwunel
		"you are not allowed to join this room"}   // Synapse, join rule private
	SaysACL              = []string{"server is banned from room", "forbidden by server acl", "denied by room acl"}
	SaysUnfederated      = []string{"unfederatable", "room is not federated"}
	SaysFederationDenied = []string{"federation denied with", "federation requests from", "federation is disabled",
		"is banned on this homeserver"}
	SaysRestrictedNotMet = []string{"any of the required rooms", "not joined to any matching rooms",
		"did not pass restricted room",
		"not known to be in any required room",
		`join rule "restricted" forbids`, `join rule "knock_restricted" forbids`} // gomatrixserverlib
	// gomatrixserverlib: ... is not joined to the room
	SaysAuthoriserGone = []string{"join_authorised_via_users_server' user"}

	SaysUserID  = []string{"invalid userid", "invalid user id"}
	SaysLeft    = []string{"not an active room", "not currently joined to room"}
	SaysPartial = []string{"not fully joined", "partial-stated", "partial state"}
	SaysDead    = []string{"no create event", "missing a create event", "create event missing"}

	// Who cannot fetch our key cannot check who we are. Dendrite says the same of a key and of a signature.
	SaysKeyMissing = []string{"failed to find any key", "no key for", "no key ed25519:",
		"failed to fetch signing keys", "failed to fetch keys", "could not download key"}
	SaysSignatureWrong = []string{"invalid signature for server", "unable to verify signature",
		"failed to verify x-matrix", "does not match the request"}
	SaysKeyOrSignature = []string{"invalid request signature"}
	SaysNoHeader       = []string{"missing authorization header", "no authorization header",
		`missing "authorization: x-matrix`}
	SaysBadHeader   = []string{"malformed authorization header", "invalid x-matrix", "error parsing http headers"}
	SaysDestination = []string{"destination mismatch", "for destination", "invalid destination",
		"the request is meant for"}

	SaysEventID = []string{"event id in the request path", "not the one in the path", "event id mismatch",
		"wrong event id",
		"content hash does not match"}
	SaysEventSignature = []string{"signature check failed", "not signed by", "bad signature", "signature:",
		"could not verify signature", "must be signed by"}
	SaysNotMember = []string{"neither in the room nor invited", "not in the room", "not in room",
		"cannot leave from membership", "cannot leave if not joined"}

	SaysJoinInProgress = []string{"already a federated join"}
	SaysTooComplex     = []string{"this large or complex", "too complex"}
	SaysViaAnyServer   = []string{"via any server", "no server available to assist", "unknown http error"}
)

// RoomRefusals are the refusals that every other server in the room would have to give as well.
var RoomRefusals = [][]string{SaysBanned, SaysNotInvited, SaysACL, SaysUnfederated, SaysRestrictedNotMet}

// DeniesIdentity reports whether a response refuses us for who we are: its server lacks our key, or finds the
// signature of our request wrong.
func DeniesIdentity(r *client.Response) bool {
	if r == nil {
		return false
	}
	r = Unlisted(r)
	return slices.Contains([]int{400, 401, 403}, r.Status) &&
		Says(RefusalOf(r).Message, slices.Concat(SaysKeyMissing, SaysSignatureWrong, SaysKeyOrSignature)...)
}

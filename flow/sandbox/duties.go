package sandbox

import "doorstep/flow/sandbox/engine"

// A Duty is what the specification asks of the server that joins in a scenario, as a whole.
type Duty string

// The duties.
const (
	DutyJoin   Duty = "join"   // nothing is wrong with the answer, or nothing that concerns it
	DutyDrop   Duty = "drop"   // drop the events that fail their checks; the join may stand
	DutyRefuse Duty = "refuse" // leave what it was given, and tell its client that it has not joined
	DutyFail   Duty = "fail"   // nobody lets it in, or no answer comes that could be used: tell its client
	DutyMay    Duty = "may"    // it is left open
)

// Says is what a duty means, in a few words.
func (d Duty) Says() string {
	return map[Duty]string{DutyJoin: "join", DutyDrop: "drop what fails", DutyRefuse: "refuse the answer",
		DutyFail: "cannot join", DutyMay: "leaves it open"}[d]
}

// DutyOf returns what the specification asks of a joining server that meets a scenario, from the resident's side.
func DutyOf(s engine.Scenario) Duty {
	if d, ok := duties[s.Name]; ok {
		return d
	}
	return DutyJoin
}

// duties are those of the scenarios in which something else is asked for than to join.
var duties = func() map[string]Duty {
	out := map[string]Duty{}
	for d, names := range map[Duty][]string{
		// server-server, Checks performed on receipt of a PDU: what fails is dropped, or goes on redacted
		DutyDrop: {"bad-signature", "bad-hash", "unauthorised-state", "rejected-auth-event", "expired-key", "unknown-key",
			"create-listed-v12", "key-id-reused", "unverifiable-auth-event", "malformed-event", "foreign-event",
			"circular-auth-events", "missing-auth-event"},
		DutyRefuse: {"template-unreadable", "depth-out-of-range", "template-not-canonical", "no-create",
			"answer-incomplete", "empty-answer", "restricted-unsigned",
			"join-forbidden", "create-unusable", "create-rejected", "create-unverifiable",
			"directory-answer-broken", "room-abandoned", "incompatible-version",
			"wrong-certificate", "incomplete-chain", "certificate-expired", "untrusted-authority", "html-answer", "redirect"},
		DutyFail: {"not-invited", "banned", "knock-only", "restricted-refused", "unfederated", "server-acl", "unknown-alias",
			"rate-limited", "key-unreachable", "directory-error",
			"stale-candidates", "proxy-decodes-path", "signature-refused", "authorization-stripped",
			"authorization-malformed", "wrong-destination", "endpoint-unrecognised", "user-id-refused",
			"bare-internal-error", "room-unknown", "candidate-left", "candidate-partial", "room-dead", "federation-denied",
			"unable-to-authorise", "unable-to-grant", "authoriser-gone", "restricted-race", "unexplained-refusal",
			"template-wrong-form", "event-id-refused", "send-join-unrecognised",
			"join-signature-refused", "directory-down", "no-candidate-answers", "connection-closed",
			"truncated-answer", "lost-answer", "gateway-error", "half-joined", "body-too-large", "join-fate-unknown",
			"gateway-at-send-join", "escaped-path-refused", "leave-held", "cdn-timeout", "slow-answer",
			"directory-silent", "send-join-timeout", "address-not-proven", "address-invite-revoked"},
		DutyMay: {"failover", "refusal-not-shared", "residents-disagree", "restricted-elsewhere", "restricted-granter",
			"first-refusal-final", "proxy-limits", "wrong-event-id", "tampered-returned-event", "wrong-reference-hash",
			"padded-auth-chain", "duplicate-state", "two-creates", "members-omitted", "servers-unnamed",
			"answer-of-other-form", "alias-moved", "partial-state-incomplete", "keys-unavailable", "malformed-key",
			"server-rebuilt", "event-id-conflict", "unreadable-returned-event", "key-fetch-hangs", "clock-off",
			"invite-origin-left", "form-2015", "send-join-v1", "join-soft-failed", "stale-template",
			"depth-not-incremented", "large-unsigned", "authoriser-left-out",
			// a client may name other servers, a notary may have the keys, a server may set the fields in question itself
			"inviter-left", "invite-not-propagated", "key-document-other-name", "key-document-other-case",
			"key-document-unsigned", "key-document-unusable", "key-document-missing", "key-document-expired",
			"join-too-large", "lying-template", "resident-gone",
			// no rule looks at the version that make_join names once the events are right
			"wrong-room-version"},
	} {
		for _, name := range names {
			out[name] = d
		}
	}
	return out
}()

package diagnose

import (
	"slices"

	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// answerCauses are about the answer to send_join as a whole: each refuses it, but for the last ones.
var answerCauses = []Cause{{
	ID:    "answer-of-other-form",
	Title: "The answer to send_join is in the form of the other endpoint",
	Cause: "The v2 endpoint answers with an object, v1 with a list of a status and an object. The two are mixed up: " +
		"one handler serves both.",
	Advice: "Join through another server, and tell the administrator of this one which software it is about.",
	Source: "server-server: PUT v2/send_join; matrix-org/matrix-spec-proposals#2541",
	Sight:  Detected,
	evidence: func(v *view) []int {
		return v.faulty(verify.KindAnswerShape, verify.AnswerOfOtherForm)
	},
}, {
	ID:    "answer-incomplete",
	Title: "The answer to send_join lacks what it has to hold",
	Cause: "state and auth_chain are both required, as lists. Here one is missing, or there is nothing at all: " +
		"something in between altered or swallowed the answer, or the server does not do send_join in full. The server " +
		"may have accepted the join all the same.",
	Advice: "Join through another server. The join may stand over there: run with `--leave --leave` it is taken back.",
	Apart:  "A web page in place of JSON, and an answer that breaks off, are other findings.",
	Source: "server-server: PUT v2/send_join",
	Sight:  Detected,
	rank:   1,
	reword: func(v *view, f *Finding) {
		if e := v.Reply.Error; e != nil {
			f.Cause = "The body is an error, " + e.Errcode + ", under a status that means success: something in between has " +
				"replaced the status, or the server does not do send_join in full. The server may have accepted the join all " +
				"the same."
		}
		leftSinceWords(v, f)
	},
	evidence: func(v *view) []int {
		if v.Reply == nil || v.Reply.Usable() {
			return nil
		}
		if e := v.trace.Entry(v.Reply.Seq); e == nil || e.Response == nil ||
			e.Speaker() == response.WebServer {
			return nil
		}
		return v.faulty(verify.KindAnswerShape, verify.AnswerUnusable)
	},
}, {
	ID:    "members-omitted",
	Title: "Members were left out without being asked to",
	Cause: "The answer says members_omitted, and the request had not asked for that. Whoever takes the state for " +
		"whole would miss nearly everybody in the room.",
	Advice:   "Join through another server, or ask for it, `--omit-members`, if the joining server can deal with it.",
	Source:   "server-server: PUT v2/send_join (members_omitted)",
	Sight:    Detected,
	rank:     2,
	evidence: func(v *view) []int { return v.failing(verify.KindMembersOmitted) },
}, {
	ID:       "servers-unnamed",
	Title:    "Members were left out, and the servers in the room are not named",
	Cause:    "Without members, servers_in_room is all that says whom to send events to. It is required then.",
	Advice:   "Join without `--omit-members`, or through another server.",
	Source:   "server-server: PUT v2/send_join (servers_in_room)",
	Sight:    Detected,
	rank:     3,
	evidence: func(v *view) []int { return v.failing(verify.KindServersInRoom) },
}, {
	ID:    "wrong-room-version",
	Title: "make_join named another room version than the room has",
	Cause: "The create event says which version the room is, and make_join said otherwise: our join was hashed and " +
		"signed by rules that are not the room's.",
	Advice:   "Join through another server: this one is wrong about its own room, or lies.",
	Source:   "room versions; client-server: m.room.create",
	Sight:    Detected,
	rank:     4,
	evidence: func(v *view) []int { return v.faulty(verify.KindCreateRoomVersion, verify.OtherVersion) },
}, {
	ID:    "two-creates",
	Title: "The answer holds two create events",
	Cause: "A room has one beginning. Somebody made a second one, or two rooms were mixed up; nothing says which of " +
		"the two counts.",
	Advice:   "Join through another server. If every one gives the same answer, the room is damaged: make a new one.",
	Source:   "room versions: Authorisation rules (create)",
	Sight:    Detected,
	rank:     5,
	evidence: func(v *view) []int { return v.faulty(verify.KindCreate, verify.CreateTwice) },
}, {
	ID:    "create-unusable",
	Title: "The create event does not hold",
	Cause: "It is there, and no homeserver can use it: its signature or its format is wrong, it is that of another " +
		"room, the rules about create events reject it, " +
		"or it was redacted and lost the room version. Everything in the room rests on it.",
	Advice: "Join through another server. If the key of the server that made the room was replaced, only servers that " +
		"kept the old one can join. A create event that the rules reject is the same everywhere: such a room cannot be " +
		"joined.",
	Apart: "The check on the create event says what is wrong, and names the rule where one rejects it. Synapse tells " +
		"of a bad signature as: No create event in state.",
	Source: "server-server: Checks performed on receipt of a PDU; room versions: Authorisation rules, 1; " +
		"element-hq/synapse#17377, matrix-org/synapse#12039",
	Sight: Detected,
	rank:  6,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			switch {
			case c.Outcome != verify.Fail:
				return false
			case c.Kind == verify.KindCreate:
				return c.Fault == verify.CreateDropped || c.Fault == verify.CreateRejected
			case c.Kind == verify.KindCreateRoomVersion:
				return c.Fault == verify.VersionUnknown || c.Fault == verify.Redacted
			}
			return c.Kind == verify.KindCreateRoomID
		})
	},
}, {
	ID:    "no-create",
	Title: "The state has no create event",
	Cause: "Without it the state is that of no room, and nothing in it can be authorised. The resident server's copy " +
		"of the room is damaged, or it leaves out too much.",
	Advice: "Join through another server.",
	Apart: "Homeservers say the same when the create event is there and its signature cannot be checked: then the " +
		"findings about keys stand here.",
	Source: "server-server: PUT v2/send_join; element-hq/synapse#17377, matrix-org/synapse#12736",
	Sight:  Detected,
	rank:   7,
	evidence: func(v *view) []int {
		return v.faulty(verify.KindCreate, verify.CreateMissing, verify.CreateOutside)
	},
}, {
	ID:    "create-unverifiable",
	Title: "Nobody can tell whether the create event is genuine",
	Cause: "The server that made the room cannot be reached any more, so its key is not available. Homeservers that do " +
		"not have the key from before drop the event, and then there is no room for them.",
	Advice: "Use a notary that still has the key: `--notary NAME`. On a homeserver, add such a notary to the trusted " +
		"key servers.",
	Apart: "The create event itself is in the answer. A database error while keys are stored looks the same in " +
		"Synapse's log.",
	Source:     "server-server: Querying Keys Through Another Server; element-hq/synapse#17377, matrix-org/synapse#12736",
	Sight:      Detected,
	rank:       8,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.checked([]verify.CheckOutcome{verify.NotChecked}, verify.KindCreate)
		creates := slices.DeleteFunc(v.replied(), func(e *event.Event) bool { return e.Type() != verify.TypeCreate })
		if out == nil || !v.createInState() || !v.keysAbsent(creates) {
			return nil
		}
		return append(out, v.keyFailures()...)
	},
}, {
	ID:    "duplicate-state",
	Title: "The state holds two events in one place",
	Cause: "State has one event for each type and state key. Which of the two counts is not said, and homeservers " +
		"choose differently.",
	Advice:   "Join through another server, and tell the administrator of this one.",
	Source:   "client-server: Types of room events",
	Sight:    Detected,
	rank:     9,
	evidence: func(v *view) []int { return v.failing(verify.KindDuplicateState) },
}, {
	ID:    "join-forbidden",
	Title: "By what came back our join is not allowed",
	Cause: "The rules reject it, by the events it names or by the state before it. The template was out of date, or " +
		"the room changed between make_join and send_join. Homeservers reject their own join then.",
	Advice: "Look at the rule that the check names, then try again: a new template rests on the new state.",
	Apart:  "If it stays so, the resident server's template and state do not fit together: go through another.",
	Source: "server-server: Checks performed on receipt of a PDU",
	Sight:  Detected,
	rank:   10,
	evidence: func(v *view) []int {
		if v.faulty(verify.KindCreate, verify.CreateRejected) != nil {
			return nil // which is why
		}
		return v.checks(func(c verify.Check) bool {
			byRule := c.Kind == verify.KindJoinAuth || c.Kind == verify.KindJoinAuthState
			return byRule && c.Outcome == verify.Fail && c.Fault == verify.RuleRejects && c.Ground != auth.NotCosigned
		})
	},
}, {
	ID:    "restricted-unsigned",
	Title: "The server that let us in has not signed the join",
	Cause: "A restricted join needs the signature of the server whose user authorises it, and that comes with the " +
		"event that send_join returns. It is not there, or does not hold, and without it every other server rejects the " +
		"join.",
	Advice: "Leave, and join through another server. Tell the administrator of this one which software it is about.",
	Apart:  "A homeserver that leaves the returned event aside has the same trouble even where the signature came.",
	Source: "server-server: Restricted rooms; matrix-org/matrix-spec#1708, matrix-org/synapse#16717, " +
		"matrix-org/dendrite#2478",
	Sight: Detected,
	rank:  11,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			notSigned := c.Kind == verify.KindReturnedEvent && (c.Fault == verify.NotReturned || c.Fault == verify.NotCosigned)
			return c.Outcome == verify.Fail && (notSigned || c.Ground == auth.NotCosigned && v.ours(c))
		})
	},
}, {
	ID:    "wrong-event-id",
	Title: "Another join event came back than the one we sent",
	Cause: "The returned event has to be ours, with signatures added: its ID is its hash, and this is another one. " +
		"The server altered it, or made one of its own.",
	Advice: "Keep to the event that was sent. In a restricted room, where the returned copy counts, join through " +
		"another server.",
	Apart: "From room version 8 on Synapse refuses such an answer whatever the join rule, and asks the next " +
		"candidate; Dendrite goes on with the event that came back.",
	Source:     "server-server: PUT v2/send_join (event)",
	Sight:      Detected,
	rank:       12,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindReturnedEventID) },
}, {
	ID:    "tampered-returned-event",
	Title: "Our join came back altered",
	Cause: "It has our event ID, and its content, or our signature, is not what we sent. What redaction drops can be " +
		"changed without the ID showing it; the content hash shows it.",
	Advice:     "Keep to the event that was sent. Other servers will use it redacted if this copy is what they get.",
	Apart:      "The check names the field that differs.",
	Source:     "server-server: PUT v2/send_join (event)",
	Sight:      Detected,
	rank:       13,
	incidental: true,
	evidence: func(v *view) []int {
		return v.faulty(verify.KindReturnedEvent, verify.Altered, verify.BadField, verify.OtherEvent, verify.OwnSignatureGone)
	},
}, {
	ID:    "unreadable-returned-event",
	Title: "What came back in place of our join cannot be read",
	Cause: "send_join returns the join event with the server's signature added. Something is there, and it is no " +
		"event, or one that can be read in two ways.",
	Advice: "Keep to the event that was sent. In a restricted room, where the returned copy counts, join through " +
		"another server.",
	Apart:      "An answer without any event is right where nobody has to add a signature.",
	Source:     "server-server: PUT v2/send_join (event)",
	Sight:      Detected,
	rank:       14,
	incidental: true,
	evidence:   func(v *view) []int { return v.faulty(verify.KindReturnedEvent, verify.Unreadable) },
}, {
	ID:    "partial-state-incomplete",
	Title: "More than members was left out",
	Cause: "members_omitted allows members to be left out and nothing else. What our join rests on is not in the " +
		"state; Synapse has been seen to break off with an internal error because the power levels were missing.",
	Advice:     "Join without `--omit-members`, or through another server.",
	Source:     "server-server: PUT v2/send_join (members_omitted); element-hq/synapse#19679",
	Sight:      Detected,
	rank:       15,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindPartialState) },
}, {
	ID:    "stale-auth-events",
	Title: "The template rested on events that are no longer in force",
	Cause: "Our join names other events than the state of the room gives: the room moved on after make_join, or the " +
		"resident server does not keep up with itself.",
	Advice:     "It does not keep you out here. If others do not see the join, leave and join again.",
	Apart:      "Once in a busy room is chance; every time means that the server is behind.",
	Source:     "server-server: Auth events selection",
	Sight:      Detected,
	rank:       16,
	incidental: true,
	evidence: func(v *view) []int {
		if v.Join().Altered != nil { // what our event rests on is not the template's word
			return nil
		}
		return v.checked([]verify.CheckOutcome{verify.Warn}, verify.KindJoinAuthEvents)
	},
}}

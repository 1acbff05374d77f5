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
	Sight: Detected,
	evidence: func(v *view) []int {
		return v.faulty(verify.KindAnswerShape, verify.AnswerOfOtherForm)
	},
}, {
	ID:    "answer-incomplete",
	Sight: Detected,
	rank:  1,
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
	ID:       "members-omitted",
	Sight:    Detected,
	rank:     2,
	evidence: func(v *view) []int { return v.failing(verify.KindMembersOmitted) },
}, {
	ID:       "servers-unnamed",
	Sight:    Detected,
	rank:     3,
	evidence: func(v *view) []int { return v.failing(verify.KindServersInRoom) },
}, {
	ID:       "wrong-room-version",
	Sight:    Detected,
	rank:     4,
	evidence: func(v *view) []int { return v.faulty(verify.KindCreateRoomVersion, verify.OtherVersion) },
}, {
	ID:       "two-creates",
	Sight:    Detected,
	rank:     5,
	evidence: func(v *view) []int { return v.faulty(verify.KindCreate, verify.CreateTwice) },
}, {
	ID:    "create-unusable",
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
	Sight: Detected,
	rank:  7,
	evidence: func(v *view) []int {
		return v.faulty(verify.KindCreate, verify.CreateMissing, verify.CreateOutside)
	},
}, {
	ID:         "create-unverifiable",
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
	ID:       "duplicate-state",
	Sight:    Detected,
	rank:     9,
	evidence: func(v *view) []int { return v.failing(verify.KindDuplicateState) },
}, {
	ID:    "join-forbidden",
	Sight: Detected,
	rank:  10,
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
	Sight: Detected,
	rank:  11,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			notSigned := c.Kind == verify.KindReturnedEvent && (c.Fault == verify.NotReturned || c.Fault == verify.NotCosigned)
			return c.Outcome == verify.Fail && (notSigned || c.Ground == auth.NotCosigned && v.ours(c))
		})
	},
}, {
	ID:         "wrong-event-id",
	Sight:      Detected,
	rank:       12,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindReturnedEventID) },
}, {
	ID:         "tampered-returned-event",
	Sight:      Detected,
	rank:       13,
	incidental: true,
	evidence: func(v *view) []int {
		return v.faulty(verify.KindReturnedEvent, verify.Altered, verify.BadField, verify.OtherEvent, verify.OwnSignatureGone)
	},
}, {
	ID:         "unreadable-returned-event",
	Sight:      Detected,
	rank:       14,
	incidental: true,
	evidence:   func(v *view) []int { return v.faulty(verify.KindReturnedEvent, verify.Unreadable) },
}, {
	ID:         "partial-state-incomplete",
	Sight:      Detected,
	rank:       15,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindPartialState) },
}, {
	ID:         "stale-auth-events",
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

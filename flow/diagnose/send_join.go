package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// sendJoinCauses are about A6 and A7: the join is on its way, and whether it arrived may be open.
var sendJoinCauses = []Cause{{
	ID:     "half-joined",
	Sight:  Detected,
	reword: halfJoinedWords,
	evidence: func(v *view) []int {
		if v.Fate() != flow.FateUnknown {
			return nil
		}
		lost := v.at(func(*flow.Entry) bool { return true }, flow.A7)
		proof := v.roomEvents()
		if v.Undo.Ends == flow.EndsOurJoin {
			proof = append(proof, v.Undo.Template.Seq)
		}
		if lost == nil || proof == nil {
			return nil
		}
		return append(lost, proof...)
	},
}, {
	ID:       "send-join-timeout",
	Sight:    Detected,
	rank:     1,
	reword:   leftSinceWords,
	evidence: func(v *view) []int { return v.lost(failed(client.FailedTimeout)) },
}, {
	ID:     "truncated-answer",
	Sight:  Detected,
	rank:   2,
	reword: leftSinceWords,
	evidence: func(v *view) []int {
		return v.lost(func(e *flow.Entry) bool {
			return failed(client.FailedClosed, client.FailedMalformed)(e) && e.Response != nil
		})
	},
}, {
	ID:     "lost-answer",
	Sight:  Detected,
	rank:   3,
	reword: leftSinceWords,
	evidence: func(v *view) []int {
		return v.lost(func(e *flow.Entry) bool {
			return failed(client.FailedClosed, client.FailedMalformed)(e) && e.Response == nil
		})
	},
}, {
	ID:     "join-fate-unknown",
	Sight:  Detected,
	rank:   4,
	reword: leftSinceWords,
	evidence: func(v *view) []int {
		if v.Fate() != flow.FateUnknown {
			return nil
		}
		return v.at(func(e *flow.Entry) bool {
			return e.Failure == nil && e.Response != nil && !response.Succeeds(response.Unlisted(e.Response))
		}, flow.A7)
	},
}, {
	ID:    "resident-gone",
	Sight: Detected,
	rank:  5,
	evidence: func(v *view) []int {
		out := v.at(func(e *flow.Entry) bool { return e.Failure != nil && v.Fate() == flow.FateNotSent }, flow.A7)
		// a name that leads nowhere any more
		if s := v.Stopped; s != nil && v.Build != nil && s.Step == flow.R && !v.Cancelled() {
			out = append(out, s.Seq)
		}
		return out
	},
}, {
	ID:       "answer-too-large",
	Sight:    Detected,
	rank:     6,
	evidence: func(v *view) []int { return v.at(failed(client.FailedTooLarge), arrows...) },
}, {
	ID:       "body-too-large",
	Sight:    Detected,
	rank:     7,
	evidence: func(v *view) []int { return v.at(tooLargeForProxy, flow.A7) },
}, {
	ID:    "send-join-unrecognised",
	Sight: Detected,
	rank:  8,
	evidence: func(v *view) []int {
		return v.at(refused(0, []string{"M_UNRECOGNIZED"}), flow.A7)
	},
}, {
	ID:    "join-signature-refused",
	Sight: Detected,
	rank:  9,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return refused(403, nil, response.SaysEventSignature...)(e) || refused(400, nil, response.SaysEventSignature...)(e)
		}, flow.A7)
	},
}}

// afterCauses are about what comes after a good answer.
var afterCauses = []Cause{{
	ID:         "join-soft-failed",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.at(refused(403, nil, response.SaysNotMember...), flow.U2)
		if v.Undo.Ends == flow.EndsAnother && v.AlreadyMember() == 0 {
			out = append(out, v.Undo.Template.Seq)
		}
		if out == nil || v.Fate() != flow.FateAccepted {
			return nil
		}
		return append(out, v.Reply.Seq)
	},
}, {
	ID:         "already-member",
	Sight:      Detected,
	rank:       1,
	incidental: true,
	reword:     alreadyMemberWords,
	evidence: func(v *view) []int {
		if seq := v.AlreadyMember(); seq != 0 {
			return []int{seq}
		}
		return nil
	},
}, {
	ID:         "leave-held",
	Sight:      Detected,
	rank:       2,
	incidental: true,
	evidence: func(v *view) []int {
		if hold := v.HoldsLeave(); hold != flow.HeldNotOurs && hold != flow.HeldNotKnown {
			return nil
		}
		return []int{v.Undo.Template.Seq}
	},
}, {
	ID:         "leave-refused",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence: func(v *view) []int {
		if v.Undo.Problem == "" || v.Undo.Seq == 0 || v.Header.Reject ||
			v.Reply != nil && v.at(refused(403, nil, response.SaysNotMember...), flow.U2) != nil {
			return nil
		}
		return []int{v.Undo.Seq}
	},
}, {
	ID:    "resync-stuck",
	Sight: Elsewhere,
	rank:  4,
}, {
	ID:    "module-deadlock",
	Sight: Elsewhere,
	rank:  5,
}, {
	ID:    "join-not-propagated",
	Sight: Elsewhere,
	rank:  6,
}}

func tooLargeForProxy(e *flow.Entry) bool {
	return e.Response != nil && e.Failure == nil && e.Response.Status == 413
}

// roomEvents returns the transactions with an event of the room that reached our listener after the join was sent, by
// Seq.
func (v *view) roomEvents() []int {
	if v.Sent == nil {
		return nil
	}
	var out []int
	for _, e := range v.inbound {
		if e.Seq < v.Sent.Seq || e.Request == nil || e.Request.Endpoint != client.Send {
			continue
		}
		pdus, _ := event.Elements(event.Get(e.Request.Body, "pdus"))
		if slices.ContainsFunc(pdus, v.ofRoom) {
			out = append(out, e.Seq)
		}
	}
	return out
}

// ofRoom reports whether an event is of the room joined.
func (v *view) ofRoom(pdu []byte) bool {
	members, err := event.Members(pdu)
	return err == nil && slices.ContainsFunc(members, func(m event.Member) bool {
		room, _ := event.String(m.Value)
		return m.Key == "room_id" && room == v.RoomID
	})
}

// lost returns the exchanges that ok accepts in which our join went out and no whole answer came, by Seq.
func (v *view) lost(ok func(*flow.Entry) bool) []int {
	return v.at(func(e *flow.Entry) bool { return e.Fate(v.request(e)) == flow.FateUnknown && ok(e) }, flow.A7)
}

// halfJoinedWords tells of a join that was taken back since.
func halfJoinedWords(v *view, f *Finding) {
	if !v.Undo.Left {
		return
	}
	f.Title = "The join stood although no answer said so, and was left again"
	f.Cause = "The resident server took the join, and its answer was lost. The leave template named our join as the " +
		"membership in force, so that it stood; the leave was taken, and the user is not in the room any more."
	f.Advice = "Nothing is left to do. To join, join again."
}

// alreadyMemberWords says what became of the leave that was asked for.
func alreadyMemberWords(v *view, f *Finding) {
	switch {
	case v.Undo.Left:
		f.Cause += " The leave was asked for twice and was taken: the user is not in the room any more."
		f.Advice = "To be in the room again, join again."
	case v.HoldsLeave() == flow.HeldAlreadyIn:
		f.Cause += " So the leave that was asked for was not sent."
	}
}

// leftSinceWords adds that the room was left since.
func leftSinceWords(v *view, f *Finding) {
	switch {
	case !v.Undo.Left:
	case v.Undo.Ends == flow.EndsAnother:
		f.Cause += " The leave that followed did not end this join, but the membership that was in force: an invite, or " +
			"an older one."
		f.Advice = "To join, ask for an invite where the room needs one, and join again."
	default:
		f.Cause += " The room was left again since."
		f.Advice = "Nothing is left to do. To join, join again."
	}
}

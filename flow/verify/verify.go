// Package verify checks what comes back in the remote join handshake: the protoevent of make_join, field by field;
// the response to send_join, event by event; key documents; and our own join, which the authorisation rules are asked
// about.
//
// It knows nothing of a trace. It is given what there is to look at (Asked, Input) and says of every claim what was
// looked at: a check starts as not checked, and a pass is earned. Verify is a pure function and fetches nothing.
package verify

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Verify checks every claim of the answer to send_join that in holds, authorises our join by it, and says of each
// claim what was looked at. It is a pure function of in: it fetches nothing, and what would have to be fetched stays
// not checked.
//
// An event that a homeserver would drop, or use redacted, fails the check that finds it, and no other: what else
// could be said about it, or about the events that rest on it, is not checked. Invalid is set only when the answer or
// the join is refused as a whole.
//
// Spec: server-server, Joining Rooms; Checks performed on receipt of a PDU, 1 to 5.
//
// It is nil only when it was given up: see Progress.Stop.
func Verify(in Input) *Verification {
	in.Progress.start()
	if most := in.Progress.time(); most > 0 && (in.Time == 0 || most < in.Time) {
		in.Time = most
	}
	v := newVerifier(in)
	if in.Time > 0 {
		v.ends = time.Now().Add(in.Time)
	}
	v.verify()
	if in.Progress.stopped() {
		return nil
	}
	if v.late.Load() {
		v = ranOut(in)
	}
	out := &Verification{Counts: v.counts(), tally: v.tally, verifier: v}
	out.Checks = v.gather()
	if decisive := refusing(out.Checks); decisive != nil {
		out.Invalid, out.decisive = decisive.Detail, *decisive
	} else if decisive := v.unproven(); decisive != nil {
		out.Unproven, out.decisive = decisive.Detail, *decisive
	}
	return out
}

// ranOut is the verifier of an answer that could not be checked in time: nothing of it is, the join included. What was
// seen until then would depend on the machine.
func ranOut(in Input) *verifier {
	v := newVerifier(in)
	v.readOwn()
	if !v.answerShape() {
		return v
	}
	v.index()
	v.readJoin()
	why := fmt.Sprintf("the checks were not done within their time limit of %s", in.Time.Round(time.Millisecond))
	v.skip(why, KindMembersOmitted, KindServersInRoom, KindCreate, KindDuplicateState, KindEventFormat, KindEventID,
		KindRoomID, KindSigningKey, KindKeyValidity, KindSignature, KindContentHash, KindAuthCycle, KindClosure,
		KindAuthorisation)
	v.skipJoin(why)
	return v
}

// gather gives the checks to keep in their order. Of those on the events there is one copy then: broken answers have
// millions.
func (v *verifier) gather() []Check {
	n := len(v.head.checks) + len(v.tail.checks)
	for i := range v.claims {
		n += len(v.claims[i].found())
	}
	out := append(make([]Check, 0, n), v.head.checks...)
	for i := range v.claims {
		if found := v.claims[i].found(); len(found) > 0 {
			from := len(out)
			out = append(out, found...)
			v.claims[i].rare.found = out[from:len(out):len(out)]
		}
	}
	return append(out, v.tail.checks...)
}

func newVerifier(in Input) *verifier {
	v := &verifier{in: in, before: &stateBefore{}, signers: &sync.Map{}, late: new(atomic.Bool),
		head: collector{subject: subjectAnswer, all: true, alike: new(tally)}, tail: collector{all: true}}
	v.head.tally, v.tail.tally = &v.tally, &v.tally
	return v
}

// Read takes the answer that in holds apart, as Verify does, and checks nothing of it: no event has a check, and all
// are not checked. It is what there is to look at before an answer is verified, or while it is.
func Read(in Input) *Verification {
	v := newVerifier(in)
	v.readOwn()
	if !v.answerShape() {
		return &Verification{Checks: v.head.checks, verifier: v} // which say why nothing can be read
	}
	v.index()
	v.readJoin()
	v.reach()
	if creates := v.creates(); len(creates) == 1 {
		v.create = creates[0].read.Event
	}
	v.head.checks, v.tally = nil, tally{} // that the answer has the right shape
	return &Verification{Counts: v.counts(), verifier: v}
}

func (v *verifier) verify() {
	v.readOwn()
	if !v.answerShape() {
		return
	}
	v.index()
	if v.over() {
		return
	}
	v.membersOmitted()
	v.readJoin()
	if creates := v.creates(); len(creates) > 0 && !v.rightVersion(creates) {
		v.skip("the answer was read in another room version than the room's",
			KindEventFormat, KindEventID, KindRoomID, KindSigningKey, KindKeyValidity, KindSignature,
			KindContentHash, KindClosure, KindAuthorisation)
		v.skipJoin("the join was made in another room version than the room's")
		return
	}
	v.noteGone()
	v.examineAll()
	if v.over() {
		return
	}
	v.chooseCopies()
	v.reach()
	v.duplicateState()
	why := v.in.Reply.overLimit()
	if why == "" {
		why = v.findCreate()
	} else {
		v.head.unchecked(KindCreate, "", "not looked at: "+why)
	}
	v.judgeAll(why)
	if v.over() {
		return
	}
	v.examineJoin()
	if why != "" {
		v.skipJoin(why)
		return
	}
	v.authoriseJoin()
}

// answerShape checks the answer as a whole; false when nothing can be made of it.
// Spec: server-server, PUT v2/send_join; r0.1.4, PUT v1/send_join.
func (v *verifier) answerShape() bool {
	r := v.in.Reply
	switch {
	case r == nil:
		v.head.unchecked(KindAnswerShape, "", "there is no answer")
		return false
	case !r.Usable():
		v.head.fail(KindAnswerShape, AnswerUnusable, r.Field, "the answer cannot be used: "+r.Problem)
		return false
	case v.in.Template == nil || v.in.Template.RoomVersion == nil:
		v.head.unchecked(KindAnswerShape, "", "the room version is not known, so that no event of the answer can be read")
		return false
	}
	v.roomID = v.in.RoomID
	if wantsList, known := v.asksForList(); known && wantsList != r.List {
		if wantsList {
			v.head.fail(KindAnswerShape, AnswerOfOtherForm, "",
				"the answer of the v1 endpoint is a list of two elements; an object came")
		} else {
			v.head.fail(KindAnswerShape, AnswerOfOtherForm, "",
				"the answer of the v2 endpoint is an object; the two-element list of v1 came")
		}
		return false
	}
	shape := "an object"
	if r.List {
		shape = "a list of status and object"
	}
	v.head.pass(KindAnswerShape, "", func() string {
		return fmt.Sprintf("%s of %d bytes: %d events in state, %d in auth_chain", shape, len(r.Body), len(r.State),
			len(r.AuthChain))
	})
	return true
}

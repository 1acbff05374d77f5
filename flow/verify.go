package flow

import (
	"fmt"
	"iter"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A Verification is what L2 found: every check on what came back and on our own join, and the numbers.
//
// An answer can hold a hundred thousand events, and nearly every check on them passes. Those are counted and not kept:
// All and Of work them out again for whoever wants to read them.
type Verification struct {
	// Checks are those on the answer and on our join, and of those on the events of the answer the ones that did not
	// pass; first the answer, then its events in their order, then the join.
	Checks []Check
	Counts ReplyCounts
	// Invalid says why the answer, or the join, would be refused as a whole; empty: nothing found refuses it.
	Invalid string
	// Unproven says why the join is not proven although nothing refutes it: something it rests on is missing, has to be
	// dropped, or could not be checked. Empty when the join is proven, and when it is refused.
	Unproven string

	tally    tally
	verifier *verifier
	decisive Check // the check that Invalid or Unproven tells of; the zero Check where neither does
	derived  derived
}

// ReplyCounts counts the events of a reply. Events are told apart by their IDs.
type ReplyCounts struct {
	State, AuthChain, Both, StateOnly, AuthChainOnly, Events int
	Signatures                                               int // that had to be there, over distinct events
}

// Verify checks every claim of the answer to send_join that s holds, authorises our join by it, and says of each claim
// what was looked at. It is a pure function of s: it fetches nothing, and what would have to be fetched stays not checked.
//
// An event that a homeserver would drop, or use redacted, fails the check that finds it, and no other: what else could
// be said about it, or about the events that rest on it, is not checked. Invalid is set only when the answer or the join
// is refused as a whole.
//
// Spec: server-server, Joining Rooms; Checks performed on receipt of a PDU, 1 to 5.
func Verify(s State) *Verification {
	v := &verifier{state: &s, head: collector{subject: subjectAnswer, all: true}, tail: collector{all: true}}
	v.head.tally, v.tail.tally = &v.tally, &v.tally
	v.verify()
	out := &Verification{Counts: v.counts(), tally: v.tally, verifier: v}
	out.Checks = append(out.Checks, v.head.checks...)
	for i := range v.claims {
		out.Checks = append(out.Checks, v.claims[i].found...)
	}
	out.Checks = append(out.Checks, v.tail.checks...)
	if decisive := refusing(out.Checks); decisive != nil {
		out.Invalid, out.decisive = decisive.Detail, *decisive
	} else if decisive := v.unproven(); decisive != nil {
		out.Unproven, out.decisive = decisive.Detail, *decisive
	}
	return out
}

// subjectAnswer is the subject of checks that are about the answer as a whole.
const subjectAnswer = "answer"

// A verifier does the work of Verify and keeps what All and Of need.
type verifier struct {
	state   *State
	version *event.Version
	roomID  string

	claims []claim          // the distinct events of the answer: state first, then what is in auth_chain only
	byID   map[string]int32 // the event meant by an ID
	copied bool             // an ID has more than one claim
	create *event.Event     // nil: there is none to rely on
	root   *claim           // from version 12 on the claim of create, which no event names
	auth   auth.Context

	examined, closes, authorises bool // which checks were made on the events

	join joinEvent

	head, tail collector // checks on the answer, and on the join
	tally      tally
	skipped    []skipped // checks that could be made on no event
}

// A skipped says why one sort of check could be made on no event.
type skipped struct {
	kind kind
	why  string
}

func (v *verifier) verify() {
	v.readOwn()
	if !v.answerShape() {
		return
	}
	v.index()
	v.membersOmitted()
	v.readJoin()
	if creates := v.creates(); len(creates) > 0 && !v.rightVersion(creates) {
		v.skip("the answer was read in another room version than the room's",
			eventFormat, eventID, roomID, signingKey, keyValidity, signature, contentHash, closure, authorisation)
		v.skipJoin("the join was made in another room version than the room's")
		return
	}
	v.examineAll()
	v.chooseCopies()
	v.reach()
	v.duplicateState()
	why := v.findCreate()
	v.restAll(why)
	v.examineJoin()
	if why != "" {
		v.skipJoin(why)
		return
	}
	v.authoriseJoin()
}

// skip notes checks that could be made on no event, once for all of them.
func (v *verifier) skip(why string, list ...kind) {
	for _, k := range list {
		v.head.unchecked(k, "", fmt.Sprintf("not looked at for any of the %d events: %s", len(v.claims), why))
		v.skipped = append(v.skipped, skipped{k, why})
	}
}

// answerShape checks the answer as a whole; false when nothing can be made of it.
// Spec: server-server, PUT v2/send_join; r0.1.4, PUT v1/send_join.
func (v *verifier) answerShape() bool {
	r := v.state.Reply
	switch {
	case r == nil:
		v.head.unchecked(answerShape, "", "there is no answer")
		return false
	case r.Problem != "":
		v.head.fail(answerShape, AnswerUnusable, r.Field, "the answer cannot be used: "+r.Problem)
		return false
	case v.state.Template == nil || v.state.Template.RoomVersion == nil:
		v.head.unchecked(answerShape, "", "the room version is not known, so that no event of the answer can be read")
		return false
	}
	v.roomID = v.state.RoomID
	if wantsList, known := v.asksForList(); known && wantsList != r.List {
		if wantsList {
			v.head.fail(answerShape, AnswerOfOtherForm, "", "the answer of the v1 endpoint is a list of two elements; an object came")
		} else {
			v.head.fail(answerShape, AnswerOfOtherForm, "", "the answer of the v2 endpoint is an object; the two-element list of v1 came")
		}
		return false
	}
	shape := "an object"
	if r.List {
		shape = "a list of status and object"
	}
	v.head.pass(answerShape, "", func() string {
		return fmt.Sprintf("%s of %d bytes: %d events in state, %d in auth_chain", shape, len(r.Body), len(r.State), len(r.AuthChain))
	})
	return true
}

// joinSubject is the subject of the checks on our join.
func (v *Verification) joinSubject() string {
	if v.verifier == nil {
		return subjectJoin
	}
	return v.verifier.tail.subject
}

// Tally counts the checks with that ID, passed ones included; with "" all checks.
func (v *Verification) Tally(id string) Tally {
	var out Tally
	for k := range kinds {
		if id == "" || checkKinds[k].ID == id {
			out.Pass += v.tally[k][Pass]
			out.Warn += v.tally[k][Warn]
			out.Fail += v.tally[k][Fail]
			out.NotChecked += v.tally[k][NotChecked]
		}
	}
	return out
}

// All gives every check, those that passed included, in the order of Checks.
func (v *Verification) All() iter.Seq[Check] {
	return func(yield func(Check) bool) {
		each := func(list []Check) bool {
			for _, c := range list {
				if !yield(c) {
					return false
				}
			}
			return true
		}
		if v.verifier == nil {
			each(v.Checks)
			return
		}
		if !each(v.verifier.head.checks) {
			return
		}
		for i := range v.verifier.claims {
			if !each(v.verifier.checksOf(&v.verifier.claims[i])) {
				return
			}
		}
		each(v.verifier.tail.checks)
	}
}

// Of returns every check on one subject, an event ID mostly, those that passed included; nil when there is none. A check
// that could be made on no event of the answer, which All has once for all of them, is there for each.
func (v *Verification) Of(subject string) []Check {
	if v.verifier == nil {
		return nil
	}
	var out []Check
	pick := func(list []Check) {
		for _, c := range list {
			if c.Subject == subject {
				out = append(out, c)
			}
		}
	}
	pick(v.verifier.head.checks)
	for _, c := range v.verifier.of(subject) {
		out = append(out, v.verifier.checksOf(c)...)
		out = append(out, v.verifier.unmade(subject, c.read.Pointer)...)
	}
	pick(v.verifier.tail.checks)
	return out
}

// unmade gives the checks that could be made on no event of the answer as checks of one of them.
func (v *verifier) unmade(subject, pointer string) []Check {
	k := collector{subject: subject, all: true, tally: new(tally)}
	for _, s := range v.skipped {
		k.unchecked(s.kind, pointer, "not looked at: "+s.why)
	}
	return k.checks
}

// verification returns the verification of the reply of s, a state of t, worked out once for all copies of the trace.
func (s *State) verification(t Trace) *Verification {
	e := t.Entry(s.Reply.Seq)
	if e == nil || e.memo == nil {
		return Verify(*s)
	}
	e.memo.verify.Lock()
	defer e.memo.verify.Unlock()
	if e.memo.verified == nil {
		e.memo.verified = Verify(*s)
	}
	return e.memo.verified
}

// verify works out the verification of the trace, so that whoever folds it next finds it done.
func (t Trace) verify() {
	if s := Fold(t); s.Reply != nil && s.Template != nil {
		s.verification(t)
	}
}

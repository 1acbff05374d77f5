package verify

import (
	"iter"
	"math/bits"
	"slices"
	"sync"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A Verification is what L2 found: every check on what came back and on our own join, and the numbers.
//
// An answer can hold a hundred thousand events, and nearly every check on them passes. Those are counted and not kept:
// All and Of work them out again for whoever wants to read them.
type Verification struct {
	// Checks are those on the answer and on our join, and of those on the events of the answer the ones that did not
	// pass; first the answer, then its events in their order, then the join. Of events there are no more than MostAlike
	// of each kind and outcome; Counted is how many others there are.
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

// joinSubject is the subject of the checks on our join.
func (v *Verification) joinSubject() string {
	if v.verifier == nil {
		return subjectJoin
	}
	return v.verifier.tail.subject
}

// Tally counts the checks of a kind, passed ones included; with NoKind all checks.
func (v *Verification) Tally(kind Kind) Tally {
	var out Tally
	for k := range kinds {
		if kind == NoKind || k == kind {
			out.Pass += v.tally[k][Pass]
			out.Warn += v.tally[k][Warn]
			out.Fail += v.tally[k][Fail]
			out.NotChecked += v.tally[k][NotChecked]
		}
	}
	return out
}

// Counted is how many checks on events of the answer did not pass and are not in Checks: there are too many alike.
func (v *Verification) Counted() int {
	if v.verifier == nil {
		return 0
	}
	return v.verifier.unkept + v.verifier.head.unkept
}

// Unlisted gives the events that those checks are on, and their kinds.
func (v *Verification) Unlisted() iter.Seq2[string, Kind] {
	return func(yield func(string, Kind) bool) {
		if v.Counted() == 0 {
			return
		}
		for i := range v.verifier.claims {
			c := &v.verifier.claims[i]
			for rest := c.unkept; rest != 0; rest &= rest - 1 {
				if !yield(c.id(), Kind(bits.TrailingZeros64(rest))) {
					return
				}
			}
		}
	}
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

// Of returns every check on one subject, an event ID mostly, those that passed included; nil when there is none. A
// check that could be made on no event of the answer, which All has once for all of them, is there for each.
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
		out = append(out, v.verifier.unmade(subject, c.read.Pointer())...)
	}
	pick(v.verifier.tail.checks)
	return out
}

// derived is what views ask of a verification again and again, worked out when it is first asked for.
type derived struct {
	worst     sync.Once
	bySubject map[string]CheckOutcome // the worst of the checks kept
	compare   sync.Once
	sets      ReplySets
}

// OutcomeOf returns the worst of all checks on an event of the answer, or on our join: what it is marked with wherever
// it is shown. An event on which no check was made is not checked.
func (v *Verification) OutcomeOf(id string) CheckOutcome {
	v.derived.worst.Do(func() {
		v.derived.bySubject = map[string]CheckOutcome{}
		for _, c := range v.Checks {
			if was, ok := v.derived.bySubject[c.Subject]; !ok || c.Outcome.Worse(was) {
				v.derived.bySubject[c.Subject] = c.Outcome
			}
		}
		v.addCopies(v.derived.bySubject)
	})
	worst, found := v.derived.bySubject[id]
	w := v.verifier
	if w == nil {
		return worst
	}
	if at, ok := w.byID[id]; ok && w.examined {
		if !found {
			worst = Pass
		}
		if kept := w.claims[at].worst; kept.Worse(worst) {
			worst = kept
		}
		if w.authorises && w.claims[at].verdict.Worse(worst) {
			worst = w.claims[at].verdict
		}
	}
	if id != w.join.id && len(w.skipped) > 0 && NotChecked.Worse(worst) {
		worst = NotChecked
	}
	return worst
}

// addCopies takes in the worst of the checks on copies of events, which are not all kept.
func (v *Verification) addCopies(worst map[string]CheckOutcome) {
	if v.verifier == nil || v.verifier.unkept == 0 {
		return
	}
	for i := range v.verifier.claims {
		c := &v.verifier.claims[i]
		if first := v.verifier.first(c); first != c && c.worst.Worse(Pass) {
			if was, ok := worst[c.id()]; !ok || c.worst.Worse(was) {
				worst[c.id()] = c.worst
			}
		}
	}
}

// Examined reports whether the events of the answer were looked at one by one.
func (v *Verification) Examined() bool { return v.verifier != nil && v.verifier.examined }

// Unread says why nothing of the answer was read; empty where its events were.
func (v *Verification) Unread() string {
	if v.verifier != nil && v.verifier.byID != nil {
		return ""
	}
	for _, c := range v.Checks {
		if c.Kind == KindAnswerShape && c.Outcome != Pass {
			return c.Detail
		}
	}
	return "there is no answer"
}

// OfJoin reports whether a check is about our own join.
func (v *Verification) OfJoin(c Check) bool { return c.Subject == v.joinSubject() }

// Decides reports whether a check is why the answer was refused as a whole, or why the join is not proven, or is
// about an event that this is for.
func (v *Verification) Decides(c Check) bool {
	decisive := v.decisive
	if c.Refuses && c.Outcome == Fail || decisive.Kind != NoKind && c.Kind == decisive.Kind &&
		c.Subject == decisive.Subject && c.Outcome == decisive.Outcome {
		return true
	}
	return slices.ContainsFunc(decisive.About, func(id string) bool {
		return c.Subject == id || slices.Contains(c.About,
			id)
	})
}

// InState returns the event of a type, with an empty state key, that is in force before the join and that homeservers
// would use; nil when there is none, or the events were not looked at.
func (v *Verification) InState(eventType string) *event.Event {
	if !v.Examined() {
		return nil
	}
	return v.verifier.usableState().At(auth.Tuple{Type: eventType})
}

// Sets compares the state and the auth_chain of the answer; no events when the answer could not be read.
func (v *Verification) Sets() ReplySets {
	v.derived.compare.Do(func() {
		if v.derived.sets.unread = v.Unread(); v.derived.sets.unread == "" {
			v.derived.sets = v.verifier.sets()
		}
	})
	return v.derived.sets
}

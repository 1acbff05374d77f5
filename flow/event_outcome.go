package flow

import "sync"

// derived is what views ask of a verification again and again, worked out when it is first asked for.
type derived struct {
	worst     sync.Once
	bySubject map[string]CheckOutcome // the worst of the checks kept
	compare   sync.Once
	sets      ReplySets
}

// Worse reports whether o is worse news than p: a failure, then what could not be checked, then a warning.
func (o CheckOutcome) Worse(p CheckOutcome) bool {
	rank := [...]int{Pass: 0, Warn: 1, NotChecked: 2, Fail: 3}
	return rank[o] > rank[p]
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
	})
	worst, found := v.derived.bySubject[id]
	w := v.verifier
	if w == nil {
		return worst
	}
	if at, ok := w.byID[id]; ok && w.examined {
		if !found {
			worst = Pass // whatever did not pass is kept
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

// Examined reports whether the events of the answer were looked at one by one.
func (v *Verification) Examined() bool { return v.verifier != nil && v.verifier.examined }

// Unread says why nothing of the answer was read; empty where its events were.
func (v *Verification) Unread() string {
	if v.verifier != nil && v.verifier.byID != nil {
		return ""
	}
	for _, c := range v.Checks {
		if c.ID == checkKinds[answerShape].ID && c.Outcome != Pass {
			return c.Detail
		}
	}
	return "there is no answer"
}

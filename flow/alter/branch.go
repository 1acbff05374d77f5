package alter

import (
	"doorstep/flow"
	"doorstep/flow/response"
)

// A Branch is a handshake with a changed step next to the one in which the step was done as usual.
//
// A resident's state moves on with every join it takes, so the two cannot happen in one room. The usual one runs in a
// second federation that is equal to the first: the same seed gives it the same keys, the same events and the same
// room ID. What differs besides the change is what differs between any two runs: times, ports, and the names that
// versions 1 and 2 have us choose.
type Branch struct {
	Altered, Usual flow.Trace
}

// An Answer is what a request came to.
type Answer struct {
	Entry   *flow.Entry       // the answer; nil: none has come
	Refusal *response.Refusal // what it refuses; nil: it does not, or none came
}

// Answers returns what the first changed request came to, and the usual one in its place. Of a changed event that is
// what became of the request that hands it in.
func (b Branch) Answers() (altered, usual Answer) {
	for i := range b.Altered.Entries {
		if e := &b.Altered.Entries[i]; e.Altered != nil {
			return b.AnswersTo(e.Seq)
		}
	}
	return Answer{}, Answer{}
}

// AnswersTo is Answers of the step of an entry, which was changed.
func (b Branch) AnswersTo(seq int) (altered, usual Answer) {
	e := b.Altered.Entry(seq)
	if e == nil || e.Altered == nil {
		return Answer{}, Answer{}
	}
	step := e.Step
	if step == flow.L1 {
		step = flow.A6
		if e.Build != nil && e.Build.Membership == "leave" {
			step = flow.U3
		}
	}
	return answerOf(b.Altered, step, e.Seq), answerOf(b.Usual, step, 0)
}

// answerOf returns what the first request of a step came to, from an entry on.
func answerOf(t flow.Trace, step flow.StepID, from int) Answer {
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Kind != flow.Request || e.Step != step || e.From != flow.Joining || e.Seq < from {
			continue
		}
		a := Answer{Entry: t.Answer(e.Seq)}
		if a.Entry == nil || a.Entry.Response == nil {
			return a
		}
		if said := response.Unlisted(a.Entry.Response); !response.Succeeds(said) {
			a.Refusal = response.RefusalOf(said)
		}
		return a
	}
	return Answer{}
}

package answer

import (
	"errors"
	"fmt"
	"slices"

	"doorstep/flow"
	"doorstep/flow/event"
)

// A Mutation is a ready change to one answer, with what it teaches and what it leads to.
type Mutation struct {
	Name    string
	Title   string
	Teaches string
	Steps   []flow.StepID // the answers it can be made to
	// versions are the room versions in which it changes what it is about; nil: all.
	versions func(*event.Version) bool
	expected func(*event.Version, flow.StepID) Expected
	change   func(*Draft, Known) error
}

// Asks is what the specification asks of a joining server that is answered so.
type Asks string

// What it can ask.
const (
	Refuse Asks = "refuse" // the join does not go on with this answer
	Drop   Asks = "drop"   // what is wrong is left out, and the join goes on
	Accept Asks = "accept" // nothing forbids to go on
)

// Words say what is asked in a few words.
func (a Asks) Words() string {
	return map[Asks]string{Refuse: "the answer is refused", Drop: "what is wrong is left out, and the join stands",
		Accept: "nothing forbids the join"}[a]
}

// Expected is what a change leads to at a joining server that keeps to the rules, in a public room.
type Expected struct {
	Asks    Asks
	Outcome flow.Outcome // of a join of ours, where no other resident is asked
	Finding string       // what diagnosis makes of that; empty: nothing
	Check   string       // the check on the answer that tells of it: it does not pass; empty: none does
	Why     string       // what the joining server sees, or does not
}

// Applies reports whether a mutation can be made to the answer of a step, in a room of version v.
func (m Mutation) Applies(step flow.StepID, v *event.Version) bool {
	return slices.Contains(m.Steps, step) && (v == nil || m.versions == nil || m.versions(v))
}

// Expected is what it leads to, made to the answer of a step, in a room of version v.
func (m Mutation) Expected(v *event.Version, step flow.StepID) Expected { return m.expected(v, step) }

// Apply makes the change in d. It errs where the draft is of another step, is a refusal already, or lacks what the
// mutation changes.
func (m Mutation) Apply(d Draft, k Known) (Draft, error) {
	if !m.Applies(d.Step, d.Version) {
		return Draft{}, fmt.Errorf("%s: it is not for this answer, or not for this room version", m.Name)
	}
	d = d.Usual().changedBy(flow.ByMutation, m.Name)
	if err := m.change(&d, k); err != nil {
		return Draft{}, fmt.Errorf("%s: %w", m.Name, err)
	}
	if !d.Changed() {
		return Draft{}, fmt.Errorf("%s: %w", m.Name, errSame)
	}
	return d, nil
}

var errSame = errors.New("the answer is so as it is")

// always expects the same in every version, of every answer.
func always(x Expected) func(*event.Version, flow.StepID) Expected {
	return func(*event.Version, flow.StepID) Expected { return x }
}

// at expects what each step has.
func at(of map[flow.StepID]Expected) func(*event.Version, flow.StepID) Expected {
	return func(_ *event.Version, step flow.StepID) Expected { return of[step] }
}

package alter

import (
	"fmt"
	"slices"

	"doorstep/flow"
	"doorstep/flow/event"
)

// A Mutation is a ready change to one step, with what it teaches and what it leads to.
type Mutation struct {
	Name    string
	Title   string
	Teaches string
	Steps   []flow.StepID // where it can be made
	// versions are the room versions in which it changes what it is about; nil: all.
	versions func(*event.Version) bool
	expected func(*event.Version, flow.StepID) Expected
	change   func(*Draft, Known) error
}

// Known is what a mutation may need besides the draft.
type Known struct {
	// Type returns the type of an event that the draft names; false where it is not known, as before the room's
	// state has come.
	Type func(eventID string) (string, bool)
	// Replaced returns how auth_events names the state event that the one of that ID replaced; false where that is not
	// known, or it replaced none. Nil: nothing is known.
	Replaced func(eventID string) (reference []byte, ok bool)
	// Others are the join candidates that the step does not ask.
	Others []string
}

// Expected is what a mutation leads to at a resident server that keeps to the rules, in a public room whose user was
// not invited: by an invite, a join is allowed without the join rules.
type Expected struct {
	Status  int
	Errcode string
	Rule    string // the authorisation rule that rejects the event, in the numbers of the room's version
	Check   string // our own check on the answer that tells of it: it does not pass
	Finding string // what diagnosis makes of it
	Why     string // who refuses it, or does not, and by what
}

// Taken reports whether the resident server does what it is asked to, all the same.
func (x Expected) Taken() bool { return x.Status == 200 }

// Applies reports whether a mutation can be made at a step of a join in a room of version v, or of one not yet known.
func (m Mutation) Applies(step flow.StepID, v *event.Version) bool {
	return slices.Contains(m.Steps, step) && (v == nil || m.versions == nil || m.versions(v))
}

// Versions are the room versions a mutation is for, in order.
func (m Mutation) Versions() []*event.Version {
	return slices.DeleteFunc(event.Versions(), func(v *event.Version) bool { return m.versions != nil && !m.versions(v) })
}

// Expected is what it leads to, made at a step of a join in a room of version v.
func (m Mutation) Expected(v *event.Version, step flow.StepID) Expected { return m.expected(v, step) }

// Apply makes the change in d. It errs where the draft is of another step, or lacks what the mutation changes.
func (m Mutation) Apply(d Draft, k Known) (Draft, error) {
	if !m.Applies(d.Step, d.Version) {
		return Draft{}, fmt.Errorf("%s: it is not for this step, or not for this room version", m.Name)
	}
	d = d.changedBy(flow.ByMutation, m.Name)
	if err := m.change(&d, k); err != nil {
		return Draft{}, fmt.Errorf("%s: %w", m.Name, err)
	}
	return d, nil
}

// Mutations returns all of them, in the order of the handshake.
func Mutations() []Mutation { return slices.Clone(mutations) }

// Lookup returns the mutation of that name; false when there is none.
func Lookup(name string) (Mutation, bool) {
	i := slices.IndexFunc(mutations, func(m Mutation) bool { return m.Name == name })
	if i < 0 {
		return Mutation{}, false
	}
	return mutations[i], true
}

// always expects the same in every version, at every step.
func always(x Expected) func(*event.Version, flow.StepID) Expected {
	return func(*event.Version, flow.StepID) Expected { return x }
}

func afterFirst(v *event.Version) bool { return v.ID != "1" }

// hashed are the versions whose event IDs are reference hashes.
func hashed(v *event.Version) bool { return v.IDs != event.IDChosen }

func strict(v *event.Version) bool { return v.StrictJSON }

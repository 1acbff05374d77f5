package flow

import "doorstep/flow/verify"

// A Membership is one of the two handshakes of a trace: the join, or the leave that undoes it. Each has a template, its
// checks, and an event of ours made from it.
type Membership struct {
	Template *verify.Template // the protoevent the event was made from; nil: none so far
	Build    *Build           // the event; nil: not made
	Leave    bool
	Altered  bool // somebody changed the event before it was signed
}

// Join is the handshake that gets us in.
func (s State) Join() Membership {
	return Membership{Template: s.Template, Build: s.Build, Altered: s.alteredJoin}
}

// Leaving is the one that gets us out again.
func (s State) Leaving() Membership {
	return Membership{Template: s.Undo.Template, Build: s.Undo.Build, Leave: true, Altered: s.Undo.altered}
}

// Of returns the handshake that an entry is part of; all but the steps of a leave are part of the join.
func (s State) Of(e *Entry) Membership {
	if e != nil && e.ofLeave() {
		return s.Leaving()
	}
	return s.Join()
}

func (e *Entry) ofLeave() bool {
	switch e.Step {
	case U1, U2, U3, U4:
		return true
	}
	return e.Build != nil && e.Build.Membership == "leave"
}

// Diff returns what happened to every field of the template; nil while the event has not been made, or where the
// template it was made from is not known.
func (m Membership) Diff(form Form) []Change {
	if m.Build == nil || m.Template == nil || m.Template.Event == nil {
		return nil
	}
	changes := Diff(m.Template.RoomVersion, form, m.Template.Event, m.Build.Event)
	for i := range changes {
		if c := &changes[i]; m.Altered && c.Why == "" {
			c.Why, c.Source = "somebody changed it before it was signed: the handshake does not ask for that", ""
		}
	}
	return changes
}

// Made reports whether an entry brought the protoevent that our event was made from, or asked for it.
func (m Membership) Made(t Trace, e *Entry) bool {
	if m.Build == nil || m.Template == nil || e == nil {
		return false
	}
	return e.Seq == m.Template.Seq || e.Kind == Request && e.Seq == answered(t, m.Template.Seq)
}

// answered returns the entry that the one with that Seq answers; 0: none.
func answered(t Trace, seq int) int {
	if e := t.Entry(seq); e != nil {
		return e.Answers
	}
	return 0
}

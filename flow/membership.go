package flow

import (
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// A Membership is one of the two handshakes of a trace: the join, or the leave that undoes it. Each has a template, its
// checks, and an event of ours made from it.
type Membership struct {
	Template *verify.Template // the protoevent the event was made from; nil: none so far
	Build    *Build           // the event; nil: not made
	Leave    bool
	Altered  *Altered // the change that somebody made to the event before it was signed; nil: nobody did

	judged string // the joining server, where its hosts judge what it did; empty: nobody does
}

// Join is the handshake that gets us in.
func (s State) Join() Membership {
	m := Membership{Template: s.Template, Build: s.Build, Altered: s.alteredJoin}
	if s.Header.Hosted() {
		m.judged = s.Header.Joining
	}
	return m
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
		if why := m.Altered.why(changes[i]); why != "" {
			changes[i].Why, changes[i].Source = why, ""
		}
		m.judge(&changes[i])
	}
	return changes
}

// judge says of what a joining server did to a field whether it may, where that is asked, and why.
func (m Membership) judge(c *Change) {
	if m.judged == "" {
		return
	}
	if c.Kind == Copied {
		c.Outcome = verify.Pass
		if why, source := verify.StaysBecause(c.Path); why != "" {
			c.Why, c.Source = "as it was given, which it has to be: "+why, source
		}
		return
	}
	j := verify.JudgeField(m.Template.RoomVersion, m.judged, verify.Differing{Path: c.Path, From: c.From, To: c.To})
	c.Outcome = j.Outcome
	switch {
	case j.Outcome == verify.Fail:
		c.Why, c.Source = "not allowed: "+j.Why, j.Source
	case j.Outcome == verify.Warn:
		c.Why, c.Source = "not asked for: "+j.Why, j.Source
	case c.Why == "":
		c.Why, c.Source = j.Why, j.Source
	}
}

// why says of a field what the change had to do with it; empty where it had nothing.
func (a *Altered) why(c Change) string {
	switch {
	case a == nil:
		return ""
	case c.Path == "/hashes" && a.Sealing.Hash == SealedWrong:
		return "changed: the hash of another content"
	case c.Path == "/signatures" && a.Sealing.Key == SealedWrong:
		return "changed: a signature by a key that the joining server does not publish"
	case c.Path == "/signatures" && a.Sealing.RedactAs != "":
		return "changed: the joining server's signature over the event as version " + wording.Clip(a.Sealing.RedactAs) +
			" redacts it"
	case c.Why == "":
		return "changed before it was signed: the handshake does not ask for that"
	}
	return ""
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

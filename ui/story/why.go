package story

import (
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/explain"
	"doorstep/flow/shell"
)

// WhyText is the tab that explains: what was asked about; or else what went wrong here if anything did, the field under
// the cursor of the body, the step itself.
func (s *Scene) WhyText() *Prose {
	b := s.Prose()
	if !s.Asked.Nothing() {
		s.explains(b, s.Asked)
		if s.Asked.Path == "" {
			return &b.Prose
		}
		b.About(s.ofRow())
	}
	closes := s.Closes() // then it tells what all of it came to, which rests on what is missing
	if s.Asked.Nothing() && !closes {
		defer s.provenance(b)
	}
	if s.Row.ID.Head.Phase != NoPhase && s.Asked.Nothing() {
		return s.phaseProse()
	}
	if s.Row.Unheard != nil {
		s.putUnheard(b, s.Row.Unheard)
	}
	s.edited(b)
	s.told(b)
	s.candidates(b)
	if s.Asked.Nothing() && closes {
		s.provenance(b)
	}
	if p := s.UnderBodysCursor(); s.Asked.Nothing() && p.Path != "" {
		s.field(b, p)
	}
	if e := s.Lesson(); e != nil {
		row := s.ofRow()
		code, _, _ := strings.Cut(row.At[0].Where, " ")
		b.SectionOf(row, code+": "+e.Title)
		if s.unsent() {
			b.Remark("This request never went out: no server took the connection.")
		}
		b.entry(e)
	}
	s.decided(b)
	return &b.Prose
}

// decided adds the rule of discovery that led to the address, where the row is about that.
func (s *Scene) decided(b *Builder) {
	e := s.Entry()
	if e == nil || e.Discovery == nil {
		return
	}
	if step, ok := decisive(e.Discovery); ok {
		p := ofDiscovery(step.Rule)
		if x := entryAt(p.At[0]); x != nil {
			b.SectionOf(p, Called(p.At[0])+", which decided here")
			b.entry(x)
		}
	}
}

// told adds the findings that rest on the row, each beginning with what happened and what to do; where the handshake
// stopped all of them, how it ended, and what others would do.
func (s *Scene) told(b *Builder) {
	stopped := s.State.Stopped
	here := s.Entry() != nil && s.Ended(s.Entry())
	found := s.ToldHere()
	s.overview(b, found)
	for _, f := range found {
		s.finding(b, f)
	}
	if here {
		b.SectionOf(s.ofRow(), "The join ends here: "+string(stopped.Outcome))
		b.Put(b.Fail, StoppedWords(s.State))
		if undo := shell.Line(s.State.UndoCommand()); undo != "" {
			b.Command("To leave again:", undo)
		}
		s.reactions(b, RefusedEntries(s.State, found))
		return
	}
	if e := s.failure(); e != nil {
		s.reactions(b, []int{e.Seq})
	} else if e := s.Entry(); e != nil {
		s.reactions(b, []int{e.Seq})
	}
}

// ToldHere are the findings that rest on the row; on the row where the handshake ends, all of them.
func (s *Scene) ToldHere() []diagnose.Finding {
	if s.Closes() {
		return s.Findings
	}
	var out []diagnose.Finding
	for _, f := range s.Findings {
		if slices.Contains(f.Evidence, s.Row.ID.Seq) || s.Row.Failure > 0 && slices.Contains(f.Evidence,
			s.Row.Failure) || s.Row.Unheard != nil && slices.Contains(s.Row.Unheard.Findings, f.ID) {
			out = append(out, f)
		}
	}
	return out
}

// Closes reports whether the row is one that tells how the handshake ended: where it ended badly, what the client was
// told, and the last of all.
func (s *Scene) Closes() bool {
	e := s.Entry()
	switch {
	case e == nil:
		return false
	case s.Ended(e):
		return true
	}
	last := e.Seq == len(s.Trace.Entries) || s.Row.Failure == len(s.Trace.Entries)
	return (last || e.Step == flow.A8) && Over(s.State)
}

// Flawed reports whether the row is where the handshake ends, and something is wrong with it.
func (s *Scene) Flawed() bool {
	return s.Closes() && VerdictOf(s.State, s.Findings, s.State.Outcome()).Flawed()
}

// Lesson is the entry of the step of the row: what the step is for, also of one that is still to come; nil where the
// row is no step.
func (s *Scene) Lesson() *explain.Entry {
	e := s.Entry()
	switch {
	case s.Row.ID.Ghost && s.Next != nil:
		return explain.Find(nextStep(s.Next))
	case s.Row.Unheard != nil:
		return explain.Find(keyOfOurs)
	case e != nil:
		return explain.Find(explain.StepAt(s.Trace, e))
	}
	return nil
}

// unsent reports whether the row is a request for which no server took the connection.
func (s *Scene) unsent() bool {
	e := s.Entry()
	return e != nil && e.Kind == flow.Request && e.Step != flow.A1 && e.Step != flow.R && len(e.Request.Header) == 0
}

package story

import (
	"slices"
	"strings"

	"doorstep/client"
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
	if s.Row.ID.Head.Phase != NoPhase && s.Asked.Nothing() {
		return s.phaseProse()
	}
	if s.Row.Unheard != nil {
		s.putUnheard(b, s.Row.Unheard)
	}
	s.told(b)
	s.candidates(b)
	if p := s.UnderBodysCursor(); s.Asked.Nothing() && p.Path != "" {
		s.field(b, p)
	}
	s.code(b)
	if l, ok := s.Lesson(); ok {
		b.Section(l.title)
		b.Say(l.text)
		b.Cite("Spec:", l.source)
	} else if e := s.Entry(); e != nil {
		if x := explain.Find(explain.StepAt(s.Trace, e)); x != nil {
			b.Section(x.Label())
			b.entry(x)
		}
	}
	return &b.Prose
}

// code says what the code of the row's step stands for, and which rule of discovery decided.
func (s *Scene) code(b *Builder) {
	row := s.ofRow()
	if row.Nothing() {
		return
	}
	if x := explain.Find(row.At[0]); x != nil {
		code, _, _ := strings.Cut(row.At[0].Where, " ")
		b.SectionOf(row, "Step "+code)
		b.Say(x.Gist())
	}
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
		if undo := s.State.UndoCommand(); undo != nil {
			b.Field("To leave again:", shell.Line(undo))
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

func (s *Scene) finding(b *Builder, f diagnose.Finding) {
	b.SectionOf(ofFinding(f), f.Title)
	b.Field("What to do:", f.Advice)
	s.evidence(b, f)
	if f.Suspect {
		b.Remark("Suspected: the evidence is a hint, not a proof.")
	}
	b.Say(f.Cause)
	if f.Apart != "" {
		b.Field("How to be sure:", f.Apart)
	}
	for _, line := range f.Try {
		b.Field("Try:", line)
	}
	b.Cite("Source:", f.Source)
}

// Lesson is what there is to say about the step of the row.
func (s *Scene) Lesson() (lesson, bool) {
	if s.Row.ID.Ghost && s.Next != nil {
		switch s.Next.Work {
		case flow.Resolve:
			return resolveLesson, true
		case flow.FetchKeys:
			return keyLesson, true
		}
		l, ok := lessons[s.Next.ID]
		return l, ok
	}
	e := s.Entry()
	if s.Row.Unheard != nil {
		return ourKeyLesson, true
	}
	if e == nil {
		return lesson{}, false
	}
	if e.Discovery != nil {
		return resolveLesson, true
	}
	if e.Step == flow.R {
		return s.underArrow(e)
	}
	l, ok := lessons[e.Step]
	if e.Kind == flow.Request && e.Step != flow.A1 && len(e.Request.Header) == 0 {
		l.text += " This request never went out: no server took the connection."
	}
	return l, ok
}

func (s *Scene) underArrow(e *flow.Entry) (lesson, bool) {
	asked := e
	if e.Answers > 0 {
		asked = s.Trace.Entry(e.Answers)
	}
	switch {
	case asked == nil || asked.Request == nil:
		return lesson{}, false
	case asked.Request.Endpoint == client.Invite:
		return inviteLesson, true
	case asked.Request.Endpoint == client.ServerKeys && asked.To == flow.Joining:
		return ourKeyLesson, true
	case asked.Request.Endpoint == client.ServerKeys:
		return keyLesson, true
	}
	return lesson{}, false
}

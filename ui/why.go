package ui

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/shell"
)

// whyText is the tab that explains: what went wrong here if anything did, the field under the cursor, the step itself.
func (s *scene) whyText() *prose {
	b := s.prose()
	s.told(b)
	s.candidates(b)
	if what, ok := lessonOfField(s.field, bodyKindOf(s.trace, s.entry())); ok {
		b.title("Field " + s.field)
		b.say(what)
	}
	if l, ok := s.lesson(); ok {
		b.title(l.title)
		b.say(l.text)
		b.note("Spec: " + l.source)
	}
	return &b.prose
}

// told adds the findings that rest on the row, each beginning with what happened and what to do; where the handshake
// stopped all of them, how it ended, and what others would do.
func (s *scene) told(b *proseBuilder) {
	stopped := s.state.Stopped
	here := s.entry() != nil && s.ended(s.entry())
	found := s.toldHere()
	for _, f := range found {
		s.finding(b, f)
	}
	if here {
		b.title("The join ends here: " + string(stopped.Outcome))
		b.text(b.Fail, stoppedWords(s.state))
		if undo := s.state.UndoCommand(); undo != nil {
			b.field("To leave again:", shell.Line(undo))
		}
		s.would(b, refusedEntries(s.state, found))
		return
	}
	if e := s.failure(); e != nil {
		s.would(b, []int{e.Seq})
	} else if e := s.entry(); e != nil {
		s.would(b, []int{e.Seq})
	}
}

// toldHere are the findings that rest on the row; on the row where the handshake stopped, all of them.
func (s *scene) toldHere() []diagnose.Finding {
	here := s.entry() != nil && s.ended(s.entry())
	var out []diagnose.Finding
	for _, f := range s.findings {
		if here || slices.Contains(f.Evidence, s.row.id.seq) || s.row.failure > 0 && slices.Contains(f.Evidence, s.row.failure) {
			out = append(out, f)
		}
	}
	return out
}

func (s *scene) finding(b *proseBuilder, f diagnose.Finding) {
	b.title(f.Title)
	b.field("What to do:", f.Advice)
	s.evidence(b, f)
	if f.Suspect {
		b.note("Suspected: the evidence is a hint, no proof.")
	}
	b.say(f.Cause)
	if f.Apart != "" {
		b.field("To tell it apart:", f.Apart)
	}
	for _, line := range f.Try {
		b.field("Try:", line)
	}
	if f.Source != "" {
		b.note("Source: " + f.Source)
	}
}

// lesson is what there is to say about the step of the row.
func (s *scene) lesson() (lesson, bool) {
	if s.row.id.ghost && s.next != nil {
		switch s.next.Work {
		case flow.Resolve:
			return resolveLesson, true
		case flow.FetchKeys:
			return keyLesson, true
		}
		l, ok := lessons[s.next.ID]
		return l, ok
	}
	e := s.entry()
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

func (s *scene) underArrow(e *flow.Entry) (lesson, bool) {
	asked := e
	if e.Answers > 0 {
		asked = s.trace.Entry(e.Answers)
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

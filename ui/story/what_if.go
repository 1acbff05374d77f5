package story

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/answer"
	"doorstep/flow/event"
)

// branch is the trace with what is known of the handshake without its last change.
func (s *Scene) branch() alter.Branch {
	b := alter.Branch{Altered: s.Trace}
	if s.Unedited != nil {
		b.Usual = *s.Unedited
	}
	return b
}

// editedAbout is the entry that was changed and that an entry shows, hands in, or answers; nil: there is none.
func (s *Scene) editedAbout(e *flow.Entry) *flow.Entry {
	if e == nil {
		return nil
	}
	for _, seq := range s.State.Altered {
		answer, _ := s.branch().AnswersTo(seq)
		if seq == e.Seq || answer.Entry != nil && (answer.Entry.Seq == e.Seq || answer.Entry.Answers == e.Seq) {
			return s.Trace.Entry(seq)
		}
	}
	return nil
}

// EditedLine says in a line what was changed, what was answered, and what is answered otherwise; empty for a row that
// has nothing to do with a change. Of what was changed there is as much as leaves room for the answers.
func (s *Scene) EditedLine(cells int) string {
	if e := s.editedAbout(s.Entry()); e != nil {
		return s.Answered(s.State, s.branch(), e.Seq, cells)
	}
	return ""
}

// edited adds what came of a change: what it was, what was answered, what is answered without it, and what the rules
// say.
func (s *Scene) edited(b *Builder) {
	e := s.editedAbout(s.Entry())
	if e == nil {
		return
	}
	b.Section("What if: " + editedTitle(e))
	if m, ok := answer.ReadyChange(e); ok {
		b.Say(m.Teaches)
	}
	for _, c := range alter.Changes(e) {
		b.Field("changed:", c.Says(e.Altered.OwnSignature))
	}
	if e.Altered.Response != nil {
		s.asksOfJoiner(b, e)
		return
	}
	altered, usual := s.branch().AnswersTo(e.Seq)
	if altered.Entry == nil {
		return // what comes of it is not told before the answer
	}
	b.Field("answered:", answerInFull(altered))
	switch {
	case s.Unedited == nil:
		b.Remark("What would have been answered without the change is not known: nobody asked.")
	case usual.Entry == nil:
		b.Remark("The branch that was not edited has not come to this answer yet.")
	default:
		b.Field("unedited:", answerInFull(usual))
	}
	x, known := expectedOf(s.State, e)
	if !known {
		return
	}
	said := strings.TrimSpace(fmt.Sprintf("%d %s", x.Status, x.Errcode))
	b.Field("by the rules:", said+", in a public room: "+x.Why)
	if x.Rule != "" {
		b.Field("rule:", x.Rule+", in the numbers of the room's version")
	}
	if status := statusOf(altered); status != 0 && status != x.Status {
		b.Remark("This server answered otherwise: it may check less, or something else first.")
	}
}

// asksOfJoiner adds what a joining server is to make of an answer that was changed, once there is more to see than the
// answer.
func (s *Scene) asksOfJoiner(b *Builder, e *flow.Entry) {
	m, ok := answer.Lookup(e.Altered.Mutation)
	if !ok || e.Seq == len(s.Trace.Entries) && !Over(s.State) {
		return // what comes of it is not told before
	}
	var v *event.Version
	if s.State.Template != nil {
		v = s.State.Template.RoomVersion
	}
	if v == nil {
		versions := event.Versions()
		v = versions[len(versions)-1]
	}
	x := m.Expected(v, e.Step)
	b.Field("by the rules:", x.Asks.Words()+": "+x.Why)
}

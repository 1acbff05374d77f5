package story

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
)

// RulesText shows how the authorisation rules judge an event: every rule tried, what it looked at, and the one that
// decided. It is about the copy that goes into the room, unless on says which.
// Spec: server-server, Checks performed on receipt of a PDU, 4 and 5; the authorisation rules of the room version.
func (s *Scene) RulesText(on Subject) *Prose {
	b := s.Prose()
	w, ok := s.Work(on.ID, on.Where)
	if !ok {
		b.Remark("the event cannot be read")
		return &b.Prose
	}
	ours := s.IsOurs(on.ID)
	b.About(OfTerm("authorisation rules"))
	switch {
	case ours:
		b.Section("May " + w.Event.Sender() + " join? The rules of room version " + w.Event.Version().ID)
	case s.isLeave(on.ID):
		b.Section("May " + w.Event.Sender() + " leave? The rules of room version " + w.Event.Version().ID)
	default:
		b.Section("May this event stand? The rules of room version " + w.Event.Version().ID)
	}
	if note := on.From.Words(); note != "" && !ours {
		b.Remark(note)
	}
	b.Field("event", EventWords(w.Event)+"  "+w.EventID)
	b.Point(OfType(w.Event.Type()))
	if s.isLeave(on.ID) {
		b.Remark("The rules were not asked about our leave: of a leave only the template is checked.")
		return &b.Prose
	}
	if words := copyWords(w); !w.Counts && words != "" {
		b.Remark(words)
	}
	if sent, ok := s.Work(on.ID, verify.SentCopy); ok && w.Counts && sent.Where != w.Where && sent.NotYetCosigned != "" {
		b.Field("judged:", "the copy that came back, signed by "+sent.NotYetCosigned)
		b.Field("as sent:", "the same event, not yet signed by "+sent.NotYetCosigned+": not judged by itself")
	}
	b.Field("by the events it names:", judgementWords(w.ByAuthEvents))
	if w.ByState != nil {
		b.Field("by the state before it:", judgementWords(*w.ByState))
	}
	b.Remark("Rules are numbered as on the page of the version. What decided is marked " + b.Glyphs.Cursor + ".")
	s.judging(b, "By the events it names: "+wording.Count(len(w.Event.AuthEvents()), "auth event"), w.ByAuthEvents,
		w.Event)
	if w.ByState != nil {
		s.judging(b, "By the state before it, as it came back", *w.ByState, w.Event)
	} else {
		b.Section("By the state before it")
		b.Remark("What the state was before this event is not in the answer: only for our own join is it known.")
	}
	return &b.Prose
}

// LacksRules says why no event can be judged; empty when one can.
func (s *Scene) LacksRules() string {
	switch ended := Over(s.State); {
	case s.State.Verification != nil && s.State.Build != nil:
		return ""
	case s.State.Build == nil && ended:
		return "no join event was made: there is nothing to try the rules on"
	case s.State.Build == nil:
		return "there is no join event yet to try the rules on"
	case ended:
		return "the rules need the events that send_join returns: none came that could be verified"
	}
	return "the rules need the events that send_join returns: they are tried when its answer is verified"
}

// Work returns the work on one copy of an event, or where that is not said, or not there, on the copy that counts;
// false when there is none that can be read.
func (s *Scene) Work(id, where string) (verify.EventWork, bool) {
	if where != "" {
		for _, w := range s.State.ShowWork(id) {
			if w.Where == where {
				return w, true
			}
		}
	}
	return s.State.CountingCopy(id)
}

func (s *Scene) isLeave(id string) bool {
	return s.State.Undo.Build != nil && s.State.Undo.Build.EventID == id
}

// IsOurs reports whether an event ID is that of our join.
func (s *Scene) IsOurs(id string) bool { return s.State.Build != nil && s.State.Build.EventID == id }

// EventWords names an event by what it is about: its type, its state key, for a member its membership.
func EventWords(e *event.Event) string {
	words := e.Type()
	if key, ok := e.StateKey(); ok && key != "" {
		words += " " + key
	}
	if m := e.Membership(); m != "" {
		words += " (" + m + ")"
	}
	return words
}

// judging shows what became of an event, what the rules answer, and each rule that was tried with what it looked at.
func (s *Scene) judging(b *Builder, title string, j verify.Judgement, of *event.Event) {
	b.SectionOf(OfTerm("authorisation rules"), title)
	status := CheckStatus(j.Result())
	words := j.Reason
	if !j.Stands() {
		words = j.Check.Detail
		if words == "" {
			words = j.Reason
		}
	}
	b.Put(b.StatusStyle(status), status.Glyph(b.Glyphs)+" "+resultWords(j)+": "+words)
	if !j.Stands() && j.Outcome != auth.NotDecided {
		b.Remark("The rules by themselves would answer: " + verdictWords(j.Verdict) + ". " + j.Reason)
	}
	for i, r := range j.Tried {
		s.tried(b, r, i == len(j.Tried)-1 && decides(r), j.Stands(), of.Version().ID)
	}
}

// judgementWords says in a line what became of an event, and what the rules answer where that is not the same.
func judgementWords(j verify.Judgement) string {
	words := resultWords(j)
	if j.Stands() || j.Outcome == auth.NotDecided {
		return words
	}
	return words + "; the rules by themselves would answer: " + verdictWords(j.Verdict)
}

// resultWords says what became of an event.
func resultWords(j verify.Judgement) string {
	switch {
	case j.Stands():
		return verdictWords(j.Verdict)
	case j.Result() == verify.NotChecked:
		return "not checked"
	}
	return j.Result().String()
}

// verdictWords says what the rules made of an event, and which of them decided.
func verdictWords(v auth.Verdict) string {
	if v.Rule == "" {
		return v.Outcome.String()
	}
	return v.Outcome.String() + " by rule " + v.Rule
}

// decides reports whether a rule ends the trial when it is met.
func decides(r auth.Rule) bool {
	return r.Effect == auth.Allow || r.Effect == auth.Reject || r.Effect == auth.Unclear
}

// tried adds one rule: its number, its condition, what came of it, and below what it looked at. The rule that decided
// carries a mark; where the rules' answer does not stand it would have decided.
func (s *Scene) tried(b *Builder, r auth.Rule, last, stands bool, version string) {
	depth := 2 * strings.Count(r.Number, ".")
	mark, style, came := "  ", b.Dim, "no"
	switch {
	case last:
		mark, style = b.Glyphs.Cursor+" ", b.StatusStyle(map[auth.Effect]render.Status{auth.Allow: render.OK,
			auth.Reject: render.Fail, auth.Unclear: render.Warn}[r.Effect]).Bold(true)
		came = r.Effect.String() + ", and that decides"
		if !stands {
			style, came = b.StatusStyle(render.NotChecked).Bold(true), r.Effect.String()+", and that would decide"
		}
	case decides(r):
		style, came = b.Text, r.Effect.String()
	case r.Effect == auth.NotApplying:
		came = "does not apply here"
	case r.Fired:
		style, came = b.Text, "holds, so its sub-rules are tried"
	}
	if r.Note != "" {
		came += " (" + r.Note + ")"
	}
	b.indented(style, depth, mark, r.Number, r.Says+": "+came)
	b.Point(ofRule(version, r.Number))
	for _, f := range r.Facts {
		b.indented(b.Dim, depth+4, "", f.Name, "= "+f.Value+"  from "+s.Origin(f.From))
		b.Point(ofRule(version, r.Number))
	}
}

// Origin names where a value was read: the event in words, and its ID.
func (s *Scene) Origin(from string) string {
	switch from {
	case "event":
		return "the event itself"
	case "default":
		return "no event: it is the default"
	}
	if v := s.State.Verification; v != nil {
		if g := v.Ancestry(from, 1); len(g.Nodes) > 0 && g.Nodes[0].Event != nil {
			return g.Nodes[0].Event.Type() + " " + from
		}
	}
	return from
}

// indented adds a label and a text after a mark, some cells in; lines after the first stand under the text.
func (b *Builder) indented(style lipgloss.Style, in int, mark, label, text string) {
	const deepest = 16 // rules are no more than eight levels deep
	in = min(in, deepest)
	label = strings.Repeat(" ", in) + mark + b.Safe(label, cellsOfLabel) + " "
	key := b.Key
	if mark != "" && mark[0] != ' ' {
		key = style
	}
	b.add(para{style: style, Label: label, labelStyle: key, Text: b.Safe(b.Own(text), CellsOfText), hang: in + 4})
}

// copyWords says of a copy that is not the one that counts what it is; empty where that is not known.
func copyWords(w verify.EventWork) string {
	what := "This copy is not the one that goes into the room."
	if w.NotYetCosigned != "" {
		what = "This is the copy as it was sent, not yet signed by " + w.NotYetCosigned + "."
	}
	switch w.JudgedAt {
	case "":
		if w.NotYetCosigned == "" {
			return ""
		}
		return what + " No copy that it has signed can be used."
	case "/event":
		return what + " What counts, and is judged, is the copy that came back."
	case verify.SentCopy:
		return what + " What counts, and is judged, is our own copy, as it was sent."
	}
	return what + " What counts, and is judged, is the copy at " + w.JudgedAt + "."
}

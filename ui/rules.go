package ui

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/render"
)

// rulesText shows how the authorisation rules judge an event: every rule tried, what it looked at, and the one that
// decided. where says which copy of the event is meant, as in flow.EventWork.
// Spec: server-server, Checks performed on receipt of a PDU, 4 and 5; the authorization rules of the room version.
func (s *scene) rulesText(id, where string) *prose {
	b := s.prose()
	w, ok := s.work(id, where)
	if !ok {
		b.note("the event cannot be read")
		return &b.prose
	}
	ours := s.isOurs(id)
	if ours {
		b.title("May " + w.Event.Sender() + " join? The rules of room version " + w.Event.Version().ID)
	} else {
		b.title("May this event stand? The rules of room version " + w.Event.Version().ID)
		b.note("The event selected in the tab Events; its first row is our join.")
	}
	b.field("event", eventWords(w.Event)+"  "+w.EventID)
	b.field("by the events it names:", verdictWords(w.ByAuthEvents))
	if w.ByState != nil {
		b.field("by the state before it:", verdictWords(*w.ByState))
	}
	b.note("Rules are numbered as on the page of the version. What decided is marked " + b.g.Cursor + ".")
	s.judging(b, "By the events it names: "+count(len(w.Event.AuthEvents()), "auth event"), w.ByAuthEvents)
	if w.ByState != nil {
		s.judging(b, "By the state before it, as it came back", *w.ByState)
	} else {
		b.title("By the state before it")
		b.note("What the state was before this event is not in the answer: only for our own join is it known.")
	}
	return &b.prose
}

// lacksRules says why no event can be judged; empty when one can.
func (s *scene) lacksRules() string {
	switch {
	case s.state.Build == nil:
		return "there is no join event yet to try the rules on"
	case s.state.Verification == nil:
		return "the rules need the events that send_join returns: they are tried when its answer is verified"
	}
	return ""
}

// work returns the work on one copy of an event, or on its first; false when there is none that can be read.
func (s *scene) work(id, where string) (flow.EventWork, bool) {
	works := s.state.ShowWork(id)
	for _, w := range works {
		if w.Where == where {
			return w, true
		}
	}
	if len(works) == 0 {
		return flow.EventWork{}, false
	}
	return works[0], true
}

func (s *scene) isOurs(id string) bool { return s.state.Build != nil && s.state.Build.EventID == id }

// eventWords names an event by what it is about: its type, its state key, for a member its membership.
func eventWords(e *event.Event) string {
	words := e.Type()
	if key, ok := e.StateKey(); ok && key != "" {
		words += " " + key
	}
	if m := e.Membership(); m != "" {
		words += " (" + m + ")"
	}
	return words
}

// judging shows what the rules made of an event, and each rule that was tried with what it looked at.
func (s *scene) judging(b *proseBuilder, title string, v auth.Verdict) {
	b.title(title)
	status := verdictStatus(v.Outcome)
	b.text(b.statusStyle(status), status.Glyph(b.g)+" "+verdictWords(v)+": "+v.Reason)
	for i, r := range v.Tried {
		s.tried(b, r, i == len(v.Tried)-1 && decides(r))
	}
}

// verdictWords says what the rules made of an event, and which of them decided.
func verdictWords(v auth.Verdict) string {
	if v.Rule == "" {
		return v.Outcome.String()
	}
	return v.Outcome.String() + " by rule " + v.Rule
}

func verdictStatus(o auth.Outcome) render.Status {
	switch o {
	case auth.Allowed:
		return render.OK
	case auth.Rejected:
		return render.Fail
	case auth.Undecided:
		return render.Warn
	}
	return render.NotChecked
}

// decides reports whether a rule ends the trial when it is met.
func decides(r auth.Rule) bool {
	return r.Effect == auth.Allow || r.Effect == auth.Reject || r.Effect == auth.Unclear
}

// tried adds one rule: its number, its condition, what came of it, and below what it looked at. The rule that decided
// carries a mark.
func (s *scene) tried(b *proseBuilder, r auth.Rule, last bool) {
	depth := 2 * strings.Count(r.Number, ".")
	mark, style, came := "  ", b.Dim, "no"
	switch {
	case last:
		mark, style = b.g.Cursor+" ", b.statusStyle(map[auth.Effect]render.Status{auth.Allow: render.OK, auth.Reject: render.Fail, auth.Unclear: render.Warn}[r.Effect]).Bold(true)
		came = r.Effect.String() + ", and that decides"
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
	for _, f := range r.Facts {
		b.indented(b.Dim, depth+4, "", f.Name, "= "+f.Value+"  from "+s.origin(f.From))
	}
}

// origin names where a value was read: the event in words, and its ID.
func (s *scene) origin(from string) string {
	switch from {
	case "event":
		return "the event itself"
	case "default":
		return "no event: it is the default"
	}
	if v := s.state.Verification; v != nil {
		if g := v.Ancestry(from, 1); len(g.Nodes) > 0 && g.Nodes[0].Event != nil {
			return g.Nodes[0].Event.Type() + " " + from
		}
	}
	return from
}

// indented adds a label and a text after a mark, some cells in; lines after the first stand under the text.
func (b *proseBuilder) indented(style lipgloss.Style, in int, mark, label, text string) {
	const deepest = 16 // rules are no more than eight levels deep
	in = min(in, deepest)
	label = strings.Repeat(" ", in) + mark + b.safe(label, cellsOfLabel) + " "
	key := b.Key
	if mark != "" && mark[0] != ' ' {
		key = style
	}
	b.paras = append(b.paras, para{style: style, label: label, labelStyle: key, text: b.safe(b.own(text), cellsOfText), hang: in + 4})
}

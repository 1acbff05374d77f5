package story

import (
	"fmt"

	"doorstep/flow"
	"doorstep/flow/explain"
	"doorstep/flow/verify"
	"doorstep/render"
)

// checksShown is how many checks that did not pass are listed; the others are counted.
const checksShown = 300

// templateChecks returns the checks of the template that the row is about, and whether it is about one: those of the
// exchange that brought it, and on the other rows of a leave those of the leave's.
func (s *Scene) templateChecks() (checks []verify.Check, about bool) {
	switch {
	case s.State.Header.Hosted():
		return s.judgedHere()
	case s.asksTemplate():
		return s.State.Brought(s.Trace, s.Entry()), true
	case s.Membership().Leave:
		return s.State.Undo.Checks, true
	case s.State.Verification != nil:
		return nil, false
	}
	return s.State.TemplateChecks, true
}

// judgedHere returns the checks of a hosted trace that the row is about: those on the joining server by the entries of
// the row's exchange, and of a template those on that as well. Where there are none the checks of L2 are shown.
func (s *Scene) judgedHere() (checks []verify.Check, about bool) {
	if e := s.Entry(); e != nil {
		for _, c := range s.State.JoinerChecks {
			if s.ofExchange(e, c.Seq) {
				checks = append(checks, c)
			}
		}
		checks = append(checks, s.State.Brought(s.Trace, e)...)
	}
	return checks, len(checks) > 0 || s.State.Verification == nil
}

// ofExchange reports whether the entry with that Seq is e, or its other half, or where e is about an event that was
// made, the request that brought it.
func (s *Scene) ofExchange(e *flow.Entry, seq int) bool {
	other := s.Trace.Entry(seq)
	return other != nil && seq > 0 && (seq == e.Seq || e.Answers == seq || other.Answers == e.Seq ||
		e.Build != nil && other.Step == flow.A6)
}

// LacksChecks says why there are no checks to show; empty when there are.
func (s *Scene) LacksChecks() string {
	checks, about := s.templateChecks()
	switch {
	case !about || len(checks) > 0:
		return ""
	case !s.asksTemplate() || s.State.Pending != nil && s.State.Pending.Seq == s.Row.ID.Seq:
	default:
		return "this exchange brought no template: there is nothing to check"
	}
	if Over(s.State) {
		return "nothing came that could be checked"
	}
	return "nothing has been checked yet"
}

// asksTemplate reports whether the row is of an exchange that asks for a template.
func (s *Scene) asksTemplate() bool {
	e := s.Entry()
	return e != nil && (e.Step == flow.A4 || e.Step == flow.A5 || e.Step == flow.U1 || e.Step == flow.U2)
}

// ChecksText is the tab of the checks: those of the template where the row is about one, else those of L2.
func (s *Scene) ChecksText() *Prose {
	b := s.Prose()
	if why := s.LacksChecks(); why != "" {
		b.Remark(why)
		return &b.Prose
	}
	checks, about := s.templateChecks()
	if !about {
		b.About(PointAt(explain.At(explain.Step, string(flow.L2))))
		s.verification(b, s.State.Verification)
		return &b.Prose
	}
	what := "The protoevent: "
	switch {
	case s.State.Header.Hosted():
		what = "The joining server, and what it was given: "
	case s.Membership().Leave:
		what = "The leave template: "
	}
	b.Section(what + TallyWords(TallyOf(checks)))
	for _, c := range checks {
		s.Check(b, c)
	}
	return &b.Prose
}

// verification lists what did not pass, then every kind of check with its counts.
func (s *Scene) verification(b *Builder, v *verify.Verification) {
	b.Section("The answer and our join: " + TallyWords(v.Tally(verify.NoKind)))
	if v.Invalid != "" {
		b.Put(b.Fail, b.Glyphs.Fail+" refused as a whole: "+v.Invalid)
	}
	if v.Unproven != "" {
		b.Put(b.Warn, b.Glyphs.Warn+" not proven: "+v.Unproven)
	}
	shown := 0
	for _, outcome := range []verify.CheckOutcome{verify.Fail, verify.Warn, verify.NotChecked} {
		for _, c := range v.Checks {
			if c.Outcome != outcome {
				continue
			}
			if shown++; shown <= checksShown {
				s.Check(b, c)
			}
		}
	}
	if shown > checksShown {
		b.Remark(fmt.Sprintf("and %d more", shown-checksShown))
	}
	if n := v.Counted(); n > 0 {
		b.Remark(fmt.Sprintf("%d more did not pass and are counted only, over the limit of %d alike", n, verify.MostAlike))
	}
	b.Section("What was looked at")
	uncalled := ""
	for _, k := range verify.CheckKinds() {
		t := v.Tally(k.Kind)
		status, words := render.OK, TallyWords(t)
		switch {
		case t == verify.Tally{}:
			uncalled = joinNonEmpty(uncalled, k.Name)
			continue
		case t.Fail > 0:
			status = render.Fail
		case t.Warn > 0:
			status = render.Warn
		case t.NotChecked > 0:
			status = render.NotChecked
		}
		b.labelled(b.StatusStyle(status), status.Label(b.Glyphs), b.Own(k.Claim)+": "+words)
		b.Point(ofCheck(k.Kind))
	}
	if uncalled != "" {
		b.Remark("Nothing here called for: " + uncalled)
	}
}

// Check adds one check: what became of it, what it is about, and what was seen.
func (s *Scene) Check(b *Builder, c verify.Check) {
	status := CheckStatus(c.Outcome)
	text := c.Kind.String()
	if c.Subject != "" && c.Subject != "template" {
		text += " of " + c.Subject
	}
	if c.Detail != "" {
		text += ": " + c.Detail
	}
	b.Put(b.StatusStyle(status), status.Label(b.Glyphs)+"  "+text)
	b.Point(ofCheck(c.Kind))
	if c.Outcome == verify.Pass {
		return
	}
	if c.Field != "" || c.Rule != "" {
		b.Put(b.Dim, "    "+joinNonEmpty(c.Field, c.Rule))
		b.Point(ofCheck(c.Kind))
	}
	if c.Others != "" {
		b.Put(b.Dim, "    Elsewhere: "+c.Others)
		b.Point(ofCheck(c.Kind))
	}
}

// CheckStatus is how the outcome of a check is drawn.
func CheckStatus(o verify.CheckOutcome) render.Status {
	switch o {
	case verify.Pass:
		return render.OK
	case verify.Warn:
		return render.Warn
	case verify.Fail:
		return render.Fail
	}
	return render.NotChecked
}

// AllChecks counts every check so far: of the template, of what came back, of our join, of the template of a leave.
func AllChecks(s flow.State) verify.Tally {
	all := []verify.Tally{TallyOf(s.Around())}
	if s.Verification != nil {
		all = append(all, s.Verification.Tally(verify.NoKind))
	}
	var t verify.Tally
	for _, part := range all {
		t.Pass, t.Warn = t.Pass+part.Pass, t.Warn+part.Warn
		t.Fail, t.NotChecked = t.Fail+part.Fail, t.NotChecked+part.NotChecked
	}
	return t
}

// TallyOf counts checks by outcome.
func TallyOf(checks []verify.Check) verify.Tally {
	return verify.Tally{Pass: countChecks(checks, verify.Pass), Warn: countChecks(checks, verify.Warn),
		Fail: countChecks(checks, verify.Fail), NotChecked: countChecks(checks, verify.NotChecked)}
}

// TallyWords says how many checks there were and what became of them; what there was none of is left out.
func TallyWords(t verify.Tally) string {
	words := ""
	for _, part := range []struct {
		n    int
		name string
	}{{t.Pass, "passed"}, {t.Fail, "failed"}, {t.Warn, "warned"}, {t.NotChecked, "not checked"}} {
		if part.n > 0 {
			words = joinNonEmpty(words, fmt.Sprintf("%d %s", part.n, part.name))
		}
	}
	if words == "" {
		return "none made"
	}
	return words
}

package ui

import (
	"fmt"
	"slices"

	"doorstep/flow"
	"doorstep/flow/verify"
	"doorstep/render"
)

// checksShown is how many checks that did not pass are listed; the others are counted.
const checksShown = 300

// templateChecks returns the checks of the template that the row is about, and whether it is about one: those of the
// exchange that brought it, and on the other rows of a leave those of the leave's.
func (s *scene) templateChecks() (checks []verify.Check, about bool) {
	switch {
	case s.asksTemplate():
		return s.state.Brought(s.trace, s.entry()), true
	case s.membership().Leave:
		return s.state.Undo.Checks, true
	case s.state.Verification != nil:
		return nil, false
	}
	return s.state.TemplateChecks, true
}

// lacksChecks says why there are no checks to show; empty when there are.
func (s *scene) lacksChecks() string {
	checks, about := s.templateChecks()
	switch {
	case !about || len(checks) > 0:
		return ""
	case !s.asksTemplate() || s.state.Pending != nil && s.state.Pending.Seq == s.row.id.seq:
	default:
		return "this exchange brought no template: there is nothing to check"
	}
	if over(s.state) {
		return "nothing came that could be checked"
	}
	return "nothing has been checked yet"
}

// asksTemplate reports whether the row is of an exchange that asks for a template.
func (s *scene) asksTemplate() bool {
	e := s.entry()
	return e != nil && (e.Step == flow.A4 || e.Step == flow.A5 || e.Step == flow.U1 || e.Step == flow.U2)
}

func (s *scene) checksText() *prose {
	b := s.prose()
	if why := s.lacksChecks(); why != "" {
		b.note(why)
		return &b.prose
	}
	checks, about := s.templateChecks()
	if !about {
		s.verification(b, s.state.Verification)
		return &b.prose
	}
	what := "The protoevent: "
	if s.membership().Leave {
		what = "The leave template: "
	}
	b.title(what + tallyWords(tallyOf(checks)))
	for _, c := range checks {
		s.check(b, c)
	}
	return &b.prose
}

// verification lists what did not pass, then every kind of check with its counts.
func (s *scene) verification(b *proseBuilder, v *verify.Verification) {
	b.title("The answer and our join: " + tallyWords(v.Tally(verify.NoKind)))
	if v.Invalid != "" {
		b.text(b.Fail, b.g.Fail+" refused as a whole: "+v.Invalid)
	}
	if v.Unproven != "" {
		b.text(b.Warn, b.g.Warn+" not proven: "+v.Unproven)
	}
	shown := 0
	for _, outcome := range []verify.CheckOutcome{verify.Fail, verify.Warn, verify.NotChecked} {
		for _, c := range v.Checks {
			if c.Outcome != outcome {
				continue
			}
			if shown++; shown <= checksShown {
				s.check(b, c)
			}
		}
	}
	if shown > checksShown {
		b.note(fmt.Sprintf("and %d more", shown-checksShown))
	}
	b.title("What was looked at")
	uncalled := ""
	for _, k := range verify.CheckKinds() {
		t := v.Tally(k.Kind)
		status, words := render.OK, tallyWords(t)
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
		b.labelled(b.statusStyle(status), status.Label(b.g), b.own(k.Claim)+": "+words)
	}
	if uncalled != "" {
		b.note("Nothing here called for: " + uncalled)
	}
}

func (s *scene) check(b *proseBuilder, c verify.Check) {
	status := checkStatus(c.Outcome)
	text := c.Kind.String()
	if c.Subject != "" && c.Subject != "template" {
		text += " of " + c.Subject
	}
	if c.Detail != "" {
		text += ": " + c.Detail
	}
	b.text(b.statusStyle(status), status.Label(b.g)+"  "+text)
	if c.Outcome == verify.Pass {
		return
	}
	if c.Field != "" || c.Rule != "" {
		b.text(b.Dim, "    "+joinNonEmpty(c.Field, c.Rule))
	}
	if c.Others != "" {
		b.text(b.Dim, "    Elsewhere: "+c.Others)
	}
}

func joinNonEmpty(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func checkStatus(o verify.CheckOutcome) render.Status {
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

// allChecks counts every check so far: of the template, of what came back, of our join, of the template of a leave.
func allChecks(s flow.State) verify.Tally {
	t := tallyOf(slices.Concat(s.TemplateChecks, s.LeaveChecks()))
	if s.Verification != nil {
		v := s.Verification.Tally(verify.NoKind)
		t = verify.Tally{Pass: t.Pass + v.Pass, Warn: t.Warn + v.Warn, Fail: t.Fail + v.Fail, NotChecked: t.NotChecked + v.NotChecked}
	}
	return t
}

func tallyOf(checks []verify.Check) verify.Tally {
	return verify.Tally{Pass: countChecks(checks, verify.Pass), Warn: countChecks(checks, verify.Warn),
		Fail: countChecks(checks, verify.Fail), NotChecked: countChecks(checks, verify.NotChecked)}
}

// tallyWords says how many checks there were and what became of them; what there was none of is left out.
func tallyWords(t verify.Tally) string {
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

package story

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
)

// A Verdict says how a handshake ended, the worst of it first: whoever cuts it from the right keeps what matters.
type Verdict struct {
	Status render.Status // OK, Warn or Fail
	Ended  string        // how it ended: "joined", "refused at A5"
	Counts string        // how many checks did not pass; empty: they all did, or something else matters more
	Worst  string        // the worst there is to say of it all; empty where Counts or nothing is to be said
	Told   int           // findings that Worst tells of, 0 or 1
	Of     int           // findings that say that something is wrong
}

// Flawed reports whether something is wrong with a handshake that came to its good end, or with its end.
func (v Verdict) Flawed() bool { return v.Status != render.OK }

// Words is the verdict as a sentence without a full stop.
func (v Verdict) Words() string {
	switch {
	case !v.Flawed() || v.Counts == "" && v.Worst == "":
		return v.Ended
	case v.Status == render.Fail, v.Ended == OutcomeWords(flow.NotProven):
		return v.Ended + ": " + v.Worst
	case v.Worst == "":
		return v.Ended + ", but " + v.Counts
	case v.Counts == "":
		return v.Ended + ", but: " + v.Worst
	}
	return v.Ended + ", but " + v.Counts + ": " + v.Worst
}

// VerdictOf is the verdict on a handshake that s is the end of. found are its findings, and outcome is how it is told
// to have ended: verified rather than joined where that was asked.
func VerdictOf(s flow.State, found []diagnose.Finding, outcome flow.Outcome) Verdict {
	wrong := Wrong(found)
	v := Verdict{Status: render.OK, Ended: OutcomeWords(outcome), Of: len(wrong)}
	if outcome == flow.NotProven { // nothing says that it went wrong
		v.Status, v.Worst = render.Warn, s.Header.Lacks(decidingWords(s.Header))
		return v
	}
	if outcome.ExitCode() != 0 {
		v.Status = render.Fail
		v.failed(s, wrong)
		return v
	}
	var worst *diagnose.Finding
	if s.JoinedByLog() {
		v.Ended, v.Counts = "joined, as "+s.Header.LoggedBy()+" logged", "nothing of it could be checked"
		v.Status = render.Warn
		return v
	}
	switch t := AllChecks(s); {
	case t.Fail > 0:
		v.Counts = wording.Count(t.Fail, "check") + " failed"
		worst = first(wrong, func(f diagnose.Finding) bool { return f.Checks.Failed })
		if c := firstFailing(s); worst == nil && c != nil {
			v.Worst = c.Detail
		}
	case t.NotChecked > 0:
		v.Counts = wording.Count(t.NotChecked, "check") + " could not be made"
		worst = first(wrong, func(f diagnose.Finding) bool { return f.Checks.Unchecked })
		if worst == nil { // keys, without which they cannot
			worst = first(wrong, func(f diagnose.Finding) bool { return f.Step == flow.R })
		}
		if worst == nil && len(wrong) > 0 {
			v.Counts, worst = "", &wrong[0]
		}
	case len(wrong) > 0:
		worst = &wrong[0]
	case s.WhyNotLeft() != "":
		v.Worst = "not left: " + s.WhyNotLeft()
	}
	if worst != nil {
		v.Worst, v.Told = worst.Title, 1
	}
	if v.Counts != "" || v.Worst != "" {
		v.Status = render.Warn
	}
	v.goodEnd(s)
	return v
}

// failed tells of the first finding that says why a handshake failed, and without one where it stopped and why.
func (v *Verdict) failed(s flow.State, wrong []diagnose.Finding) {
	if f := first(wrong, func(f diagnose.Finding) bool { return f.Severity == diagnose.SeverityError }); f != nil {
		v.Worst, v.Told = f.Title, 1
		return
	}
	if s.Stopped != nil {
		v.Ended += " at " + string(s.Stopped.Step)
		v.Worst = StoppedWords(s)
	}
}

// goodEnd completes how a handshake ended that came to its good end.
func (v *Verdict) goodEnd(s flow.State) {
	switch {
	case s.Rejected():
		v.Ended += ": " + s.LeaveWords()
	case s.Undo.Left:
		v.Ended += ", and " + s.LeaveWords()
	case !v.Flawed() && s.Stopped != nil && s.Stopped.Outcome == flow.DryRun:
		v.Ended += ": " + StoppedWords(s)
	}
}

// OutcomeWords is an outcome as people say it.
func OutcomeWords(o flow.Outcome) string {
	switch o {
	case flow.DryRun:
		return "dry run"
	case flow.TimedOut:
		return "timed out"
	case flow.NotProven:
		return "not proven"
	}
	return string(o)
}

// Wrong are those of the findings that say that something is wrong, in their order.
func Wrong(found []diagnose.Finding) []diagnose.Finding {
	var out []diagnose.Finding
	for _, f := range found {
		if f.Severity != diagnose.SeverityInfo {
			out = append(out, f)
		}
	}
	return out
}

// first returns the first of the findings that ok accepts; nil when it accepts none.
func first(found []diagnose.Finding, ok func(diagnose.Finding) bool) *diagnose.Finding {
	if i := slices.IndexFunc(found, ok); i >= 0 {
		return &found[i]
	}
	return nil
}

func firstFailing(s flow.State) *verify.Check {
	checks := s.Checks()
	i := slices.IndexFunc(checks, func(c verify.Check) bool { return c.Outcome == verify.Fail })
	if i < 0 {
		return nil
	}
	return &checks[i]
}

// Line is the verdict in one line of at most width cells, with as much of what else there is to say as there is room
// for: of numbers none is cut. What is left of a line that is too long is up to whoever draws it.
func (l Phrases) Line(v Verdict, s flow.State, width int) string {
	words := v.Words()
	more := ""
	switch n := v.Of - v.Told; {
	case n > 0 && v.Told > 0:
		more = " " + l.Dot + " " + wording.Count(n, "more finding")
	case n > 0:
		more = " " + l.Dot + " " + wording.Count(n, "finding")
	}
	hint := ""
	if v.Of > 0 {
		hint = " " + l.Dot + " " + l.Press(keymap.ActShowWhy) + " explains"
	}
	sets, checks := l.numbers(s)
	room, user := l.who(s)
	var tries []string
	if !v.Flawed() {
		tries = []string{words + room + user + sets + checks, words + room + sets + checks, words + sets + checks,
			words + strings.Replace(checks, ";", ":", 1)}
	} else {
		tries = []string{words + more + hint + sets + checks, words + more + hint, words + hint}
	}
	for _, line := range tries {
		if render.Width(line) <= width {
			return line
		}
	}
	if !v.Flawed() {
		return tries[len(tries)-1]
	}
	return words
}

// numbers are the events of the answer and the checks, as far as there are any.
func (l Phrases) numbers(s flow.State) (sets, checks string) {
	if v := s.Verification; v != nil {
		sets = fmt.Sprintf(": state %d, auth_chain %d", v.Counts.State, v.Counts.AuthChain)
		checks = "; checks: " + TallyWords(AllChecks(s))
	}
	return sets, checks
}

func (l Phrases) who(s flow.State) (room, user string) {
	if s.RoomID != "" {
		room, user = " "+l.ShortID(s.RoomID), " as "+s.Header.User
	}
	return room, user
}

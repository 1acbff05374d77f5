package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
)

// A Finding names the cause of a failed join, or something worth knowing, with the evidence and the next action.
type Finding struct {
	ID       string      `json:"id"`       // stable, kebab-case
	Severity string      `json:"severity"` // error, warn or info
	Step     flow.StepID `json:"step"`     // of the first piece of evidence
	Title    string      `json:"title"`
	Cause    string      `json:"cause"`
	Advice   string      `json:"advice"`
	Evidence []int       `json:"evidence"`          // entries, by Seq
	Suspect  bool        `json:"suspect,omitempty"` // the evidence is only a hint
	Apart    string      `json:"apart,omitempty"`   // what would tell it from a cause that looks alike, and how to find out
	Source   string      `json:"source,omitempty"`  // section of the spec, or reports of it
	Try      []string    `json:"try,omitempty"`     // commands for a shell, made from this run's evidence
	Waived   bool        `json:"waived,omitempty"`  // the user asked to go on regardless, and it did not matter
}

// The severities of a finding.
const (
	SeverityError = "error" // the join failed for it
	SeverityWarn  = "warn"  // the join stands, but something is wrong
	SeverityInfo  = "info"  // nothing is wrong, but it is good to know
)

// Findings returns what t shows, the most telling first: errors before warnings; among errors those that rest on the
// entry at which the handshake stopped; then in the order of the catalogue, which puts causes before their consequences. It
// reads evidence and guesses nothing: where two causes look alike, both are there.
func Findings(t flow.Trace) []Finding { return newView(t).findings(catalogue) }

// findings returns those of causes that v shows, as Findings does.
func (v *view) findings(causes []Cause) []Finding {
	t := v.trace
	type ranked struct {
		Finding
		rank int
	}
	var found []ranked
	for i, c := range causes {
		if c.seen == nil {
			continue
		}
		evidence := c.seen(v)
		if len(evidence) == 0 {
			continue
		}
		for _, seq := range evidence {
			v.explained[seq] = v.explained[seq] || c.Sight == Detected && c.Severity != SeverityInfo
		}
		slices.Sort(evidence)
		evidence = slices.Compact(evidence)
		f := Finding{ID: c.ID, Severity: v.severity(c, evidence), Title: c.Title, Cause: c.Cause, Advice: c.Advice, Evidence: evidence,
			Suspect: c.Sight == Suspected, Apart: c.Apart, Source: c.Source, Try: v.try(c, evidence)}
		if e := t.Entry(evidence[0]); e != nil {
			f.Step = e.Step
		}
		if c.reword != nil {
			c.reword(v, &f)
		}
		if c.detail != nil {
			f.Cause = strings.TrimSpace(f.Cause + " " + c.detail(v))
		}
		if v.waived(c, evidence) {
			f.waive(c.waiver)
		}
		rank := i
		if f.Severity != SeverityError {
			rank += 2 * len(causes)
		}
		if f.Severity == SeverityInfo {
			rank += 2 * len(causes)
		}
		if v.Stopped == nil || !slices.Contains(evidence, v.Stopped.Seq) {
			rank += len(causes)
		}
		found = append(found, ranked{f, rank})
	}
	slices.SortStableFunc(found, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	var out []Finding
	for _, f := range found {
		out = append(out, f.Finding)
	}
	return out
}

// waive makes a note of a finding that the user was ready for.
func (f *Finding) waive(flag string) {
	f.Waived, f.Severity = true, SeverityInfo
	f.Title = fmt.Sprintf("Waived by %s: %s", flag, f.Title)
	f.Advice = fmt.Sprintf("Nothing, for this run: with %s we went on regardless. Homeservers do not. %s", flag, f.Advice)
}

// waived reports whether we went on regardless at every entry of the evidence, as the user asked.
func (v *view) waived(c Cause, evidence []int) bool {
	return c.waiver != "" && !slices.ContainsFunc(evidence, func(seq int) bool {
		e := v.trace.Entry(seq)
		return e == nil || e.Failure != nil && slices.Contains([]client.Reason{client.ReasonCertificate, client.ReasonPrivate}, e.Failure.Reason) ||
			e.Connection != nil && slices.ContainsFunc(e.Connection.Unreached, func(u client.Unreached) bool {
				return slices.Contains([]client.Reason{client.ReasonCertificate, client.ReasonPrivate}, u.Failure.Reason)
			})
	})
}

// severity is that of the catalogue, but what did not keep the join from succeeding is no error.
func (v *view) severity(c Cause, evidence []int) string {
	if c.way { // an answer that came all the same says what it says for another reason
		evidence = slices.DeleteFunc(slices.Clone(evidence), func(seq int) bool {
			e := v.trace.Entry(seq)
			return e != nil && e.Response != nil && e.Failure == nil
		})
	}
	if c.Severity == "" && v.Stopped != nil && v.Stopped.Outcome != flow.DryRun && (!c.beside || v.failedAt(evidence)) {
		return SeverityError
	}
	if c.Severity == "" {
		return SeverityWarn
	}
	return c.Severity
}

// A Cause is one row of the catalogue: a way in which joins fail, and how it shows.
type Cause struct {
	ID       string // stable, kebab-case
	Severity string // empty: an error where the join failed, otherwise a warning
	Title    string // what happened, in plain words
	Cause    string // why
	Advice   string // what a person can do about it
	Apart    string // what tells it from a cause that looks alike, and the command that finds out; may be empty
	Source   string // section of the spec, or reports of it
	Sight    Sight
	Where    string // Elsewhere: where to look for it

	// beside marks what may also stand beside the reason for which a join failed: it is an error only where an entry of its
	// evidence is one at which an attempt failed.
	beside bool
	// reword fits the words to what the trace shows; nil: they are right as they stand.
	reword func(*view, *Finding)
	// seen returns the entries that show it, by Seq; none where it is not so. Nil for what cannot be seen from here.
	seen func(*view) []int
	// way marks what is about the way to a server: where an answer came all the same, it is not why that answer is a refusal.
	way bool
	// waiver is the flag by which the user goes on regardless; where that was done it is a note.
	waiver string
	// detail says what there was to see in this trace, in sentences that follow Cause; nil: there is no more to say.
	detail func(*view) string
}

// Sight says how much of a cause the joining side can see.
type Sight string

// How much of a cause can be seen.
const (
	Detected  Sight = "detected"              // the evidence proves it
	Suspected Sight = "suspected"             // there are hints
	Elsewhere Sight = "not visible from here" // it happens where no joining server looks
)

// Catalogue returns every cause, in order.
func Catalogue() []Cause { return slices.Clone(catalogue) }

// CauseOf returns the cause of that ID; false when there is none.
func CauseOf(id string) (Cause, bool) {
	i := slices.IndexFunc(catalogue, func(c Cause) bool { return c.ID == id })
	if i < 0 {
		return Cause{}, false
	}
	return catalogue[i], true
}

// A CauseGroup is a part of the catalogue.
type CauseGroup struct {
	Title  string
	Causes []Cause
}

// CatalogueGroups returns the catalogue in its parts, in order.
func CatalogueGroups() []CauseGroup { return slices.Clone(causeGroups) }

// causeGroups is every cause, along the path of the handshake, causes before their consequences.
var causeGroups = []CauseGroup{
	{"Reaching the right server", slices.Concat(reachCauses, ownSideCauses)},
	{"Finding a server by its name", slices.Concat(caseCauses, srvCauses, nameCauses)},
	{"Trusting its certificate", trustCauses},
	{"Connecting to it", addressCauses},
	{"What stands in front of it", webCauses},
	{"Clocks and caches", slices.Concat(clockCauses, staleCauses)},
	{"The client and its own server", clientCauses},
	{"Invites", inviteCauses},
	{"The directory server", directoryCauses},
	{"The list of join candidates", candidateCauses},
	{"Signed requests", requestCauses},
	{"Our key and our signature", identityCauses},
	{"Silence", silenceCauses},
	{"make_join: may we?", makeJoinCauses},
	{"The protoevent", templateCauses},
	{"The join event", buildCauses},
	{"send_join: does it arrive?", sendJoinCauses},
	{"Key documents", keyCauses},
	{"The answer as a whole", answerCauses},
	{"Single events of the answer", eventCauses},
	{"Afterwards", afterCauses},
	{"What is left", lastCauses},
}

var catalogue = func() []Cause {
	var out []Cause
	for _, g := range causeGroups {
		out = append(out, g.Causes...)
	}
	return out
}()

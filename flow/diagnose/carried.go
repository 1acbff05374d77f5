package diagnose

import (
	"regexp"
	"slices"

	"doorstep/flow"
)

// carried returns found, which t shows, or of a redacted recording what was found before that: in the order of then,
// with what the redacted trace does not show any more, and without what only it seems to show. While not all of t is
// there, of what it does not show comes what rests on entries that are.
func carried(t flow.Trace, found []Finding) []Finding {
	if t.Header.Redacted == nil {
		return found
	}
	before := t.Header.Redacted.Found
	whole := len(t.Entries) >= before.Entries
	var out []Finding
	for _, b := range before.Findings {
		at := slices.IndexFunc(found, func(f Finding) bool { return f.ID == b.ID })
		switch {
		case at >= 0:
			f := found[at]
			if whole {
				f.Severity = severityOf(b.Severity)
			}
			out = append(out, f)
		case len(b.Evidence) > 0 && slices.Max(b.Evidence) <= len(t.Entries):
			out = append(out, foundBefore(b))
		}
	}
	for _, f := range found {
		known := slices.ContainsFunc(before.Findings, func(b flow.FoundFinding) bool { return b.ID == f.ID })
		if !known && !slices.Contains(before.Apparent, f.ID) {
			out = append(out, f)
		}
	}
	return out
}

// anotherID is the ID of a finding that no version of Doorstep can have written.
const anotherID = "finding-of-another-version"

// Whoever writes a recording chooses these words, and every view takes them for ours.
var (
	formOfID   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	formOfStep = regexp.MustCompile(`^[A-Z][0-9]?$`)
)

// severityOf is a severity as a recording names it; a warning where there is none of that name.
func severityOf(name string) Severity {
	switch s := Severity(name); s {
	case SeverityError, SeverityWarn, SeverityInfo:
		return s
	}
	return SeverityWarn
}

// foundBefore is a finding of before the redaction, in the words of the catalogue.
func foundBefore(b flow.FoundFinding) Finding {
	if !formOfID.MatchString(b.ID) {
		b.ID = anotherID
	}
	if !formOfStep.MatchString(b.Step) {
		b.Step = ""
	}
	f := Finding{ID: b.ID, Severity: severityOf(b.Severity), Step: flow.StepID(b.Step), Evidence: b.Evidence,
		Suspect: b.Suspect, Waived: b.Waived, Before: true, Title: "A finding of another version of Doorstep"}
	if at := slices.IndexFunc(catalogue(), func(c Cause) bool { return c.ID == b.ID }); at >= 0 {
		c := catalogue()[at]
		f.Title, f.Cause, f.Advice, f.Apart, f.Source = c.Title, c.Cause, c.Advice, c.Apart, c.Source
	}
	f.Title = "Found before redaction: " + f.Title
	return f
}

// Catalogued reports whether there is a finding with that ID.
func Catalogued(id string) bool {
	return slices.ContainsFunc(catalogue(), func(c Cause) bool { return c.ID == id })
}

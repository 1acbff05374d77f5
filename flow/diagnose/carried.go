package diagnose

import (
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
				f.Severity = Severity(b.Severity)
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

// foundBefore is a finding of before the redaction, in the words of the catalogue.
func foundBefore(b flow.FoundFinding) Finding {
	f := Finding{ID: b.ID, Severity: Severity(b.Severity), Step: flow.StepID(b.Step), Evidence: b.Evidence, Suspect: b.Suspect,
		Waived: b.Waived, Before: true, Title: "A finding of another version of Doorstep"}
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

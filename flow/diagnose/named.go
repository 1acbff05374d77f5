package diagnose

import (
	"slices"

	"doorstep/flow"
)

// A Sighting is a cause that was seen elsewhere than in a handshake: its ID, how much it matters there, and the entries
// that show it, by Seq.
type Sighting struct {
	ID       string
	Severity Severity
	Evidence []int
}

// Named returns the findings of sightings in t, which leads to s, in their order: with the words of the catalogue, and
// with commands made from the evidence. A cause that the catalogue does not have is left out.
func Named(t flow.Trace, s flow.State, seen []Sighting) []Finding {
	v := newView(t, s)
	out := []Finding{}
	for _, at := range seen {
		c, ok := CauseOf(at.ID)
		if !ok {
			continue
		}
		evidence := slices.Clone(at.Evidence)
		slices.Sort(evidence)
		evidence = slices.Compact(evidence)
		f := Finding{ID: c.ID, Severity: at.Severity, Title: c.Title, Cause: c.Cause, Advice: c.Advice, Evidence: evidence,
			Suspect: c.Sight == Suspected, Apart: c.Apart, Source: c.Source, Try: v.try(c, evidence)}
		if len(evidence) > 0 {
			if e := t.Entry(evidence[0]); e != nil {
				f.Step = e.Step
			}
		}
		out = append(out, f)
	}
	return out
}

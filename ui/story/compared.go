package story

import (
	"doorstep/flow/compare"
)

// Compared are the rows of a comparison: the whole, the steps in their order, the checks, the findings.
func (l Phrases) Compared(c compare.Comparison) []ComparedRow {
	var out []ComparedRow
	for _, f := range c.Header {
		a, b := factValue(f.Name, f.A), factValue(f.Name, f.B)
		out = append(out, ComparedRow{Group: ComparedWhole, Name: factWords[f.Name], A: a, B: b,
			Differs: "differs", Changes: []ComparedChange{{Kind: compare.Replaced, Where: factWords[f.Name], A: a, B: b}},
			About: ofReference(factEntries[f.Name])})
	}
	for _, s := range c.Steps {
		out = append(out, l.comparedStep(s))
	}
	out = append(out, comparedChecks(c.Checks)...)
	return append(out, comparedFindings(c.Findings)...)
}

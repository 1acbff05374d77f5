package story

import (
	"fmt"
	"strings"

	"doorstep/flow/compare"
	"doorstep/flow/explain"
	"doorstep/flow/wording"
)

// comparedChecks are rows for the kinds of checks that came to something else.
func comparedChecks(c compare.Checks) []ComparedRow {
	var out []ComparedRow
	for _, d := range c.Differ {
		r := ComparedRow{Group: ComparedChecks, Name: d.ID, A: tallyWords(d.A), B: tallyWords(d.B), Differs: "outcome",
			About: PointAt(explain.At(explain.Check, d.ID))}
		for _, side := range []struct {
			kind   compare.Kind
			detail string
		}{{compare.Removed, d.A.Detail}, {compare.Added, d.B.Detail}} {
			change := ComparedChange{Kind: side.kind, Where: d.ID, Note: side.detail}
			if change.A, change.B = r.A, ""; side.kind == compare.Added {
				change.A, change.B = "", r.B
			}
			if side.detail != "" {
				r.Changes = append(r.Changes, change)
			}
		}
		out = append(out, r)
	}
	for _, only := range []struct {
		differs string
		names   []string
	}{{"only A", c.OnlyA}, {"only B", c.OnlyB}} {
		if len(only.names) == 0 {
			continue
		}
		words := strings.Join(only.names, ", ")
		r := ComparedRow{Group: ComparedChecks, Name: "made and passed", Differs: only.differs, A: words}
		for _, name := range only.names {
			r.About.At = append(r.About.At, explain.At(explain.Check, name))
		}
		change := ComparedChange{Kind: compare.Removed, Where: "checks", A: words}
		if only.differs == "only B" {
			r.A, r.B = "", words
			change.Kind, change.A, change.B = compare.Added, "", words
		}
		r.Changes = []ComparedChange{change}
		out = append(out, r)
	}
	if c.Alike > 0 {
		words := wording.Count(c.Alike, "kind")
		out = append(out, ComparedRow{Group: ComparedChecks, Name: "all others", A: words, B: words, Quiet: "alike"})
	}
	return out
}

// tallyWords says how the checks of one kind came out.
func tallyWords(c compare.CheckTallied) string {
	var words []string
	for _, n := range []struct {
		n    int
		says string
	}{{c.Fail, "failed"}, {c.Warn, "warn"}, {c.NotChecked, "not checked"}, {c.Pass, "passed"}} {
		if n.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n.n, n.says))
		}
	}
	if words == nil {
		return "not made"
	}
	return strings.Join(words, ", ")
}

// comparedFindings are rows for the findings that one of the two has, or that weigh differently.
func comparedFindings(f compare.Findings) []ComparedRow {
	var out []ComparedRow
	row := func(a, b *compare.FindingLine) {
		one := a
		change := ComparedChange{Kind: compare.Replaced}
		r := ComparedRow{Group: ComparedFindings, Differs: "weighs differently"}
		if a != nil {
			r.A = findingWords(*a)
		} else {
			r.Differs, change.Kind = "only B", compare.Added
		}
		if b != nil {
			one, r.B = b, findingWords(*b)
		} else {
			r.Differs, change.Kind = "only A", compare.Removed
		}
		r.Name, change.Where, change.A, change.B = one.ID, "finding "+one.ID, r.A, r.B
		r.About = Pointed{Finding: one.ID}
		r.Changes = []ComparedChange{change}
		out = append(out, r)
	}
	for i := range f.OnlyA {
		row(&f.OnlyA[i], nil)
	}
	for i := range f.OnlyB {
		row(nil, &f.OnlyB[i])
	}
	for i := range f.Weigh {
		row(&f.Weigh[i].A, &f.Weigh[i].B)
	}
	if f.Alike > 0 {
		words := wording.Count(f.Alike, "finding")
		out = append(out, ComparedRow{Group: ComparedFindings, Name: "all others", A: words, B: words, Quiet: "alike"})
	}
	return out
}

// findingWords tell a finding in short.
func findingWords(f compare.FindingLine) string {
	words := fmt.Sprintf("%s at %s: %s", f.Severity, f.Step, f.Title)
	if len(f.Evidence) > 0 {
		words += " (" + EvidenceWords(f.Evidence) + ")"
	}
	return words
}

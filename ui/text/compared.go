package text

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"doorstep/flow/compare"
	"doorstep/flow/wording"
	"doorstep/ui/story"
)

// comparedHeads are the headings of the groups of a comparison.
var comparedHeads = map[story.ComparedGroup]string{story.ComparedWhole: "as a whole", story.ComparedSteps: "steps",
	story.ComparedChecks: "checks", story.ComparedFindings: "findings"}

// Compared writes the comparison of two handshakes: what each is, what it comes to, then what differs, group by group;
// what is alike is named and counted.
func Compared(w io.Writer, c compare.Comparison, o Options) error {
	p := New(w, o)
	b := bufio.NewWriter(w)
	say(b, 4, "A = %s", p.long(story.SummaryWords(c.A)))
	say(b, 4, "B = %s", p.long(story.SummaryWords(c.B)))
	b.WriteByte('\n')
	say(b, 2, "%s", p.long(story.ComparedVerdict(c)))
	if !c.Shared {
		return b.Flush() // what each is says it all: a list of all steps would tell nothing
	}
	if folds := story.FoldWords(c.Folds); folds != "" {
		say(b, 2, "%s", p.long(folds))
	}
	rows := p.Phrases.Compared(c)
	for g := story.ComparedWhole; g <= story.ComparedFindings; g++ {
		p.comparedGroup(b, g, rows)
	}
	p.comparedAsides(b, rows)
	return b.Flush()
}

// comparedGroup writes the rows of a group: those that differ, then what the others are.
func (p *Writer) comparedGroup(b *bufio.Writer, g story.ComparedGroup, rows []story.ComparedRow) {
	var alike []story.ComparedRow
	headed := false
	head := func() {
		if !headed {
			fmt.Fprintf(b, "\n%s:\n", comparedHeads[g])
			headed = true
		}
	}
	for _, r := range together(rows) {
		switch {
		case r.Group != g:
		case r.Alike():
			alike = append(alike, r)
		default:
			head()
			p.comparedRow(b, r)
		}
	}
	if len(alike) > 0 {
		head()
		words := strings.Join(alikeNames(alike), ", ")
		if g == story.ComparedSteps {
			words = wording.Count(len(alike), "step") + " alike: " + words
		}
		say(b, 4, "  %s", p.long(words))
	}
}

// manyServers is from how many on what was done with so many servers is one thing to tell.
const manyServers = 4

// together makes one row of those that only one side has, where they are the same work for many servers.
func together(rows []story.ComparedRow) []story.ComparedRow {
	type oneSided struct{ sort, differs string }
	many := map[oneSided]int{}
	ofOne := func(r story.ComparedRow) (oneSided, bool) {
		return oneSided{r.Sort, r.Differs}, r.Sort != r.Name && r.Group == story.ComparedSteps && (r.A == "" || r.B == "")
	}
	for _, r := range rows {
		if k, ok := ofOne(r); ok {
			many[k]++
		}
	}
	var out []story.ComparedRow
	told := map[oneSided]bool{}
	for _, r := range rows {
		k, ok := ofOne(r)
		switch {
		case !ok || many[k] < manyServers:
			out = append(out, r)
		case !told[k]:
			told[k] = true
			r.Name = fmt.Sprintf("%s %d servers", r.Sort, many[k])
			for _, says := range []*string{&r.A, &r.B} {
				if *says != "" {
					*says += " for the first"
				}
			}
			out = append(out, r)
		}
	}
	return out
}

// alikeNames names the rows that are alike: what is the same work for many servers is one of them.
func alikeNames(rows []story.ComparedRow) []string {
	many := map[string]int{}
	for _, r := range rows {
		many[r.Sort]++
	}
	var out []string
	told := map[string]bool{}
	for _, r := range rows {
		switch n := many[r.Sort]; {
		case r.Sort == r.Name || n < manyServers:
			out = append(out, alikeWords(r))
		case !told[r.Sort]:
			out = append(out, fmt.Sprintf("%s %d servers", r.Sort, n))
			told[r.Sort] = true
		}
	}
	return out
}

func alikeWords(r story.ComparedRow) string {
	switch {
	case r.Group != story.ComparedSteps:
		return r.A + " alike"
	case r.Quiet != "alike":
		return r.Name + " (" + r.Quiet + ")"
	}
	return r.Name
}

// comparedRow writes one row that differs: what it is, what each of the two says, and each thing that differs.
func (p *Writer) comparedRow(b *bufio.Writer, r story.ComparedRow) {
	switch {
	case r.B == "":
		say(b, 6, "  %s: only in A: %s", p.long(r.Name), p.long(r.A))
	case r.A == "":
		say(b, 6, "  %s: only in B: %s", p.long(r.Name), p.long(r.B))
	default:
		say(b, 6, "  %s: %s | %s", p.long(r.Name), p.long(r.A), p.long(r.B))
	}
	if r.Group == story.ComparedWhole || r.Group == story.ComparedFindings || r.A == "" || r.B == "" {
		return // the line says it all
	}
	for _, c := range r.Changes[:min(len(r.Changes), mostChanges)] {
		p.comparedChange(b, c)
	}
	if more := len(r.Changes) - mostChanges; more > 0 {
		say(b, 14, "    and %s, each in fewer events: --json has them all", wording.Count(more, "more difference"))
	}
}

// mostChanges is how many things that differ are told of one step, those in the most events first.
const mostChanges = 60

// valueCells is the most that one of two values takes.
const valueCells = 60

// comparedChange writes one thing that differs: in which way, where, the values, and in which events.
func (p *Writer) comparedChange(b *bufio.Writer, c story.ComparedChange) {
	words := c.Where
	from, to := p.value(c.A), p.value(c.B)
	switch {
	case c.Where == "state" || c.Where == "auth_chain": // the events say what it is
	case c.A != "" && c.B != "":
		words += ": " + from + " | " + to
	case c.A != "":
		words += ": " + from
	case c.B != "":
		words += ": " + to
	}
	if c.Note != "" {
		words += "  (" + c.Note + ")"
	}
	say(b, 14, "    %-8s  %s", c.KindWords(), p.long(words))
}

// value is a value in a line: what is longer than valueCells is cut.
func (p *Writer) value(v string) string { return wording.ClipTo(v, valueCells) }

// comparedAsides names the headers and TLS facts that differ, and in how many steps.
func (p *Writer) comparedAsides(b *bufio.Writer, rows []story.ComparedRow) {
	var names []string
	many := map[string]int{}
	for _, r := range rows {
		for _, c := range r.Asides {
			if many[c.Where]++; many[c.Where] == 1 {
				names = append(names, c.Where)
			}
		}
	}
	if names == nil {
		return
	}
	for i, name := range names {
		names[i] = name + " in " + wording.Count(many[name], "step")
	}
	b.WriteString("\naside, headers and TLS that differ and count for nothing:\n")
	say(b, 4, "  %s", p.long(strings.Join(names, ", ")))
}

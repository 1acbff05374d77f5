package text

import (
	"bufio"
	"fmt"

	"doorstep/flow/export"
	"doorstep/ui/story"
)

// altered tells which steps somebody changed, how, and what came of it.
func (p *Writer) altered(b *bufio.Writer, r export.Report) {
	for _, a := range r.Altered {
		what := "somebody wrote it"
		if a.Mutation != "" {
			what = a.Mutation
		}
		fmt.Fprintf(b, "\nchanged before it was done: entry %d, %s: %s\n", a.Seq, p.safe(string(a.Step)), p.safe(what))
		if a.Title != "" {
			say(b, 2, "  %s. %s", p.safe(a.Title), p.safe(a.Teaches))
		}
		for _, c := range a.Changes {
			say(b, 4, "  - %s", p.safe(c.Says))
		}
		if a.Answer != nil {
			say(b, 13, "  %-10s %s", "answer", p.safe(story.AnswerWords(a.Answer)))
		}
		if a.Usual != nil {
			say(b, 13, "  %-10s %s", "unchanged", p.safe(story.AnswerWords(a.Usual.Answer)+"; "+string(a.Usual.Outcome)))
		}
	}
}

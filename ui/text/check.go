package text

import (
	"bufio"
	"fmt"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/inspect"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/story"
)

// The columns of the rows of a check: where the title begins, and what was seen.
const (
	checkTitle  = 15
	checkDetail = 40
)

// check writes what a check came to: how the server was found, every row, the findings, and what was asked.
func (p *Writer) check(b *bufio.Writer, t flow.Trace, s flow.State, r export.Report) {
	p.checkVerdict(b, r)
	p.search(b, t)
	for _, g := range r.Check.Groups() {
		b.WriteByte('\n')
		fmt.Fprintln(b, p.safe(g.Title))
		for rows := g.Rows; len(rows) > 0; {
			n := p.alike(rows)
			p.checkRow(b, rows[0], n-1)
			rows = rows[n:]
		}
	}
	p.Findings(b, t, s, r.Findings)
	p.askedOf(b, t)
}

// checkVerdict writes what a check came to, in two lines.
func (p *Writer) checkVerdict(b *bufio.Writer, r export.Report) {
	say(b, 2, "check of %s: %s: %s", p.safe(r.Check.Server), r.Outcome, r.Why)
	c := r.Check.Counts
	say(b, 2, "%d passed, %d failed, %s, %d not checked", c.Pass, c.Fail, wording.Count(c.Warn, "warning"), c.NotChecked)
}

// alike is how many rows from the first on are told as one: those that were not looked at, all for the same reason.
func (p *Writer) alike(rows []inspect.Row) int {
	n := 1
	for !p.o.AllChecks && n < len(rows) && rows[0].Outcome == verify.NotChecked && rows[n].Outcome == verify.NotChecked &&
		rows[n].Detail == rows[0].Detail {
		n++
	}
	return n
}

// checkRow writes a row that stands for so many more, and below it what to do where no finding says so.
func (p *Writer) checkRow(b *bufio.Writer, row inspect.Row, more int) {
	title := row.Kind.Of().Title
	if more > 0 {
		title += fmt.Sprintf(", %d more", more)
	}
	head := fmt.Sprintf("  %-*s%-*s ", checkTitle-2, outcomeWords(row.Outcome), checkDetail-checkTitle-1, title)
	if len(head) > checkDetail {
		say(b, checkTitle, "%s", strings.TrimRight(head, " "))
		head = strings.Repeat(" ", checkDetail)
	}
	say(b, checkDetail, "%s", head+p.long(row.Detail))
	if row.Finding != "" {
		say(b, checkDetail, "%*sfinding: %s", checkDetail, "", row.Finding)
	}
	if advice := row.Advice(); advice != "" {
		say(b, checkDetail, "%*swhat to do: %s (%s)", checkDetail, "", advice, row.Kind.Of().Rule)
	}
}

func outcomeWords(o verify.CheckOutcome) string {
	if o == verify.NotChecked {
		return "not checked"
	}
	return o.String()
}

// search writes the way from the name to the addresses, step by step, with the numbers of the specification's rules.
func (p *Writer) search(b *bufio.Writer, t flow.Trace) {
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Discovery == nil || e.Server != t.Header.Server {
			continue
		}
		fmt.Fprintf(b, "\nhow it is found, by the steps of the specification\n")
		for _, step := range e.Discovery.Steps {
			mark := "aside"
			if step.Used {
				mark = "used"
			}
			say(b, 17, "  %-6s %-6s  %s", p.safe(string(step.Rule)), mark, p.long(step.Action+": "+step.Result))
		}
		return
	}
}

// askedOf writes what was asked of whom, and what came to our listener. Nothing else was sent.
func (p *Writer) askedOf(b *bufio.Writer, t flow.Trace) {
	answers := t.Answers()
	first := true
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Kind != flow.Request || e.Request == nil {
			continue
		}
		if first {
			fmt.Fprintf(b, "\nwhat was asked, by entry; nothing else was sent\n")
			first = false
		}
		line := fmt.Sprintf("%3d %9s  ", e.Seq, "+"+fmt.Sprintf("%.3f", e.At.Seconds()))
		if e.To == flow.Joining {
			line += "to us: "
		}
		line += p.long(e.Request.Method+" "+e.Request.Target) + p.cameOf(answers[e.Seq])
		say(b, 15, "%s", line)
	}
}

// cameOf says what came of a request, and where it was sent.
func (p *Writer) cameOf(e *flow.Entry) string {
	if e == nil {
		return ""
	}
	words, at := "", ""
	if e.Connection != nil && e.From != flow.Joining {
		at = e.Connection.Address + " "
	}
	switch {
	case e.Failure != nil:
		words = "failed: " + e.Failure.Message
	case e.Response != nil:
		words = fmt.Sprintf("%d, %s", e.Response.Status, story.Size(len(e.Response.Body)))
	}
	if x := client.FieldOf(headersOf(e), "Location"); x != "" {
		words += ", to " + x
	}
	return p.long(fmt.Sprintf(" %s %s%s (%s)", p.To, at, words, render.Duration(e.Took)))
}

func headersOf(e *flow.Entry) []client.Field {
	if e.Response == nil {
		return nil
	}
	return e.Response.Header
}

package text

import (
	"bufio"
	"io"

	"doorstep/flow"
	"doorstep/flow/export"
)

// Write writes a whole trace: a line for each entry, then the summary.
func Write(w io.Writer, t flow.Trace, o Options) error {
	p := New(w, o)
	for i := range t.Entries {
		if err := p.Entry(t.Prefix(i+1), &t.Entries[i]); err != nil {
			return err
		}
	}
	return p.Summary(t)
}

// Summary writes what is known at the end of t: the outcome, who played which part, what became of the protoevent's
// fields, the checks that did not pass, and the findings with advice.
func (p *Writer) Summary(t flow.Trace) error {
	s := flow.Fold(t)
	return p.End(t, s, export.NewReport(t, s, export.ReportOptions{AllChecks: p.o.AllChecks}))
}

// End writes what a report says of a state; t is the trace behind it, empty where there is none.
func (p *Writer) End(t flow.Trace, s flow.State, r export.Report) error {
	b := bufio.NewWriter(p.w)
	if r.Check != nil {
		p.check(b, t, s, r)
		return b.Flush()
	}
	p.outcome(b, s, r)
	p.altered(b, r)
	p.diff(b, s.Join().Diff(s.Header.Form))
	p.omitted(b, r)
	p.candidates(b, r)
	p.probes(b, r)
	p.checks(b, r)
	p.Findings(b, t, s, r.Findings)
	return b.Flush()
}

package text

import (
	"bufio"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
)

// Parting writes what is worth knowing once a handshake is no longer looked at: how it ended, in the words of its
// summary, and its first finding with what to do about it.
func (p *Writer) Parting(s flow.State, r export.Report) error {
	b := bufio.NewWriter(p.w)
	if r.Check != nil {
		p.checkVerdict(b, r)
	} else {
		p.verdict(b, s, r)
	}
	if len(r.Findings) > 0 {
		p.headline(b, r.Findings[0])
	}
	return b.Flush()
}

// headline writes what a finding is, and what to do about it.
func (p *Writer) headline(b *bufio.Writer, f diagnose.Finding) {
	p.wrapped(b, 2, "finding: "+f.ID+": ", f.Title+" ("+string(f.Severity)+")", false)
	p.wrapped(b, 4, "  what to do: ", f.Advice, false)
}

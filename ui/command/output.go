package command

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/printable"
	"doorstep/ui/story"
	"doorstep/ui/text"
	"doorstep/ui/theme"
)

// end tells a reader that a handshake is over, and sets the exit code by its report.
func (p *program) end(reader export.Reader, t flow.Trace, s flow.State, r export.Report) error {
	p.settle(r)
	return reader.End(t, s, r)
}

// settle makes the exit code of the program that of a report.
func (p *program) settle(r export.Report) {
	p.code, p.reported, p.outcome = r.ExitCode, true, string(r.Outcome)
}

// fold returns the state that t leads to, and tells meanwhile how far its verification has got. The error is that of a
// signal which came before it was there.
func (p *program) fold(t flow.Trace) (flow.State, error) {
	defer p.meter.follow(checking(t))()
	defer t.VerifyWithin(p.signals.ctx, 0)()
	return flow.Fold(t), p.signals.ctx.Err()
}

// tellRedacted says of a redacted recording that it is one.
func (p *program) tellRedacted(t flow.Trace) {
	h := t.Header
	h.Imported = nil
	if words := story.ProvenanceWords(h); words != "" {
		p.notice("this recording is " + words + "; the outcome is that of before")
	}
}

// tellImported says of an imported recording what it lacks.
func (p *program) tellImported(t flow.Trace) {
	missing := story.MissingWords(t.Header)
	switch {
	case missing == "":
	case t.Header.Watched():
		p.notice("this is " + story.ProvenanceWords(t.Header))
	default:
		p.notice("this recording was imported; it lacks " + missing)
	}
}

func (p *program) reportOptions(verify bool) export.ReportOptions {
	return export.ReportOptions{AllChecks: p.allChecks, Strict: p.strict, Verify: verify, Undo: p.undo}
}

func (p *program) writeJSON(v any) error { return printable.Write(p.stdout, v) }

// notice says something on standard error.
func (p *program) notice(s string) { fmt.Fprintln(p.stderr, p.said(s)) }

// said is a line that the program says on standard error.
func (p *program) said(s string) string { return "doorstep: " + p.spelled(s) }

// spelled returns drawable text as the locale can show it.
func (p *program) spelled(s string) string {
	if p.spellsOut() {
		return text.Spelled(s)
	}
	return s
}

// oneLine gives an error as one line that is safe to print.
func oneLine(err error) string {
	return theme.SafeText(strings.Join(strings.Fields(err.Error()), " "))
}

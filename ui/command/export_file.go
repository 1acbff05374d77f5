package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/redact"
	"doorstep/ui/document"
)

// A redaction says what somebody wants of names: neither, and it depends on the form.
type redaction struct{ yes, no bool }

// of reports whether what is written in a form has to be redacted first. What has been already stays as it is, and the
// names of the sandbox are nobody's.
func (r redaction) of(f document.Format, h flow.Header) bool {
	if h.Redacted != nil || r.no {
		return false
	}
	return r.yes || f.Redacts(h)
}

// checkForms are the forms that a check can be written in.
var checkForms = []string{"text", "json", "ndjson", "har"}

// handshake reads a recording for a form, redacted where that form has to be.
func (p *program) handshake(ctx context.Context, name string, f document.Format, wants redaction) (
	h document.Handshake, err error) {
	if name == standardInput && p.interactive() {
		return h, errors.New("export -: standard input is this terminal: send a recording into it, or name a file")
	}
	t, notice, err := p.openTrace(ctx, name)
	if err != nil {
		return h, err
	}
	if notice != "" {
		p.notice(notice)
	}
	if t.Header.Source == flow.SourceCheck {
		switch {
		case !slices.Contains(checkForms, f.Name):
			return h, notOfCheck("export --format "+f.Name, t.Header)
		case wants.of(f, t.Header):
			return h, errors.New("export: a check cannot be redacted, because the name is what it is about: --no-redact")
		}
	}
	if wants.of(f, t.Header) {
		t = redact.Trace(t, tool())
		p.notice("redacted: names are pseudonyms, texts are empty; --no-redact keeps them")
	}
	s, err := p.fold(t)
	if err != nil {
		return h, err
	}
	return document.Handshake{Trace: t, State: s, Report: export.NewReport(t, s, p.reportOptions(false)),
		AllChecks: p.allChecks}, nil
}

// exportTo writes a file. One that is there is kept unless --force is given, and what was read is never written over.
func (p *program) exportTo(file, from string, write func(io.Writer) error) error {
	if a, err := os.Stat(file); err == nil {
		if b, err := os.Stat(from); err == nil && os.SameFile(a, b) {
			return fmt.Errorf("export: %q is the recording itself: name another file", file)
		}
	}
	return p.writeFile(file, write)
}

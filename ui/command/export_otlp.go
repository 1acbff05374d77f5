package command

import (
	"context"

	"doorstep/flow/export"
	"doorstep/flow/redact"
)

// sendRecording sends a recording, redacted first where that is asked for, and does nothing else: where that fails, so
// does the program.
func (p *program) sendRecording(ctx context.Context, name string, redacted bool) error {
	t, notice, err := p.openHandshake(ctx, "export --otlp", name)
	if err != nil {
		return err
	}
	if notice != "" {
		p.notice(notice)
	}
	if redacted && t.Header.Redacted == nil {
		t = redact.Trace(t, tool())
	}
	s, err := p.fold(t)
	if err != nil {
		return err
	}
	if !p.send(ctx, t, s, export.NewReport(t, s, p.reportOptions(false))) {
		p.code = 1
	}
	return nil
}

package command

import (
	"context"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/live"
)

// runToEnd does a whole run, written as it happens in the form the flags ask for, and recorded. what says for the name
// of the recording what is run.
func (p *program) runToEnd(ctx context.Context, what string, start starter) error {
	reader := p.reader()
	var k *keeping
	r, stop, err := start(ctx, func(r *live.Run) (err error) {
		if k, err = p.keep(r, what); err != nil {
			return err
		}
		r.Sink(reader.Entry)
		return nil
	})
	if err != nil {
		return err
	}
	told := p.meter.follow(r.Progress)
	r.Finish(ctx)
	told()
	stop()
	if err := k.Close(); err != nil {
		return err
	}
	if err := r.Err(); err != nil {
		return err
	}
	p.tellNotKept(k)
	t := r.Trace()
	s := flow.Fold(t)
	return p.end(reader, t, s, export.NewReport(t, s, p.reportOptions(false)))
}

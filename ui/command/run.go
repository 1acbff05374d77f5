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
	return p.runBy(ctx, what, start, func(ctx context.Context, r *live.Run) (*flow.Trace, error) {
		r.Finish(ctx)
		return nil, nil
	})
}

// runBy is runToEnd with a way of doing the steps, which returns the trace of the same handshake without the change
// that was made in it, where one was.
func (p *program) runBy(ctx context.Context, what string, start starter,
	finish func(context.Context, *live.Run) (*flow.Trace, error)) error {
	outliveReader()
	reader := p.reader()
	var k *keeping
	r, stop, err := start(ctx, func(r *live.Run) (err error) {
		p.stay()
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
	usual, failed := finish(ctx, r)
	told()
	stop()
	p.tellNotKept(k)
	if failed != nil {
		return failed
	}
	t := r.Trace()
	if hasLongAnswer(t) {
		p.settled(partingTime)
	} else {
		p.settled(writeTime) // it takes no more than a moment, and whoever interrupted a run reads how it ended
	}
	s := flow.Fold(t)
	o := p.reportOptions(false)
	o.Usual = usual
	report := export.NewReport(t, s, o)
	defer p.send(ctx, t, s, report)
	return p.end(reader, t, s, report)
}

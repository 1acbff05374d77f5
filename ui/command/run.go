package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/live"
)

// A starter starts a run; onRun is called before anything happens in it.
type starter func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error)

// runToEnd does a whole run, written as it happens in the form the flags ask for, and recorded if they ask for that.
func (p *program) runToEnd(ctx context.Context, start starter) error {
	reader := p.reader()
	var recorder *export.Recorder
	r, stop, err := start(ctx, func(r *live.Run) (err error) {
		if recorder, err = p.recorder(r); err != nil {
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
	if err := recorder.Close(); err != nil {
		return err
	}
	if err := r.Err(); err != nil {
		return err
	}
	t := r.Trace()
	s := flow.Fold(t)
	return p.end(reader, t, s, export.NewReport(t, s, p.reportOptions(false)))
}

// recorder has a run written to the file of --record; it writes nothing where none is asked for.
func (p *program) recorder(r *live.Run) (*export.Recorder, error) {
	if p.record == "" {
		return nil, nil
	}
	recorder, err := export.Record(p.record, r.Trace().Header, p.force)
	if err != nil {
		return nil, recordingError(err)
	}
	r.Sink(recorder.Entry)
	return recorder, nil
}

// recordingError says what keeps a recording from being written.
func recordingError(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: --force overwrites it", err)
	}
	return err
}

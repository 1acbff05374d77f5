package command

import (
	"errors"
	"fmt"
	"io/fs"

	"doorstep/flow/export"
	"doorstep/flow/kept"
	"doorstep/flow/live"
	"doorstep/ui/theme"
)

// keep has a run recorded; what says for the name of the file what is run.
func (p *program) keep(r *live.Run, what string) (*keeping, error) {
	switch {
	case p.record != "":
		recorder, err := export.Record(p.record, r.Trace().Header, p.force)
		if err != nil {
			return nil, recordingError(err)
		}
		r.Sink(recorder.Entry)
		return &keeping{asked: recorder, file: p.record}, nil
	case p.noRecord || !p.settings.Record:
		return &keeping{}, nil
	}
	own := kept.New(r.Trace().Header, what, p.settings.Keep)
	r.Sink(own.Entry)
	return &keeping{own: own}, nil
}

// Close completes the recording. The error is that of --record: what is kept of itself keeps nothing else from going
// on.
func (k *keeping) Close() error {
	if k == nil {
		return nil
	}
	k.own.Close()
	return k.asked.Close()
}

// File returns the path of the recording; empty where there is none.
func (k *keeping) File() string {
	if k.file != "" {
		return k.file
	}
	return k.own.File()
}

// tellNotKept says what kept a run from being recorded of itself.
func (p *program) tellNotKept(k *keeping) {
	if err := k.own.Err(); err != nil {
		p.notice("this run is not recorded: " + theme.SafeText(err.Error()) + "; --no-record does without")
	}
}

// recordingError says what keeps a recording from being written.
func recordingError(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: --force overwrites it", err)
	}
	return err
}

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
	k, err := p.keptBy(r, what)
	if err == nil {
		p.keeping.Store(k)
	}
	return k, err
}

func (p *program) keptBy(r *live.Run, what string) (*keeping, error) {
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

// Close completes the recording. The error is that of --record.
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

// tellNotKept says what kept a run from being recorded. That ends nothing, and changes no exit code: what the run came
// to is what it was for.
func (p *program) tellNotKept(k *keeping) {
	if k == nil {
		return
	}
	if err := k.Close(); err != nil {
		p.noticeOnce("the recording breaks off: " + oneLine(err))
	}
	if err := k.own.Err(); err != nil {
		p.noticeOnce("this run is not recorded: " + theme.SafeText(err.Error()) + "; --no-record does without")
	}
}

// noticeOnce says something that the same trouble would have said again and again.
func (p *program) noticeOnce(s string) {
	if p.noticed[s] {
		return
	}
	if p.noticed == nil {
		p.noticed = map[string]bool{}
	}
	p.noticed[s] = true
	p.notice(s)
}

// recordingsLost are joins of others that could not be recorded: each is told of once, and nothing ends by it.
type recordingsLost struct {
	later bool // a screen is shown: it is said in the end
	said  []string
	any   bool
}

func (l *recordingsLost) say(p *program, s string) {
	if l.any = true; l.later {
		l.said = append(l.said, s)
		return
	}
	p.notice(s)
}

// end says what was kept for the end. Where there is no outcome of a join, the recordings were the point of the
// command.
func (l *recordingsLost) end(p *program) {
	for _, s := range l.said {
		p.notice(s)
	}
	l.said = nil
	if l.any && !p.reported && p.code == 0 {
		p.code = unwritten
	}
}

// tellUnkept says what kept the runs of a screen that is closed from being recorded.
func (p *program) tellUnkept() {
	for _, k := range p.unkept {
		p.tellNotKept(k)
	}
}

// recordingError says what keeps a recording from being written.
func recordingError(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: --force overwrites it", err)
	}
	return err
}

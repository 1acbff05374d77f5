package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// A standardOutput remembers the first error there was in writing to it. After that it takes nothing more: what would
// come then would follow a gap. It is safe for concurrent use.
type standardOutput struct {
	w io.Writer

	mu    sync.Mutex
	err   error
	named bool // the error was told
}

// An outputError tells that standard output could not be written.
type outputError struct{ err error }

func (e *outputError) Error() string {
	return fmt.Sprintf("standard output holds only a part: %v", e.err)
}

func (e *outputError) Unwrap() error { return e.err }

func (o *standardOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	if err != nil {
		o.err = &outputError{err}
	}
	return n, o.err
}

// failure is what kept it from being written; nil where nothing did. untold: that was not said yet, and is now.
func (o *standardOutput) failure() (err error, untold bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	untold = o.err != nil && !o.named
	o.named = o.err != nil
	return o.err, untold
}

// withoutOutput is err without what tells that standard output could not be written.
func withoutOutput(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var left []error
		for _, one := range joined.Unwrap() {
			left = append(left, withoutOutput(one))
		}
		return errors.Join(left...)
	}
	if errors.As(err, new(*outputError)) {
		return nil
	}
	return err
}

// unfinished tells of an error in writing to standard output that only a part is there; nil where there is none.
func unfinished(err error) error {
	if err == nil || errors.As(err, new(*outputError)) {
		return err
	}
	return &outputError{err}
}

// outliveReader keeps a program from being ended by SIGPIPE in silence where the reader of its standard output goes
// away: what has begun is done to its end, and told of. Programs that it starts do not inherit that.
func outliveReader() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// wholeOutput is standard output for what is of use only as a whole.
func (p *program) wholeOutput() io.Writer {
	outliveReader()
	return p.stdout
}

// tellOutput says at once, and once, that standard output cannot be written: of what goes on for long.
func (p *program) tellOutput() {
	if err, untold := p.output.failure(); untold {
		p.notice(oneLine(err))
	}
}

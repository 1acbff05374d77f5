package command

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow/safely"
	"doorstep/ui/saving"
)

// Whatever a command is at when a signal comes, it ends at once: what waits, reads or checks does so under the context
// of the signal. But nothing ends a read of a pipe that nobody writes to, or a long sentence in the middle. So a
// command goes on in a goroutine of its own, and is left to itself where it does not end in a moment. That is done only
// while there is nothing to be put in order: before a run begins, or the screen opens, in commands that only read, and
// once a run is over and its recording complete.

// partingTime is how long a command has to end by itself, once a signal came, before it is left.
const partingTime = 30 * time.Millisecond

// errLeft tells that a command was left to itself.
var errLeft = errors.New("left because of a signal")

// leaving has a command, and those below it, left to itself after a signal, unless it has things to put in order.
func (p *program) leaving(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			return p.unlessLeft(cmd.Context(), func() error { return run(cmd, args) })
		}
	}
	for _, below := range c.Commands() {
		p.leaving(below)
	}
}

// unlessLeft does what a command does until a signal comes.
func (p *program) unlessLeft(ctx context.Context, run func() error) error {
	done := make(chan error, 1)
	client.Go(func() { done <- run() })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if err, ended := p.ended(done); ended {
		return err
	}
	p.meter.clear()
	p.sayUnsaid()
	if file := p.writing.Load(); file != nil {
		safely.Abandon(file.Path)
		return file
	}
	return errLeft
}

// ended waits for a command that a signal ends; false: it is left.
func (p *program) ended(done <-chan error) (err error, ended bool) {
	leaves := time.NewTimer(partingTime)
	defer leaves.Stop()
	for {
		select {
		case err := <-done:
			return err, true
		case grace := <-p.settles:
			leaves.Reset(grace)
			continue
		case <-leaves.C:
		}
		if p.stays.Load() {
			continue // until it is over, or settles
		}
		select {
		case grace := <-p.settles: // just now
			leaves.Reset(grace)
		default:
			return nil, false
		}
	}
}

// stay has the program wait for the command from now on: it has to put things in order before it ends.
func (p *program) stay() { p.stays.Store(true) }

// settled ends what stay began: everything is in order, and what is left is to tell of it. Once a signal came there is
// so much time for that.
func (p *program) settled(grace time.Duration) {
	select {
	case <-p.settles: // of an earlier run
	default:
	}
	p.settles <- grace // before it stays no longer: who sees that is told how long is left
	p.stays.Store(false)
}

// whileWriting notes that a file is being written, until done is called: it is whole then, or not there.
func (p *program) whileWriting(file string) (done func()) {
	p.writing.Store(&safely.WriteError{Path: file, Err: errLeft})
	return func() { p.writing.Store(nil) }
}

// writeFile writes a file that is of use only as a whole, until a signal comes: then it is not there. One that is there
// is kept unless --force is given.
func (p *program) writeFile(file string, write func(io.Writer) error) error {
	defer p.whileWriting(file)()
	return recordingError(saving.Into(file, p.force, func(w io.Writer) error { return write(p.stopWriting(w)) }))
}

// stopWriting writes to w until a signal comes.
func (p *program) stopWriting(w io.Writer) io.Writer { return untilStopped{p.signals.ctx, w} }

type untilStopped struct {
	ctx context.Context
	w   io.Writer
}

func (u untilStopped) Write(b []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.w.Write(b)
}

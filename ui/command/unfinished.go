package command

import (
	"fmt"
	"io"
	"os/signal"
	"syscall"
)

// An unfinishedError says of a file that only a part of it could be written. The exit code of it is 1: the command line
// was in order.
type unfinishedError struct {
	where string // the file, fit to be shown
	err   error
}

func (e *unfinishedError) Error() string {
	return fmt.Sprintf("%s holds only a part: %v", e.where, e.err)
}

func (e *unfinishedError) Unwrap() error { return e.err }

// unfinished tells of an error in writing where that only a part is there; nil where there is none.
func unfinished(where string, err error) error {
	if err == nil {
		return nil
	}
	return &unfinishedError{where, err}
}

// wholeOutput is standard output for what is of use only as a whole: where its reader goes away that is told, in place
// of a silent end by SIGPIPE.
func (p *program) wholeOutput() io.Writer {
	signal.Ignore(syscall.SIGPIPE)
	return p.stdout
}

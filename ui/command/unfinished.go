package command

import (
	"io"
	"os/signal"
	"syscall"

	"doorstep/ui/saving"
)

// unfinished tells of an error in writing where, which is fit to be shown, that only a part is there; nil where there is
// none.
func unfinished(where string, err error) error {
	if err == nil {
		return nil
	}
	return &saving.PartError{Where: where, Err: err}
}

// wholeOutput is standard output for what is of use only as a whole: where its reader goes away that is told, in place
// of a silent end by SIGPIPE.
func (p *program) wholeOutput() io.Writer {
	signal.Ignore(syscall.SIGPIPE)
	return p.stdout
}

package command

import (
	"io"
	"sync/atomic"
)

// program is what the commands share: where they write, the flags that mean the same everywhere, the exit code.
type program struct {
	stdout, stderr io.Writer
	meter          *meter // on stderr
	signals        *signals
	code           int
	reported       bool // a report was printed, and code is its
	// how a join of this command line is taken back; nil: as the trace knows it
	undo func(room, server string) []string

	form *form // the form of output that was asked for; nil: none was

	allChecks, strict bool
	linear            bool // the screen as lines that are answered
	record            string
	recording         error // why a recording could not be written
	force             bool
	noRecord          bool
	last              atomic.Pointer[visit] // what the screen showed last
	ascii             bool
	theme, color      string
	noMouse           bool
	settings          inForce
}

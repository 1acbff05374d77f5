package command

import (
	"errors"

	"doorstep/flow/safely"
)

// Exit codes of what has no outcome.
const (
	unwritten = 1 // something could not be written, although the command line was in order
	usage     = 2 // the command line cannot be carried out
)

// exit says what went wrong and returns the exit code: of a report, where one was made, otherwise of a signal,
// otherwise of err. What could not be written makes 1 of 0, and of nothing else.
func (p *program) exit(err error) int {
	unsaid, untold := p.output.failure()
	err = withoutOutput(err)
	code := p.code
	full := (*safely.WriteError)(nil)
	if signalled := p.signals.code(); signalled != 0 && (!p.reported || err != nil) {
		code = signalled            // the report knows of the signal, where it came before the end
		if !errors.As(err, &full) { // what a file holds is said whatever ended the program
			err = nil
		}
	}
	if untold {
		p.notice(oneLine(unsaid) + p.outcomeWords())
	}
	if err != nil {
		p.notice(oneLine(err))
	}
	switch {
	case code == 0 && err != nil && !p.reported && !errors.As(err, &full):
		code = usage
	case code == 0 && (err != nil || unsaid != nil || p.uncopied):
		code = unwritten
	}
	return code
}

// outcomeWords say how it ended where that could not be printed.
func (p *program) outcomeWords() string {
	if p.outcome == "" {
		return ""
	}
	return "; the outcome is " + p.outcome
}

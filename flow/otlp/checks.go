package otlp

import (
	"doorstep/flow/verify"
)

// checks adds how the checks came out, where there were any.
func (s *Span) checks(c verify.Tally) {
	if c == (verify.Tally{}) {
		return
	}
	s.number(attrPass, c.Pass)
	s.number(attrFail, c.Fail)
	s.number(attrWarn, c.Warn)
	s.number(attrNotChecked, c.NotChecked)
}

// counted counts checks by outcome.
func counted(checks []verify.Check) (n verify.Tally) {
	for _, c := range checks {
		n.Add(c.Outcome)
	}
	return n
}

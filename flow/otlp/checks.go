package otlp

import (
	"doorstep/flow/export"
	"doorstep/flow/verify"
)

// checks adds how the checks came out, where there were any.
func (s *Span) checks(c export.CheckCounts) {
	if c == (export.CheckCounts{}) {
		return
	}
	s.number(attrPass, c.Pass)
	s.number(attrFail, c.Fail)
	s.number(attrWarn, c.Warn)
	s.number(attrNotChecked, c.NotChecked)
}

// counted counts checks by outcome.
func counted(checks []verify.Check) (n export.CheckCounts) {
	for _, c := range checks {
		switch c.Outcome {
		case verify.Pass:
			n.Pass++
		case verify.Fail:
			n.Fail++
		case verify.Warn:
			n.Warn++
		default:
			n.NotChecked++
		}
	}
	return n
}

package export

import (
	"doorstep/flow"
	"doorstep/flow/diagnose"
)

// NewReport returns the report of a trace, which leads to s. Equal traces give equal reports.
func NewReport(t flow.Trace, s flow.State, o ReportOptions) Report {
	if t.Header.Source == flow.SourceCheck {
		return checkReport(t, s, o)
	}
	return newReport(t, s, diagnose.Findings(t, s), o)
}

// NewRawReport returns the report of an answer verified without its handshake: s is what VerifyRaw made of it.
func NewRawReport(s flow.State, o ReportOptions) Report {
	return newReport(flow.Trace{Header: s.Header}, s, diagnose.RawFindings(s), o)
}

package recording

import "doorstep/flow"

func loggedLineOf(e *flow.Entry) *loggedLine {
	if e.Logged == nil {
		return nil
	}
	l := &loggedLine{Lines: e.Logged.Lines, From: e.Logged.From}
	if l.Lines == nil {
		l.Lines = []string{}
	}
	if e.Response != nil {
		l.Said = e.Response.Said
	}
	return l
}

// logged puts into an entry what its line has of a log.
func (l *entryLine) logged(e *flow.Entry) {
	if l.Logged == nil {
		return
	}
	e.Logged = &flow.Logged{Lines: l.Logged.Lines, From: l.Logged.From}
	if e.Response != nil {
		e.Response.Unseen, e.Response.Said = e.Response.Body == nil, l.Logged.Said
	}
}

package recording

import (
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// alteredLineOf gives what somebody changed as it is recorded; nil where nobody did.
func alteredLineOf(a *flow.Altered) *alteredLine {
	if a == nil {
		return nil
	}
	l := &alteredLine{By: a.By, Mutation: a.Mutation, Server: a.Server, Event: textOf(a.Event),
		OwnSignature: a.OwnSignature}
	if a.Sealing != (flow.Sealing{}) {
		l.Sealing = &a.Sealing
	}
	if r := a.Request; r != nil {
		l.Endpoint, l.Method, l.Target = r.Endpoint, r.Method, textOf([]byte(r.Target))
		l.Header, l.Body = fieldLines(r.Header), textOf(r.Body)
	}
	if r := a.Response; r != nil {
		l.Status, l.Header, l.Body = r.Status, fieldLines(r.Header), textOf(r.Body)
	}
	if d := a.Delivery; d != (flow.Delivery{}) {
		l.Delivery = &deliveryLine{d.Dropped, d.Cut, int64(d.Over)}
	}
	return l
}

// altered gives what a line says that somebody changed; nil where nobody did.
func (l *alteredLine) altered(small *compactor) *flow.Altered {
	if l == nil {
		return nil
	}
	a := &flow.Altered{By: l.By, Mutation: l.Mutation, Server: l.Server, Event: l.Event.bytes(),
		OwnSignature: l.OwnSignature}
	if l.Sealing != nil {
		a.Sealing = *l.Sealing
	}
	if d := l.Delivery; d != nil {
		a.Delivery = flow.Delivery{Dropped: d.Dropped, Cut: d.Cut, Over: time.Duration(d.Over)}
	}
	if l.Status != 0 {
		a.Response = &client.Response{Status: l.Status, Header: small.fields(l.Header), Body: l.Body.bytes()}
	}
	if l.Target != nil {
		a.Request = &client.Request{Endpoint: l.Endpoint, Method: l.Method, Target: small.text(string(l.Target.bytes())),
			Header: small.fields(l.Header), Body: l.Body.bytes()}
	}
	return a
}

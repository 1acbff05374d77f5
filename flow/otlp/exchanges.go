package otlp

import (
	"go.opentelemetry.io/otel/trace"

	"doorstep/flow"
)

// exchange adds the span of a request of ours.
func (m *mapping) exchange(e *flow.Entry) {
	answer := m.answers[e.Seq]
	start, end := m.open(e.Seq)
	sp := m.add(m.spans[0].ID, method(e.Request)+" "+string(e.Request.Endpoint), trace.SpanKindClient, start, end, e)
	sp.method(e.Request)
	sp.destination(m.reached(e, answer), e.Request)
	sp.candidate(e)
	if answer != nil {
		sp.secured(answer.Connection)
		sp.checks(counted(m.s.Brought(m.t, answer)))
	}
	sp.answered(answer)
	sp.unanswered(answer)
}

// call adds the span of a request of another server to us, such as for our keys, under the request of ours that made
// it call.
func (m *mapping) call(e *flow.Entry) {
	answer := m.answers[e.Seq]
	end := m.last()
	if answer != nil {
		end = answer.At
	}
	sp := m.add(m.cause(e), method(e.Request)+" "+string(e.Request.Endpoint), trace.SpanKindServer, e.At, end, e)
	sp.received(e)
	switch {
	case answer != nil && answer.Failure == nil && answer.Response != nil && answer.Response.Status < 500:
		sp.replied(answer.Response)
	default:
		sp.answered(answer)
		sp.unanswered(answer)
	}
}

// failedCall adds the span of a connection to us that brought no request.
func (m *mapping) failedCall(e *flow.Entry) {
	sp := m.add(m.cause(e), "call that failed", trace.SpanKindServer, e.At-e.Took, e.At, e)
	sp.peer(e.Connection)
	sp.fail(string(e.Failure.Kind), e.Failure.Message)
}

// candidate adds which join candidate was asked, where there is a choice.
func (s *Span) candidate(e *flow.Entry) {
	if e.Attempt == 0 {
		return
	}
	s.text(attrCandidate, e.Server)
	s.number(attrCandidateAttempt, e.Attempt)
	s.number(attrCandidates, e.Of)
}

package otlp

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// exchange adds the span of a request of ours.
func (m *mapping) exchange(e *flow.Entry) {
	answer := m.answers[e.Seq]
	start, end := m.open(e.Seq)
	sp := m.add(m.spans[0].ID, method(e.Request)+" "+string(e.Request.Endpoint), trace.SpanKindClient, start, end, e)
	sp.method(e.Request)
	sp.destination(m.reached(e, answer), e.Request)
	sp.candidate(e)
	sp.checks(counted(m.s.Brought(m.t, e)))
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

// cause returns the span that a request to us belongs under: the newest request of ours that was open when it came, to
// the same server if there is one, or else the handshake.
func (m *mapping) cause(e *flow.Entry) trace.SpanID {
	began := e.At
	if e.Kind == flow.Failure {
		began -= e.Took
	}
	cause := 0
	for _, x := range slices.Backward(m.asked) {
		switch open := x.start <= began && began <= x.end; {
		case open && x.server == e.Server:
			return spanID(m.id, x.seq)
		case open && cause == 0:
			cause = x.seq
		}
	}
	return spanID(m.id, cause)
}

// methods are the methods that the convention knows; another one is given beside _OTHER.
var methods = []string{http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
	http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodTrace, "QUERY"}

// method returns the method of a request as the name of a span has it.
func method(r *client.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return "HTTP"
}

func (s *Span) method(r *client.Request) {
	if slices.Contains(methods, r.Method) {
		s.text(semconv.HTTPRequestMethodKey, r.Method)
	} else {
		s.text(semconv.HTTPRequestMethodKey, "_OTHER")
		s.text(semconv.HTTPRequestMethodOriginalKey, r.Method)
	}
	s.text(attrEndpoint, string(r.Endpoint))
	if r.Body != nil {
		s.number(semconv.HTTPRequestBodySizeKey, len(r.Body))
	}
}

// received adds what is known of a request that came to us. Its query stays away: a client may put its access token
// there.
func (s *Span) received(e *flow.Entry) {
	s.method(e.Request)
	s.text(semconv.URLSchemeKey, "https")
	s.text(semconv.URLPathKey, path(e.Request.Target))
	s.peer(e.Connection)
}

// replied adds what we answered to a request that came to us. A refusal of ours is no error: what counts as one is for
// the caller to say.
func (s *Span) replied(r *client.Response) {
	s.sized(r)
	if !response.Succeeds(r) {
		s.text(attrErrcode, response.RefusalOf(r).Errcode)
	}
}

// sized adds the status of an answer, and the size of its body.
func (s *Span) sized(r *client.Response) {
	s.number(semconv.HTTPResponseStatusCodeKey, r.Status)
	s.number(semconv.HTTPResponseBodySizeKey, len(r.Body))
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

// answered adds what an answer says, or why there is none. An error of either is the span's.
func (s *Span) answered(e *flow.Entry) {
	if e == nil {
		return
	}
	if r := e.Response; r != nil {
		s.sized(r)
		if !response.Succeeds(r) {
			s.refused(r)
		}
	}
	if f := e.Failure; f != nil {
		s.fail(string(f.Kind), f.Message)
	}
}

// unanswered says that there is no answer, where there is none.
func (s *Span) unanswered(e *flow.Entry) {
	if e == nil {
		s.fail("no_answer", "the trace ends before an answer")
	}
}

// refused adds the errcode of an answer that is no success, and says what it says.
func (s *Span) refused(r *client.Response) {
	f := response.RefusalOf(r)
	s.text(attrErrcode, f.Errcode)
	words := f.String()
	if f.Message != "" {
		words += ": " + f.Message
	}
	s.fail(strconv.Itoa(r.Status), words)
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

// local adds the span of a piece of local work, which is written down when it is done.
func (m *mapping) local(e *flow.Entry) {
	name := "verify"
	switch {
	case e.Discovery != nil:
		name = "resolve"
	case e.Build != nil:
		name = "build " + e.Build.Membership
	}
	sp := m.add(m.spans[0].ID, name, trace.SpanKindInternal, e.At-e.Took, e.At, e)
	switch {
	case e.Discovery != nil:
		sp.discovery(e.Discovery)
	case e.Build != nil:
		sp.text(attrMembership, e.Build.Membership)
		sp.text(attrVersion, e.Build.RoomVersion)
		sp.text(attrEvent, e.Build.EventID)
		sp.text(attrKeyID, e.Build.KeyID)
	default:
		sp.verification(m.verification(e))
	}
}

func (s *Span) discovery(d *client.Discovery) {
	var steps, addresses []string
	for _, step := range d.Steps {
		steps = append(steps, fmt.Sprintf("%s: %s", step.Action, step.Result))
	}
	for _, to := range d.Destinations {
		addresses = append(addresses, to.Address)
	}
	s.texts(attrLookups, steps)
	s.texts(attrAddresses, addresses)
	if d.Failure != nil {
		s.fail(string(d.Failure.Kind), d.Failure.Message)
	}
}

// verification returns what verifying the answer came to at e: an answer may be verified again once missing keys are
// there.
func (m *mapping) verification(e *flow.Entry) *verify.Verification {
	for _, later := range m.t.Entries[e.Seq:] {
		if later.Step == flow.L2 {
			return flow.Fold(m.t.Prefix(e.Seq)).Verification
		}
	}
	return m.s.Verification
}

func (s *Span) verification(v *verify.Verification) {
	if v == nil {
		s.fail("not_verified", "the answer was not verified to its end")
		return
	}
	n := v.Tally(verify.NoKind)
	s.checks(export.CheckCounts{Pass: n.Pass, Fail: n.Fail, Warn: n.Warn, NotChecked: n.NotChecked})
	s.number(attrEvents, v.Counts.Events)
	s.number(attrSignatures, v.Counts.Signatures)
	switch {
	case v.Invalid != "":
		s.fail("invalid", v.Invalid)
	case v.Unproven != "":
		s.fail("unproven", "not proven: "+v.Unproven)
	}
}

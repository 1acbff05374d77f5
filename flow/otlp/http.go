package otlp

import (
	"net/http"
	"slices"
	"strconv"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

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
	if as := response.Header(e.Request.Header, "Host"); as != "" {
		host, port, ok := split(as)
		s.text(semconv.ServerAddressKey, host)
		if ok {
			s.number(semconv.ServerPortKey, port)
		}
	}
	s.text(semconv.UserAgentOriginalKey, response.Header(e.Request.Header, "User-Agent"))
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
	if !r.Unseen {
		s.number(semconv.HTTPResponseBodySizeKey, len(r.Body))
	}
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

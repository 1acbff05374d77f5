package tap

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/traffic"
	"doorstep/flow/watch"
)

// A seen is an exchange that may be part of a join, while it passes.
type seen struct {
	tap     *Tap
	request *http.Request // as it came
	x       traffic.Exchange
	began   time.Time
	held    atomic.Int64 // bytes that count as under way

	sent *passing    // the body of the request; nil: it has none
	call *watch.Call // once the watcher has heard of it; for the queue alone

	mu       sync.Mutex
	told     bool      // the watcher is told, or will be
	came     time.Time // when the answer began
	response *client.Response
	answered bool
}

// see begins to keep an exchange; nil where it has nothing to do with a join.
func (t *Tap) see(r *http.Request, target string) *seen {
	x := traffic.Of(r.Method, target)
	if !watch.Watches(x.Request.Endpoint) {
		t.watcher.Other()
		return nil
	}
	s := &seen{tap: t, request: r, began: t.o.Now()}
	x.Start = s.began
	x.SetHeader(fieldsOf(r.Header, r.Host), r.Host)
	s.x = x
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		s.arrived()
		return s
	}
	s.sent = pass(r.Body, r.ContentLength, t.room(mostRequest), func(*passing) { t.guard(s.arrived) })
	if r.Header.Get("Expect") == "" { // who expects to be told to go on is not told so by the tap
		s.sent.unread = mostUnread
	}
	return s
}

// mostUnread is how much is read of a request that the homeserver did not take any of: the join is told of though it
// came to nothing. The http package reads as much, to use the connection again.
const mostUnread = 256 << 10

// mostRequest is how much of the body of a request is kept: no homeserver takes a larger one.
const mostRequest = 16 << 20

// arrived tells the watcher of the request, as far as it has come.
func (s *seen) arrived() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told {
		return
	}
	s.told = true
	if s.sent != nil {
		s.sent.stop()
		s.hold(s.sent.size())
	}
	s.tap.later(func() {
		if s.sent != nil {
			s.x.Request.Body = s.sent.whole()
			if s.x.Cut = !s.sent.kept(); s.x.Cut {
				s.x.Request.Body = nil // part of an event is none
			}
		}
		s.call = s.tap.watcher.Arrived(s.x)
	})
}

// responded takes in the head of an answer, and has its body kept while it passes.
func (s *seen) responded(r *http.Response) {
	s.arrived()
	reason := strings.TrimSpace(strings.TrimPrefix(r.Status, fmt.Sprint(r.StatusCode)))
	s.mu.Lock()
	s.came = s.tap.o.Now()
	s.response = &client.Response{Status: r.StatusCode, Reason: reason, Header: fieldsOf(r.Header, "")}
	s.mu.Unlock()
	if r.StatusCode == http.StatusSwitchingProtocols {
		s.answer(watch.Answer{Response: s.response})
		return
	}
	length := r.ContentLength
	if s.request.Method == http.MethodHead || r.Body == nil || r.Body == http.NoBody {
		length = 0
	}
	if length == 0 {
		s.answer(watch.Answer{Response: s.response})
		return
	}
	r.Body = pass(r.Body, length, s.tap.room(s.tap.o.MaxBody), func(p *passing) {
		s.tap.guard(func() { s.ended(p) })
	})
}

// ended takes in the end of the body of an answer.
func (s *seen) ended(p *passing) {
	a := watch.Answer{Response: s.response, Unkept: p.over}
	s.hold(p.size())
	if p.err != nil {
		a.Failure, a.Unkept = s.brokeOff(p), false
	}
	s.answerWith(a, func(a *watch.Answer) {
		if s.call == nil || !s.call.Wants() {
			p.drop()
			a.Unkept = true
			return
		}
		s.response.Body = p.whole()
		if p.err == nil && !p.over {
			a.Altered, a.Unkept = s.unpack()
		}
	})
}

// brokeOff says why the rest of an answer did not pass: one of the two hung up.
func (s *seen) brokeOff(p *passing) *client.Failure {
	if s.request.Context().Err() != nil {
		return &client.Failure{Kind: client.FailedClosed, Part: client.PartBody,
			Message: fmt.Sprintf("the joining server hung up after %d bytes of the answer", p.n)}
	}
	return &client.Failure{Kind: client.FailedClosed, Part: client.PartBody,
		Message: fmt.Sprintf("the connection ended after %d bytes of the answer", p.n)}
}

// unpack replaces the body of the answer, where it is packed, by what it was before; altered reports whether it does,
// and unkept that it cannot.
func (s *seen) unpack() (altered, unkept bool) {
	coding := strings.ToLower(strings.TrimSpace(client.FieldOf(s.response.Header, "Content-Encoding")))
	if coding == "" || coding == "identity" || len(s.response.Body) == 0 {
		return false, false
	}
	body, err := traffic.Unpacked(coding, bytes.NewReader(s.response.Body))
	if err != nil || body == nil {
		return true, true
	}
	s.response.Body = body
	return true, false
}

// failed takes in that there was no answer: err is the proxy's. It returns what the tap itself answers; nil: nobody is
// there to hear it.
func (s *seen) failed(own *client.Response) {
	if s.sent != nil {
		s.sent.finish()
	}
	s.arrived()
	if own != nil {
		s.answer(watch.Answer{Response: own, By: flow.ByTap})
		return
	}
	took := s.tap.o.Now().Sub(s.began).Round(time.Millisecond)
	s.answer(watch.Answer{Failure: &client.Failure{Kind: client.FailedTimeout, Part: client.PartFirstByte,
		Message: fmt.Sprintf("the joining server hung up after %v, before any of the answer came", took)}})
}

// answer tells the watcher what came of the request, once.
func (s *seen) answer(a watch.Answer) { s.answerWith(a, func(*watch.Answer) {}) }

// answerWith is answer, with what is left to do before the watcher is told.
func (s *seen) answerWith(a watch.Answer, complete func(*watch.Answer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answered {
		return
	}
	s.answered = true
	var c client.Connection
	if local, ok := s.request.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		c.Address = local.String()
	}
	a.At = s.tap.o.Now()
	if s.came.IsZero() {
		s.came = a.At
	}
	c.Timings.FirstByte, c.Timings.Body = s.came.Sub(s.began), a.At.Sub(s.came)
	a.Connection = &c
	s.tap.later(func() {
		complete(&a)
		if s.call != nil {
			s.call.Answered(a)
		}
		s.tap.held.Add(-s.held.Swap(0)) // the watcher counts them now
	})
}

// hold counts bytes as under way.
func (s *seen) hold(n int) {
	s.held.Add(int64(n))
	s.tap.held.Add(int64(n))
}

// fieldsOf gives header fields sorted by name, since their order on the wire is not known; host is that of a request.
func fieldsOf(h http.Header, host string) []client.Field {
	var out []client.Field
	if host != "" {
		out = append(out, client.Field{Name: "Host", Value: host})
	}
	for name, values := range h {
		for _, v := range values {
			out = append(out, client.Field{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(out, func(a, b client.Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// What the body of a request to our listener may have, in bytes. What takes none is not sent one: none is read.
const (
	maxInvite      = 64 << 10 // as much as an event, which as a rule is a hundredth of it, with what is told of the room
	maxTransaction = 256 << 10
	maxQuery       = 64 << 10 // of a notary
	maxClientJoin  = 16 << 10
)

// An InboundRequest is a request that reached our listener. Its header fields are sorted by name, since their order on
// the wire is not known, and lack what is secret in them.
type InboundRequest struct {
	Request Request // Endpoint is empty for a path we do not serve
	Address string  // IP and port of the caller
	Origin  string  // the server an X-Matrix header claims to come from; not verified; empty without one
	At      time.Time
	// set when the body did not come whole. Of a request that is turned away, or that takes no body, none was read
	Failure *Failure
}

// NewInbound tells of a request that somebody else's listener got, for what it is taken for, with its body; nil where
// it has none.
func NewInbound(r *http.Request, e Endpoint, body []byte, failure *Failure, at time.Time) InboundRequest {
	return InboundRequest{
		Request: Request{Endpoint: e, Method: r.Method, Target: maskTarget(r.RequestURI), Header: inboundFields(r),
			Body: body},
		Address: r.RemoteAddr, Origin: claimedOrigin(r.Header["Authorization"]), At: at, Failure: failure,
	}
}

// FollowCallers returns what the http package has to be given as ConnState so that failed hears of every connection
// over TLS that ends without a request. What ends after ctx, or gives way to another, is our doing, and not told.
func FollowCallers(
	ctx context.Context, now func() time.Time, failed func(InboundFailure),
) func(net.Conn, http.ConnState) {
	return newCallers(ctx, now, failed).follow
}

// An Observer hears of every request that reaches a listener and of every response. It is called from several
// goroutines at once, and should return soon.
type Observer interface {
	// Received is called when a request has been read and before anything else happens to it. It returns the number by
	// which Answered and the callbacks of the listener refer to the request.
	Received(InboundRequest) (id int)
	// Answered is called before the response is written.
	Answered(id int, response Response)
	// Failed is called when a connection has ended without a request.
	Failed(InboundFailure)
}

// An InboundFailure is a connection to our listener that ended without a request: the caller does not accept our
// certificate, does not speak TLS, or hangs up.
type InboundFailure struct {
	Address string // IP and port of the caller
	Began   time.Time
	At      time.Time
	Failure Failure
}

// unobserved is the observer of a listener that nobody watches.
type unobserved struct{}

func (unobserved) Received(InboundRequest) int { return 0 }
func (unobserved) Answered(int, Response)      {}
func (unobserved) Failed(InboundFailure)       {}

// callers are the connections of our listener that have not sent anything yet.
type callers struct {
	ctx    context.Context // what ends after it is our doing
	now    func() time.Time
	failed func(InboundFailure)
	mu     sync.Mutex
	began  map[net.Conn]time.Time // kept until failed has been told of the connection
	fewer  chan struct{}          // closed, and made anew, when a connection leaves began
}

func newCallers(ctx context.Context, now func() time.Time, failed func(InboundFailure)) *callers {
	return &callers{ctx: ctx, now: now, failed: failed, began: map[net.Conn]time.Time{}, fewer: make(chan struct{})}
}

// follow follows a connection, for the http package to call. That package ends a TLS handshake itself, and says so in
// words alone; but a connection remembers how its handshake ended.
func (l *callers) follow(c net.Conn, state http.ConnState) {
	l.mu.Lock()
	began, quiet := l.began[c]
	if state == http.StateNew {
		l.began[c] = l.now()
	}
	l.mu.Unlock()
	if !quiet {
		return
	}
	secure, ok := c.(*tls.Conn)
	if v := visitOf(c); v != nil && v.turnedOut.Load() {
		ok = false // it is our doing, too
	}
	if state == http.StateClosed && ok && l.ctx.Err() == nil {
		l.failed(InboundFailure{
			Address: c.RemoteAddr().String(), Began: began, At: l.now(), Failure: inboundFailure(secure),
		})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.began, c)
	close(l.fewer)
	l.fewer = make(chan struct{})
}

// settled waits until there is no connection that has not sent anything, or ctx ends.
func (l *callers) settled(ctx context.Context) {
	for {
		l.mu.Lock()
		n, fewer := len(l.began), l.fewer
		l.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-fewer:
		case <-ctx.Done():
			return
		}
	}
}

// inboundFailure says how a connection ended that carried no request.
func inboundFailure(c *tls.Conn) Failure {
	err := c.Handshake() // it was over before: this is how it ended
	if err == nil {
		return Failure{Kind: FailedClosed, Part: PartFirstByte,
			Message: "the caller hung up after the TLS handshake, without a request"}
	}
	f := *failureOf(err, "the caller")
	f.Part = PartTLS
	var timeout net.Error
	switch {
	case f.Kind != "":
	case errors.As(err, &timeout) && timeout.Timeout():
		f.Kind, f.Message = FailedTimeout, "the caller did not finish the TLS handshake in time"
	case isEOF(err) || Reset(err):
		f.Kind, f.Message = FailedClosed, "the caller hung up in the TLS handshake"
	default: // no version or cipher in common, and the like
		f.Kind, f.Message = FailedTLS, "the TLS handshake with the caller failed: "+plainly(err)
	}
	return f
}

// inboundFields gives the header fields of r sorted by name, masked.
func inboundFields(r *http.Request) []Field {
	fields := []Field{{"Host", r.Host}}
	for name, values := range r.Header {
		for _, v := range values {
			if name == "Authorization" {
				v = maskAuthorization(v)
			}
			fields = append(fields, Field{name, v})
		}
	}
	if len(r.TransferEncoding) > 0 {
		fields = append(fields, Field{"Transfer-Encoding", strings.Join(r.TransferEncoding, ", ")})
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// maskTarget removes an access token that a client put into the query, as old clients do: however its name is spelled,
// and whichever of the two characters stands between the parameters, as servers differ in what they take.
func maskTarget(target string) string {
	path, q, ok := strings.Cut(target, "?")
	if !ok {
		return target
	}
	var b strings.Builder
	b.WriteString(path + "?")
	for q != "" {
		end := strings.IndexAny(q, "&;")
		if end < 0 {
			end = len(q)
		}
		name, _, given := strings.Cut(q[:end], "=")
		if plain, err := url.QueryUnescape(name); given && err == nil && plain == "access_token" {
			b.WriteString(name + "=")
		} else {
			b.WriteString(q[:end])
		}
		b.WriteString(q[end:min(end+1, len(q))])
		q = q[min(end+1, len(q)):]
	}
	return b.String()
}

// claimedOrigin gives the origin an X-Matrix header names; empty when there is none that can be read.
func claimedOrigin(authorization []string) string {
	headers, err := xMatrixHeaders(authorization)
	if err != nil || len(headers) == 0 {
		return ""
	}
	return headers[0].Origin
}

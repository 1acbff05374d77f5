package client

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxInbound bounds the body of a request to our listener, in bytes: what Synapse allows.
const maxInbound = 12<<20 + 512<<10

// An InboundRequest is a request that reached our listener. Its header fields are sorted by name, since their order on
// the wire is not known, and lack what is secret in them.
type InboundRequest struct {
	Request Request // Endpoint is empty for a path we do not serve
	Address string  // IP and port of the caller
	Origin  string  // the server an X-Matrix header claims to come from; not verified; empty without one
	At      time.Time
	Failure *Failure // set when the body did not come whole
}

// An Observer is told of every request that reaches a listener and of what was answered. It is called from several
// goroutines at once, and should return soon.
type Observer interface {
	// Received is called when a request has been read and before anything else is done with it. It gives the request
	// the number by which Answered and the callbacks of the listener refer to it.
	Received(InboundRequest) (id int)
	// Answered is called before the answer is written.
	Answered(id int, answer Response)
}

// unobserved is the observer of a listener that nobody watches.
type unobserved struct{}

func (unobserved) Received(InboundRequest) int { return 0 }
func (unobserved) Answered(int, Response)      {}

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

// maskTarget removes an access token that a client put into the query, as old clients do.
func maskTarget(target string) string {
	path, q, ok := strings.Cut(target, "?")
	if !ok {
		return target
	}
	pairs := strings.Split(q, "&")
	for i, p := range pairs {
		if name, _, ok := strings.Cut(p, "="); ok && name == "access_token" {
			pairs[i] = name + "="
		}
	}
	return path + "?" + strings.Join(pairs, "&")
}

// claimedOrigin gives the origin an X-Matrix header names; empty when there is none that can be read.
func claimedOrigin(authorization []string) string {
	headers, err := xMatrixHeaders(authorization)
	if err != nil || len(headers) == 0 {
		return ""
	}
	return headers[0].Origin
}

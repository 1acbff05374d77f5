package traffic

import (
	"net/url"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// An Exchange is an HTTP exchange that may belong to a join.
type Exchange struct {
	Place      int // in the file, from 1
	Start, End time.Time
	Names      []string // what the path names
	Query      url.Values
	Origin     string // the server that signed the request; empty: none
	KeyID      string // with which
	Server     string // the server asked, as far as that can be told
	Request    client.Request
	Response   *client.Response
	Failure    *client.Failure
	Connection *client.Connection
	Unkept     bool // a response came, and the file lacks its body
	Cut        bool // the request has a body, and not all of it was kept
	Altered    bool // header fields and bodies may not be as they were on the wire

	// Of exchanges that are followed while they happen:
	Back bool   // the joining server is asked, by the server Origin
	By   string // who asked, where it was neither the joining server nor one that it asks; empty: it was

	AnsweredBy string // likewise, who answered
	// what would have been answered, where whoever answers changed that; nil: nobody did, or it is not known
	Instead *flow.Altered
	Held    time.Duration // how long the answer was held before it was given
}

// Of begins an exchange: it tells from method and request target what it is for. Its Endpoint is empty where it has
// nothing to do with a join.
func Of(method, target string) Exchange {
	x := Exchange{Query: client.QueryOf(target)}
	x.Request = client.Request{Method: method, Target: client.MaskTarget(target)}
	x.Request.Endpoint, x.Names = client.EndpointOf(method, target)
	return x
}

// SetHeader takes in the header fields of the request, and who signed it, for whom. Unless Authorization says so, host
// is the server asked.
func (x *Exchange) SetHeader(fields []client.Field, host string) {
	x.Request.Header, x.Server = fields, host
	signed, err := client.ParseXMatrix(client.FieldOf(fields, "Authorization"))
	if err != nil {
		return
	}
	x.Origin, x.KeyID = signed.Origin, signed.Key
	if signed.Destination != "" {
		x.Server = signed.Destination
	}
}

// Mask takes out what is secret, and has bodies as they are kept of any exchange: a request without one has none, a
// response without one an empty one.
func (x *Exchange) Mask() {
	x.Request.Header = client.MaskFields(x.Request.Header)
	if len(x.Request.Body) == 0 {
		x.Request.Body = nil
	}
	if r := x.Response; r != nil {
		r.Header = client.MaskFields(r.Header)
		if r.Body == nil {
			r.Body = []byte{}
		}
	}
}

// Longest is the longest time that an exchange may take.
const Longest = 24 * time.Hour

// EndsAt has the exchange end at a time, unless that is not known or before it ended already.
func (x *Exchange) EndsAt(at time.Time) {
	if latest := x.Start.Add(Longest); at.After(latest) {
		at = latest
	}
	x.End = later(x.End, at)
}

// failures are what programs write where there is no response: words of Chromium, Firefox and mitmproxy.
var failures = []struct {
	word string
	kind client.FailureKind
}{
	{"timed_out", client.FailedTimeout}, {"timed out", client.FailedTimeout}, {"timeout", client.FailedTimeout},
	{"name_not_resolved", client.FailedResolve}, {"name or service", client.FailedResolve},
	{"cert", client.FailedTLS}, {"ssl", client.FailedTLS}, {"tls", client.FailedTLS},
	{"refused", client.FailedConnect}, {"unreachable", client.FailedConnect},
	{"connect call failed", client.FailedConnect},
}

// Failed says why there is no response, as far as the file says so in words.
func Failed(words string) *client.Failure {
	if words == "" {
		return &client.Failure{Kind: client.FailedClosed, Message: "the imported file has no response"}
	}
	out := &client.Failure{Kind: client.FailedClosed, Message: words}
	for _, known := range failures {
		if strings.Contains(strings.ToLower(words), known.word) {
			out.Kind = known.kind
			break
		}
	}
	return out
}

// later is the later one of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

package inspect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// evidence is a trace of a check as the rows look at it.
type evidence struct {
	trace  flow.Trace
	server string
	at     time.Time // when the last entry was made

	search     *flow.Entry          // for the server; nil while there is none
	own        []client.Destination // its addresses, as far as they are asked
	unasked    []client.Destination // those beyond
	answers    map[asking]*flow.Entry
	inbound    []*flow.Entry // requests that reached our listener
	calls      []*flow.Entry // connections to it that brought none
	interrupts *flow.Entry   // the entry that tells that somebody ended the check
	timeUp     bool          // the time for all of it was up before it was done
}

// An asking is a request of ours: to which server, at which address, for what. Signed requests and unsigned ones have
// different targets.
type asking struct{ server, address, target string }

// newEvidence looks through t once.
func newEvidence(t flow.Trace) *evidence {
	x := &evidence{trace: t, server: t.Header.Server, at: t.Header.Created, answers: map[asking]*flow.Entry{}}
	for i := range t.Entries {
		e := &t.Entries[i]
		x.at = t.Header.Created.Add(e.At)
		if e.GaveUp() != nil && e.By != "" && x.interrupts == nil {
			x.interrupts = e
		}
		x.timeUp = x.timeUp || timedOut(e) && x.overdue(e)
		switch {
		case e.Discovery != nil && e.Server == x.server:
			x.found(e)
		case e.FailedCall():
			x.calls = append(x.calls, e)
		case e.Kind == flow.Request && e.To == flow.Joining && e.Request != nil:
			x.inbound = append(x.inbound, e)
		case e.Answers > 0 && e.To == flow.Joining && e.Connection != nil:
			if asked := t.Entry(e.Answers); asked != nil && asked.Request != nil {
				x.answers[asking{e.Server, e.Connection.Address, asked.Request.Target}] = e
			}
		}
	}
	return x
}

func (x *evidence) found(e *flow.Entry) {
	x.search = e
	x.timeUp = x.timeUp || x.searchCut() && x.overdue(e)
	to := e.Discovery.Destinations
	n := min(len(to), MaxAddresses)
	x.own, x.unasked = to[:n], to[n:]
}

// answer is what came of a request to the server at an address; nil where it was not asked, or is still under way.
func (x *evidence) answer(address string, r client.Request) *flow.Entry {
	return x.answers[asking{x.server, address, r.Target}]
}

// signed is what came of a signed request to the server, with the address it was sent to.
func (x *evidence) signed(r client.Request) *flow.Entry {
	for _, d := range x.own {
		if e := x.answer(d.Address, r); e != nil {
			return e
		}
	}
	return nil
}

// good reports whether an answer is a whole success.
func good(e *flow.Entry) bool {
	return e != nil && e.Response != nil && e.Failure == nil && response.Succeeds(e.Response)
}

// whole reports whether an answer came whole, whatever it says.
func whole(e *flow.Entry) bool { return e != nil && e.Response != nil && e.Failure == nil }

// timedOut reports whether nobody answered in time.
func timedOut(e *flow.Entry) bool {
	return e != nil && e.Failure != nil && e.Failure.Kind == client.FailedTimeout
}

// noConnection reports whether an address took no connection.
func noConnection(e *flow.Entry) bool {
	f := e.Failure
	return f != nil && (f.Kind == client.FailedConnect || f.Kind == client.FailedTimeout && f.Part == client.PartConnect)
}

// noTLS reports whether a connection stood and TLS did not.
func noTLS(e *flow.Entry) bool {
	f := e.Failure
	return f != nil && (f.Kind == client.FailedTLS || f.Part == client.PartTLS && f.Kind != client.FailedForbidden)
}

// gaveUp reports whether it was we who ended an exchange, so that it shows nothing of the other side.
func gaveUp(e *flow.Entry) bool { return e.GaveUp() != nil }

// cutShort reports whether an exchange brought no whole answer because the check was ended, or its time was up: that
// shows nothing of the other side.
func (x *evidence) cutShort(e *flow.Entry) bool {
	return gaveUp(e) || timedOut(e) && x.overdue(e)
}

// searchCut reports whether the search for the server came to nothing because the check was ended, or its time was up.
func (x *evidence) searchCut() bool {
	f := x.search.Discovery.Failure
	return gaveUp(x.search) || f != nil && f.Kind == client.FailedTimeout && x.overdue(x.search)
}

// overdue reports whether the time for the check was up when an entry came.
func (x *evidence) overdue(e *flow.Entry) bool {
	return x.trace.Header.Deadline > 0 && e.At >= x.trace.Header.Deadline
}

// inShort says what came of a request in a few words, and whose word it is where it is no homeserver's.
func (x *evidence) inShort(e *flow.Entry) string {
	switch {
	case e.Failure != nil:
		return e.Failure.Message
	case e.Response == nil:
		return "nothing"
	}
	f := response.RefusalOf(e.Response)
	words := strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", f.Status, f.Errcode, f.Message)), " ")
	if s := e.Speaker(); s != response.Homeserver && !response.Succeeds(e.Response) {
		words += ", from " + s.Who(e.Server)
	}
	return words
}

// blame names the finding of an answer that is not the one that was asked for, and that anybody in between may have
// given; empty where there is none.
func blame(e *flow.Entry) string {
	switch {
	case e.Failure != nil:
		return blameFailure(e.Failure)
	case e.Response == nil:
		return ""
	}
	speaker, status := e.Speaker(), e.Response.Status
	switch {
	case status >= 300 && status < 400:
		return "redirect"
	case status == 421:
		return "misdirected"
	case speaker == response.WebServer && response.Succeeds(e.Response):
		return "html-answer"
	case speaker == response.WebServer:
		return "wrong-vhost"
	case speaker == response.CDN && status >= 500:
		return "cdn-timeout"
	case speaker == response.Gateway || speaker == response.CDN:
		return "gateway-error"
	case speaker == response.Homeserver && response.RefusalOf(e.Response).Errcode == "M_UNRECOGNIZED":
		return "endpoint-unrecognised"
	case speaker == response.Homeserver && status == 429:
		return "rate-limited"
	}
	return ""
}

// blameFailure names the finding of an exchange that brought no whole answer over a connection that stood.
func blameFailure(f *client.Failure) string {
	if f.Kind == client.FailedClosed {
		return "connection-closed"
	}
	return ""
}

// object reads the body of an answer as a JSON object.
func object(e *flow.Entry) (event.Object, error) { return event.ReadObject(e.Response.Body) }

func isIPv6(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().Is6()
}

func isPublic(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && client.Public(a.Addr())
}

// lookups returns what the search for the server looked up, in order.
func (x *evidence) lookups(ok func(client.DiscoveryStep) bool) []client.DiscoveryStep {
	if x.search == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(x.search.Discovery.Steps), func(s client.DiscoveryStep) bool { return !ok(s) })
}

// ofKind accepts the steps of a kind of look-up.
func ofKind(kinds ...client.LookupKind) func(client.DiscoveryStep) bool {
	return func(s client.DiscoveryStep) bool { return slices.Contains(kinds, s.Kind) }
}

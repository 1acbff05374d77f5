package homelog

import (
	"strconv"
	"strings"
	"time"

	"doorstep/client"
)

// An exchange is a request that lines of a log tell of, with what became of it.
type exchange struct {
	request client.Request
	names   []string // what its path names
	server  string   // the server that was asked; empty where it is the one whose log it is
	origin  string   // who asked it, where it was that one
	place   int      // number of the line that ended it

	began, ended time.Time
	began0       bool // when it began is told, not worked out
	response     *client.Response
	failure      *client.Failure
	answered     bool // the log tells how it ended
	gap          bool // the log tells nothing of it: it must have been, or it was left out

	asked, said []string // lines on the request, and on the answer
	askedAt     int      // number of the first line on the request
}

// newExchange is a request with that method and target. An endpoint that has nothing to do with a join is empty.
func newExchange(method, target string) *exchange {
	x := &exchange{}
	x.request = client.Request{Method: method, Target: client.MaskTarget(target)}
	x.request.Endpoint, x.names = client.EndpointOf(method, target)
	return x
}

// tell keeps a line on the answer.
func (x *exchange) tell(r *record) {
	if len(x.said) < mostLines {
		x.said = append(x.said, kept(r.raw))
	}
	x.place = r.number
}

// end notes when an exchange ended that took as long as said, in seconds.
func (x *exchange) end(at time.Time, took string) {
	x.ended, x.answered = at, true
	if !x.began0 {
		x.began = at.Add(-seconds(took))
	}
}

// seconds reads a number of seconds; 0 where it is none, or more than a day.
func seconds(s string) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0 && f < 86400) {
		return 0
	}
	return time.Duration(f * float64(time.Second))
}

// answer notes an answer with that status of which nothing else is known.
func (x *exchange) answer(status, reason, said string) {
	n, _ := strconv.Atoi(status)
	if n < 100 || n > 999 {
		x.failure = &client.Failure{Kind: client.FailedClosed, Message: "the log has no status of an answer"}
		return
	}
	x.response = &client.Response{Status: n, Reason: clip(reason), Said: clip(said), Unseen: true}
}

// failures are what homeservers write where no answer came: words of Twisted and of Go.
var failures = []struct {
	word   string
	kind   client.FailureKind
	reason client.Reason
}{
	{"refused", client.FailedConnect, client.ReasonRefused},
	{"no route to host", client.FailedConnect, client.ReasonNoRoute},
	{"norouteerror", client.FailedConnect, client.ReasonNoRoute},
	{"network is unreachable", client.FailedConnect, client.ReasonNoNetwork},
	{"dnslookuperror", client.FailedResolve, ""}, {"no such host", client.FailedResolve, ""},
	{"server misbehaving", client.FailedResolve, ""}, {"no dns", client.FailedResolve, ""},
	{"ip address blocked", client.FailedForbidden, ""}, {"is denied", client.FailedForbidden, ""},
	{"federation denied", client.FailedForbidden, ""},
	{"certificate", client.FailedTLS, client.ReasonCertificate}, {"x509", client.FailedTLS, client.ReasonCertificate},
	{"verificationerror", client.FailedTLS, client.ReasonCertificate},
	{"ssl", client.FailedTLS, ""}, {"tls:", client.FailedTLS, ""},
	{"connecttimeout", client.FailedTimeout, ""}, {"connectingcancelled", client.FailedTimeout, ""},
	{"timeout", client.FailedTimeout, ""}, {"timed out", client.FailedTimeout, ""},
	{"deadline exceeded", client.FailedTimeout, ""},
	{"exceeded max size", client.FailedTooLarge, ""}, {"parse response", client.FailedMalformed, ""},
	{"invalid character", client.FailedMalformed, ""},
}

// partOf is the part of an exchange that a failure struck, where its kind says so.
var partOf = map[client.FailureKind]client.Part{client.FailedResolve: client.PartResolve,
	client.FailedConnect: client.PartConnect, client.FailedTLS: client.PartTLS}

// fail notes that no whole answer came, for a reason in the words of the homeserver.
func (x *exchange) fail(words string) {
	x.failure = &client.Failure{Kind: client.FailedClosed, Message: clip(words)}
	low := strings.ToLower(words)
	for _, known := range failures {
		if strings.Contains(low, known.word) {
			x.failure.Kind, x.failure.Reason, x.failure.Part = known.kind, known.reason, partOf[known.kind]
			return
		}
	}
}

// clip cuts what a log quotes of others.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > 500 {
		return strings.ToValidUTF8(s[:500], "") + "…"
	}
	return s
}

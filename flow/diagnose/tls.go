package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// ownSideCauses are about trust where everybody else seems to be at fault, and it is us.
var ownSideCauses = []Cause{{
	ID:    "own-clock-off",
	Title: "Our own clock is wrong",
	Cause: "Several servers agree on a time that is not ours, or the certificates of all of them seem to be out of " +
		"date. With a wrong clock, good keys and certificates look expired, and what we sign is dated wrongly.",
	Advice:     "Set the clock of the joining server, and have NTP keep it.",
	Apart:      "`date -u` next to any clock you trust, or `curl -sI https://any.host | grep -i date`.",
	Source:     "matrix-org/synapse#11510, matrix-org/matrix-spec#1450",
	Sight:      Suspected,
	rank:       5,
	incidental: true,
	evidence: func(v *view) []int {
		// not where we went on regardless
		stopped := func(e *flow.Entry, t *client.TLS) bool { return e.Failure != nil && v.outOfDate(e, t) }
		if evidence := v.untrusted(stopped); len(v.servers(evidence)) > 1 && len(v.trusted()) == 0 {
			return evidence
		}
		off, _ := v.clocksOff(flow.A3, flow.A5, flow.A7, flow.R)
		if len(v.servers(off)) > 1 && v.agree(off) {
			return off
		}
		return nil
	},
}, {
	ID:    "own-trust-store",
	Title: "No server can be trusted: our own list of authorities is the likely reason",
	Cause: "Servers that have nothing to do with each other all show certificates of authorities that we do not know. " +
		"The list of authorities is old, or missing altogether, as in many containers.",
	Advice: "Install or update the CA certificates of the joining server (package ca-certificates), and mount them " +
		"into the container.",
	Apart: "`curl -sI https://matrix.org` on the joining host, inside the container where there is one: if that fails " +
		"as well, it is our list. If it works, these servers share a private authority: `--ca FILE` trusts it.",
	Source:     "server-server: TLS; matrix-org/synapse#10949, matrix-org/synapse#10976, element-hq/synapse#12253",
	Sight:      Suspected,
	rank:       6,
	incidental: true,
	route:      true,
	waiver:     "--insecure",
	evidence: func(v *view) []int {
		if evidence := v.untrusted(unvouched); len(v.servers(evidence)) > 1 && len(v.trusted()) == 0 {
			return evidence
		}
		return nil
	},
}}

// trustCauses are about certificates, and what else keeps TLS from standing.
var trustCauses = []Cause{{
	ID:    "certificate-expired",
	Title: "A certificate is out of date",
	Cause: "A certificate that the server shows, its own or one in its chain, has expired or is not valid yet. " +
		"Renewal failed, or the server was not told to load the new one.",
	Advice: "The server's administrator has to renew the certificate and have the server, or the proxy in front of it, " +
		"load it.",
	Apart: "If it is so with every server, it is our own clock. It may be one further up the chain: openssl shows " +
		"every certificate that is sent, with its dates.",
	Source:     "server-server: TLS",
	Sight:      Detected,
	commands:   []command{showCertificates},
	incidental: true,
	route:      true,
	waiver:     "--insecure",
	evidence:   func(v *view) []int { return v.untrusted(v.outOfDate) },
}, {
	ID:    "wrong-certificate",
	Title: "The certificate is for another name",
	Cause: "A server without delegation has to show a certificate for the server name; one that a well-known document " +
		"delegates to, for the name in the document; the target of an SRV record never counts. The certificate here is " +
		"for neither. Often it is the one of matrix.NAME, and the document that should lead there is missing.",
	Advice: "Either serve a certificate that is valid for the name asked for, or publish a well-known document that " +
		"names the host the certificate is for.",
	Apart: "The exchange shows the name wanted and the names on the certificate. Where the document cannot be " +
		"fetched, the finding about it comes first. Our own resolver sends us elsewhere: compare `dig NAME @9.9.9.9`.",
	Source: "server-server: Resolving server names; matrix-org/matrix-federation-tester#61, " +
		"spantaleev/matrix-docker-ansible-deploy#421",
	Sight:      Detected,
	rank:       1,
	commands:   []command{showCertificates},
	incidental: true,
	route:      true,
	waiver:     "--insecure",
	evidence: func(v *view) []int {
		return v.untrusted(func(_ *flow.Entry, t *client.TLS) bool { return t.Misnamed() })
	},
}, {
	ID:    "incomplete-chain",
	Title: "The certificate comes without the one that vouches for it",
	Cause: "The server shows nothing but its own certificate, and whoever issued that is not among the authorities we " +
		"know. Between the two there is nearly always an intermediate certificate, which the server has to send along. " +
		"Browsers fetch it by themselves; homeservers do not.",
	Advice:     "The server's administrator has to serve the whole chain: fullchain.pem in place of cert.pem.",
	Apart:      "A private authority without intermediates looks the same. openssl shows what is sent, and who issued it.",
	Source:     "server-server: TLS; matrix-org/synapse#5429, matrix-org/synapse#4764",
	Sight:      Suspected,
	rank:       2,
	commands:   []command{showCertificates},
	incidental: true,
	route:      true,
	waiver:     "--insecure",
	evidence: func(v *view) []int {
		return v.untrusted(func(e *flow.Entry, t *client.TLS) bool {
			return unvouched(e, t) && len(t.Certificates) == 1 && t.Certificates[0].Issuer != t.Certificates[0].Subject
		})
	},
}, {
	ID:    "untrusted-authority",
	Title: "The certificate leads to no authority that we trust",
	Cause: "It signed itself, or a private authority issued it. The federation asks for certificates of authorities " +
		"that everybody trusts.",
	Advice: "The server's administrator needs a certificate of a public authority; they cost nothing. In a closed " +
		"federation, give the authority's certificate to every server; here, `--ca FILE`.",
	Apart:      "If several servers that have nothing in common look like this, it is our own list of authorities.",
	Source:     "server-server: TLS",
	Sight:      Detected,
	rank:       3,
	commands:   []command{showCertificates},
	incidental: true,
	route:      true,
	waiver:     "--insecure",
	evidence:   func(v *view) []int { return v.untrusted(unvouched) },
}, {
	ID:    "no-tls",
	Title: "The server does not speak TLS on this port",
	Cause: "Something answers, in plain text. The listener was set up without TLS, or the port is the one that the " +
		"proxy should be in front of.",
	Advice: "The server's administrator has to turn on TLS for the federation port, or put a proxy that has it in " +
		"front, or delegate to one.",
	Apart:      "Asked in plain text, it answers.",
	Source:     "server-server: TLS",
	Sight:      Detected,
	rank:       4,
	commands:   []command{askInPlainText},
	incidental: true,
	route:      true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return e.Failure != nil && e.Failure.Reason == client.ReasonNotTLS
		}, arrows...)
	},
}, {
	ID:    "tls-handshake-failed",
	Title: "The two sides cannot agree on TLS",
	Cause: "Something answers and speaks TLS, and the handshake ends before a certificate is judged: no version or " +
		"cipher in common, a client certificate asked for, or the connection cut. TLS 1.2 is the least that the " +
		"federation and we speak.",
	Advice: "The server's administrator has to have the federation port offer TLS 1.2 or 1.3 to everybody, without a " +
		"certificate of the caller.",
	Apart: "The alert says which it is: protocol_version, handshake_failure, certificate_required. Without an alert " +
		"something in between may have cut the connection: try from another network.",
	Source:     "server-server: TLS; RFC 8446: Error alerts",
	Sight:      Detected,
	rank:       5,
	commands:   []command{showCertificates},
	incidental: true,
	route:      true,
	evidence:   func(v *view) []int { return v.at(disagreesOnTLS, arrows...) },
	detail: func(v *view) string {
		var out []string
		for _, seq := range v.at(disagreesOnTLS, arrows...) {
			e := v.trace.Entry(seq)
			words := fmt.Sprintf("%s: %s.", e.Server, e.Failure.Message)
			if e.Failure.Alert != "" {
				words = fmt.Sprintf("%s: TLS alert %s.", e.Server, e.Failure.Alert)
			}
			if !slices.Contains(out, words) {
				out = append(out, words)
			}
		}
		return strings.Join(out, " ")
	},
}}

// disagreesOnTLS accepts exchanges whose TLS handshake failed for another reason than the certificate, the name or
// the want of TLS, which have causes of their own.
func disagreesOnTLS(e *flow.Entry) bool {
	if e.Failure == nil || e.Failure.Kind != client.FailedTLS {
		return false
	}
	f := e.Failure
	return f.Reason == "" && f.Alert != client.AlertUnrecognizedName
}

// clockCauses are about the clocks of others.
var clockCauses = []Cause{{
	ID:    "clock-off",
	Title: "The clocks of the two servers differ",
	Cause: "The Date of its answers is more than a minute away from our time. Keys and certificates are good for a " +
		"time, and events carry one: beyond an hour, either side may take good ones for expired.",
	Advice:     "Have NTP set the clock that is wrong: theirs, if other servers agree with ours.",
	Apart:      "`date -u` here, and `curl -sI https://any.host | grep -i date`.",
	Source:     "matrix-org/synapse#11510, matrix-org/matrix-spec#1450",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		all, right := v.clocksOff(arrows...)
		if everywhere, _ := v.clocksOff(flow.A3, flow.A5, flow.A7, flow.R); len(right) == 0 &&
			len(v.servers(everywhere)) > 1 && v.agree(everywhere) {
			return nil // then it is ours
		}
		return all
	},
}}

// clocksOff returns the answers at those steps whose Date is off by more than clockSlack, and those whose Date is
// right. A refusal other than 401 is about something else than time, whatever the clock of who gives it.
func (v *view) clocksOff(steps ...flow.StepID) (off, right []int) {
	for _, seq := range v.at(func(e *flow.Entry) bool {
		return e.Response != nil && response.Header(e.Response.Header,
			"Date") != ""
	}, steps...) {
		e := v.trace.Entry(seq)
		switch {
		case v.clockOff(e).Abs() <= clockSlack:
			right = append(right, seq)
		case response.Succeeds(e.Response) || e.Response.Status == 401:
			off = append(off, seq)
		}
	}
	return off, right
}

// agree reports whether those answers, and all others that show a time, are off by the same, give or take a minute.
func (v *view) agree(off []int) bool {
	if _, right := v.clocksOff(flow.A3, flow.A5, flow.A7, flow.R); len(right) > 0 {
		return false
	}
	least := slices.MinFunc(off, func(a, b int) int {
		return cmp.Compare(v.clockOff(v.trace.Entry(a)), v.clockOff(v.trace.Entry(b)))
	})
	return !slices.ContainsFunc(off, func(seq int) bool {
		return v.clockOff(v.trace.Entry(seq))-v.clockOff(v.trace.Entry(least)) > clockSlack
	})
}

// trusted returns the answers of the handshake whose certificates verified.
func (v *view) trusted() []int {
	return v.at(func(e *flow.Entry) bool {
		t := tlsOf(e)
		return t != nil && len(t.Faults) == 0 && len(t.Certificates) > 0
	}, arrows...)
}

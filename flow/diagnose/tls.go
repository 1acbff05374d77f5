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
	ID:         "own-clock-off",
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
	ID:         "own-trust-store",
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
	ID:         "certificate-expired",
	Sight:      Detected,
	commands:   []command{showCertificates},
	incidental: true,
	route:      true,
	waiver:     "--insecure",
	evidence:   func(v *view) []int { return v.untrusted(v.outOfDate) },
}, {
	ID:         "wrong-certificate",
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
	ID:         "incomplete-chain",
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
	ID:         "untrusted-authority",
	Sight:      Detected,
	rank:       3,
	commands:   []command{showCertificates},
	incidental: true,
	route:      true,
	waiver:     "--insecure",
	evidence:   func(v *view) []int { return v.untrusted(unvouched) },
}, {
	ID:         "no-tls",
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
	ID:         "tls-handshake-failed",
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
	ID:         "clock-off",
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
		return t != nil && !t.Unchecked && len(t.Faults) == 0 && len(t.Certificates) > 0
	}, arrows...)
}

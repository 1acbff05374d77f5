package inspect

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/wording"
)

const (
	fewDays   = 14 // a certificate that is good for less is worth a warning
	certDay   = "2006-01-02"
	notAsked  = "there is no answer to it"
	oneDay    = 24 * time.Hour
	namesMost = 4 // of a certificate, in a sentence
)

// connectionRows are the rows about the way from an address to an answer. What the first exchange showed decides.
func (x *evidence) connectionRows(d client.Destination) []Row {
	e := x.answer(d.Address, client.KeysRequest())
	rows := []Row{x.connects(d, e), x.spokenTLS(e), x.certificateName(e), x.certificateDates(e), x.certificateChain(e),
		x.http(e)}
	for i := range rows {
		rows[i].Address = d.Address
		if e != nil {
			rows[i] = rows[i].on(e.Seq)
		}
	}
	return rows
}

// unreached says why nothing was seen behind an address; empty where a connection stood.
func (x *evidence) unreached(e *flow.Entry) string {
	switch {
	case e == nil:
		return x.whyUnasked()
	case gaveUp(e):
		return "the check was ended"
	case e.Failure != nil && e.Failure.Kind == client.FailedForbidden:
		return "the address is not public, and only public ones are asked: --allow-private"
	case noConnection(e):
		return "no connection was made"
	}
	return ""
}

// whyUnasked says why there is no answer to something.
func (x *evidence) whyUnasked() string {
	switch {
	case x.interrupts != nil:
		return "the check was ended"
	case x.timeUp:
		return "the time for the check was up"
	}
	return notAsked
}

func (x *evidence) connects(d client.Destination, e *flow.Entry) Row {
	r := Row{Kind: Connects}
	switch why := x.unreached(e); {
	case why == "":
		return r.pass("in " + milliseconds(e.Connection.Timings.Connect))
	case e == nil || !noConnection(e):
		return r.open(why)
	}
	f := e.Failure
	r.timeout = timedOut(e)
	noIPv6 := isIPv6(d.Address) && f.Reason == client.ReasonNoNetwork
	switch {
	case noIPv6 && x.alive():
		return r.open("there is no IPv6 here: " + f.Message)
	case noIPv6:
		return r.fail("ipv6-only", "there is no IPv6 here: "+f.Message)
	case x.alive():
		return r.fail("dead-address", f.Message)
	}
	return r.fail("port-closed", f.Message)
}

// alive reports whether some address of the server took a connection.
func (x *evidence) alive() bool {
	return slices.ContainsFunc(x.own, func(d client.Destination) bool {
		e := x.answer(d.Address, client.KeysRequest())
		return e != nil && x.unreached(e) == ""
	})
}

// secure returns what TLS showed; nil where it showed nothing, and then why.
func (x *evidence) secure(e *flow.Entry) (*client.TLS, string) {
	if why := x.unreached(e); why != "" {
		return nil, why
	}
	if e.Connection.TLS == nil || len(e.Connection.TLS.Certificates) == 0 {
		return nil, "no TLS connection stood"
	}
	return e.Connection.TLS, ""
}

func (x *evidence) spokenTLS(e *flow.Entry) Row {
	r := Row{Kind: TLS}
	if t, _ := x.secure(e); t != nil {
		words := t.Version + ", " + t.CipherSuite
		if weak(t.CipherSuite) {
			return r.warn("", words+": a cipher without forward secrecy, or one that is known to be weak")
		}
		return r.pass(words)
	}
	if why := x.unreached(e); why != "" {
		return r.open(why)
	}
	f := e.Failure
	if f == nil {
		return r.open("nothing is known of TLS")
	}
	r.timeout = timedOut(e)
	switch {
	case f.Reason == client.ReasonNotTLS:
		return r.fail("no-tls", f.Message)
	case f.Alert == client.AlertUnrecognizedName:
		return r.fail("misdirected", f.Message)
	}
	return r.fail("tls-handshake-failed", f.Message)
}

// weak reports whether a cipher suite is one that Go calls insecure, or that has no forward secrecy.
func weak(suite string) bool {
	return strings.HasPrefix(suite, "TLS_RSA_") ||
		slices.ContainsFunc(tls.InsecureCipherSuites(), func(s *tls.CipherSuite) bool { return s.Name == suite })
}

func faulty(t *client.TLS, any ...client.CertificateFault) bool {
	return slices.ContainsFunc(t.Faults, func(f client.CertificateFault) bool { return slices.Contains(any, f) })
}

func (x *evidence) certificateName(e *flow.Entry) Row {
	r := Row{Kind: CertificateName}
	t, why := x.secure(e)
	if t == nil {
		return r.open(why)
	}
	names := t.Certificates[0].Names
	if faulty(t, client.CertificateWrongName) {
		valid := "no name at all"
		if len(names) > 0 {
			valid = fewNames(names)
		}
		return r.fail("wrong-certificate", fmt.Sprintf("for %s, not for %s", valid, t.VerifyName))
	}
	return r.pass(fmt.Sprintf("for %s: %s", t.VerifyName, fewNames(names)))
}

func fewNames(names []string) string {
	out := wording.List(names[:min(len(names), namesMost)])
	if more := len(names) - namesMost; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

func (x *evidence) certificateDates(e *flow.Entry) Row {
	r := Row{Kind: CertificateDates}
	t, why := x.secure(e)
	if t == nil {
		return r.open(why)
	}
	now := x.trace.Header.Created.Add(e.At)
	leaf := t.Certificates[0]
	switch {
	case faulty(t, client.CertificateExpired, client.CertificateNotYet), now.After(leaf.NotAfter),
		now.Before(leaf.NotBefore):
		return r.fail("certificate-expired", dateFault(t, now))
	}
	left := leaf.NotAfter.Sub(now)
	words := fmt.Sprintf("until %s, %s left", leaf.NotAfter.UTC().Format(certDay), lasting(left))
	if left < fewDays*oneDay {
		return r.warn("", words)
	}
	return r.pass(words)
}

// dateFault says which certificate of a chain is out of date.
func dateFault(t *client.TLS, now time.Time) string {
	for i, c := range t.Certificates {
		whose := ""
		if i > 0 {
			whose = wording.Name(c.Subject) + " in its chain "
		}
		switch {
		case now.After(c.NotAfter):
			return whose + "expired on " + c.NotAfter.UTC().Format(certDay)
		case now.Before(c.NotBefore):
			return whose + "is not valid before " + c.NotBefore.UTC().Format(certDay)
		}
	}
	return t.VerifyError
}

func (x *evidence) certificateChain(e *flow.Entry) Row {
	r := Row{Kind: CertificateChain}
	t, why := x.secure(e)
	if t == nil {
		return r.open(why)
	}
	leaf, n := t.Certificates[0], len(t.Certificates)
	switch {
	case faulty(t, client.CertificateSelfSigned):
		return r.fail("untrusted-authority", "it is signed by itself")
	case faulty(t, client.CertificateUnknownRoot) && n == 1:
		return r.fail("incomplete-chain", fmt.Sprintf("signed by %s, which is neither served nor known",
			wording.Name(leaf.Issuer)))
	case faulty(t, client.CertificateUnknownRoot):
		return r.fail("untrusted-authority", fmt.Sprintf("it leads to %s, which is not known",
			wording.Name(t.Certificates[n-1].Issuer)))
	case faulty(t, client.CertificateOther, client.CertificateNone):
		return r.fail("untrusted-authority", t.VerifyError)
	case faulty(t, client.CertificateExpired, client.CertificateNotYet):
		return r.open("not looked at: the dates do not hold")
	}
	return r.pass(fmt.Sprintf("%s served, issued by %s", wording.Count(n, "certificate"), wording.Name(leaf.Issuer)))
}

func (x *evidence) http(e *flow.Entry) Row {
	r := Row{Kind: HTTP}
	t, why := x.secure(e)
	switch {
	case t == nil:
		return r.open(why)
	case e.Response == nil && e.Failure != nil && e.Failure.Kind == client.FailedMalformed:
		return r.fail("", e.Failure.Message)
	case e.Response == nil:
		return r.open("no answer began")
	case t.ALPN == "":
		return r.pass("answers in HTTP/1.1, and chose no protocol by ALPN")
	}
	return r.pass("answers in HTTP/1.1, and chose " + t.ALPN + " by ALPN")
}

// milliseconds gives a time that something took.
func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", flow.Milliseconds(d))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

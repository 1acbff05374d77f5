package redact

import (
	"encoding/hex"
	"strings"

	"doorstep/client"
	"doorstep/flow"
)

func (r *redactor) failure(f *client.Failure) *client.Failure {
	if f == nil {
		return nil
	}
	return &client.Failure{Kind: client.FailureKind(r.word(string(f.Kind))), Message: r.text(f.Message),
		Part: client.Part(r.fact(string(f.Part))), Reason: client.Reason(r.word(string(f.Reason))),
		Alert: client.Alert(r.word(string(f.Alert)))}
}

func (r *redactor) connection(c *client.Connection) *client.Connection {
	if c == nil {
		return nil
	}
	out := &client.Connection{Address: r.names.endpoint(c.Address), Timings: c.Timings}
	out.Unreached = each(c.Unreached, func(u client.Unreached) client.Unreached {
		return client.Unreached{Address: r.names.endpoint(u.Address), Failure: *r.failure(&u.Failure)}
	})
	if t := c.TLS; t != nil {
		out.TLS = &client.TLS{Version: r.tlsVersion(t.Version), CipherSuite: r.word(t.CipherSuite), ALPN: r.word(t.ALPN),
			ServerName: r.server(t.ServerName), VerifyName: r.server(t.VerifyName),
			Certificates: each(t.Certificates, r.certificate), Unchecked: t.Unchecked}
		out.TLS.VerifyError = r.text(t.VerifyError)
		out.TLS.Faults = each(t.Faults, func(f client.CertificateFault) client.CertificateFault {
			return client.CertificateFault(r.word(string(f)))
		})
	}
	return out
}

// tlsVersions are the versions of TLS as crypto/tls names them.
var tlsVersions = lazily(`^TLS 1\.[0-9]$`)

func (r *redactor) tlsVersion(s string) string {
	if tlsVersions().MatchString(s) {
		return s
	}
	return r.word(s)
}

func (r *redactor) certificate(c client.Certificate) client.Certificate {
	c.Names = each(c.Names, r.server)
	c.Subject, c.Issuer = r.distinguished(c.Subject), r.distinguished(c.Issuer)
	c.SHA256 = r.fingerprint(c.SHA256)
	return c
}

// distinguished returns a distinguished name: of it, the host that it is for stays, as a pseudonym; any other name is
// but told from the others.
func (r *redactor) distinguished(name string) string {
	if name == "" {
		return ""
	}
	common, only := strings.CutPrefix(name, "CN=")
	if only && !strings.ContainsAny(common, ", =+\\\"") && (r.names.isHost(hostIn(common)) || isEndpoint(common)) {
		return "CN=" + r.server(common)
	}
	return "CN=" + r.names.named(flow.RemovedCertificates, "name "+name, func(n int) string {
		return "redacted " + sequence(n)
	})
}

// fingerprint returns a fingerprint in hexadecimal.
func (r *redactor) fingerprint(s string) string {
	if s == "" {
		return ""
	}
	return r.names.named(flow.RemovedCertificates, s, func(n int) string {
		return hex.EncodeToString(sizedText(flow.RemovedCertificates, n, max(1, len(s)/2)))
	})
}

// sequence is a number with as many digits as sort well.
func sequence(n int) string {
	const digits = "0123456789"
	out := ""
	for range 4 {
		out = string(digits[n%10]) + out
		n /= 10
	}
	if n > 0 {
		return sequence(n) + out
	}
	return out
}

func (r *redactor) discovery(d *client.Discovery) *client.Discovery {
	if d == nil {
		return nil
	}
	return &client.Discovery{Server: r.server(d.Server), Took: d.Took, Failure: r.failure(d.Failure),
		Steps: each(d.Steps, r.lookUp),
		Destinations: each(d.Destinations, func(to client.Destination) client.Destination {
			return client.Destination{Server: r.server(to.Server), Address: r.names.endpoint(to.Address),
				Host: r.server(to.Host), SNI: r.server(to.SNI), VerifyName: r.server(to.VerifyName)}
		})}
}

// lookUp returns a step of a discovery. Its two sentences follow from the facts, and are read where the first
// recordings have no others: what stays of them is as much as of any text.
func (r *redactor) lookUp(s client.DiscoveryStep) client.DiscoveryStep {
	l := &s.Lookup
	l.Kind, l.End = client.LookupKind(r.fact(string(l.Kind))), client.LookupEnd(r.word(string(l.End)))
	l.Name, l.From = r.lookedUp(l.Name), r.names.endpoint(l.From)
	l.Addresses, l.Aliases = each(l.Addresses, r.names.endpoint), each(l.Aliases, r.server)
	l.Targets = each(l.Targets, func(t client.SRVTarget) client.SRVTarget {
		t.Host, t.Fault = r.server(t.Host), client.TargetFault(r.word(string(t.Fault)))
		return t
	})
	l.Trouble, l.StatusText = r.text(l.Trouble), r.text(l.StatusText)
	l.Delegate, l.Claim = r.server(l.Delegate), r.text(l.Claim)
	l.LifeSource, l.Fault = client.LifeSource(r.word(string(l.LifeSource))), client.DocumentFault(r.word(string(l.Fault)))
	l.Location, l.Failure = r.location(l.Location), r.failure(l.Failure)
	s.Rule, s.Action, s.Result = client.Rule(r.word(string(s.Rule))), r.text(s.Action), r.text(s.Result)
	return s
}

// lookedUp returns a name that was looked up, or a URL that was fetched.
func (r *redactor) lookedUp(name string) string {
	if strings.Contains(name, "://") {
		return r.url(name)
	}
	return r.server(name)
}

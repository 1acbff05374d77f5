package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// A search is the resolution of one server name that the handshake had to reach.
type search struct {
	*client.Discovery
	seq    int
	failed []int // answers of that server that were none, or not a homeserver's
}

// searches returns the searches for directory and resident servers, in order.
func (v *view) searches() []search {
	failed := map[string][]int{}
	astray := func(e *flow.Entry) bool {
		return noAnswer(e) || e.Response.Status >= 300 && e.Speaker() != response.Homeserver
	}
	for _, seq := range v.at(astray, arrows...) {
		server := v.trace.Entry(seq).Server
		failed[server] = append(failed[server], seq)
	}
	var out []search
	for _, e := range v.sought {
		if e.To == flow.Directory || e.To == flow.Resident {
			out = append(out, search{e.Discovery, e.Seq, failed[e.Server]})
		}
	}
	return out
}

// found returns every search that ok accepts, with the failures of the servers searched for.
func (v *view) found(ok func(search) bool) []int {
	var out []int
	told := map[string]bool{}
	for _, s := range v.searches() {
		if !ok(s) {
			continue
		}
		if out = append(out, s.seq); !told[s.Server] {
			told[s.Server] = true
			out = append(out, s.failed...)
		}
	}
	return out
}

// lookedUp reports for every server that was searched for whether its name was looked up. A pin says nothing of where a
// name leads.
func (v *view) lookedUp() map[string]bool {
	out := map[string]bool{}
	for _, e := range v.sought {
		out[e.Discovery.Server] = !(search{Discovery: e.Discovery}).pinned()
	}
	return out
}

// failedAt reports whether the join, or an attempt with one of the candidates, failed at one of those entries.
func (v *view) failedAt(evidence []int) bool {
	at := map[int]bool{v.Stopped.Seq: true}
	for _, c := range v.Candidates {
		at[c.Answer] = at[c.Answer] || c.Why != ""
	}
	return slices.ContainsFunc(evidence, func(seq int) bool { return at[seq] })
}

// facts returns what the search looked up, in order.
func (s search) facts() []client.Lookup {
	out := make([]client.Lookup, len(s.Steps))
	for i, st := range s.Steps {
		out[i] = st.Lookup
	}
	return out
}

// pinned reports whether the name was not looked up at all: somebody said where it leads.
func (s search) pinned() bool {
	return slices.ContainsFunc(s.facts(), func(l client.Lookup) bool {
		return l.Kind == client.LookupPin || l.Kind == client.LookupSandbox
	})
}

// lookup reports whether ok accepts one of the look-ups of those kinds.
func (s search) lookup(ok func(client.Lookup) bool, kinds ...client.LookupKind) bool {
	return slices.ContainsFunc(s.facts(), func(l client.Lookup) bool { return slices.Contains(kinds, l.Kind) && ok(l) })
}

// absent reports whether a look-up says that there is no such name, or no record of the type.
func absent(l client.Lookup) bool { return l.End == client.EndNoName || l.End == client.EndNoRecord }

// unanswered reports whether a look-up left open whether there is a record: name servers failed or kept silent.
func unanswered(l client.Lookup) bool {
	return l.End == client.EndUnknown || l.End == client.EndTimeout
}

// A document is what one address served for a well-known document, or why it served none.
type document struct {
	client.Lookup
	used bool
}

// documents returns what the search for a well-known document brought, from each address asked.
func (s search) documents() []document {
	var out []document
	for i, l := range s.facts() {
		if l.Kind == client.LookupWellKnown && l.From != "" {
			out = append(out, document{l, s.Steps[i].Used})
		}
	}
	return out
}

// delegation returns the document that decided where the server is; false when none did.
func (s search) delegation() (document, bool) {
	all := s.documents()
	i := slices.IndexFunc(all, func(d document) bool { return d.used && d.Delegate != "" })
	if i < 0 {
		return document{}, false
	}
	return all[i], true
}

// unusable reports whether a document is there, or may be, and cannot be used: then nobody knows whether the server
// delegates. That there is none is what 404 says, and a host that has no web server.
func (d document) unusable() bool {
	switch d.End {
	case client.EndStatus:
		return d.Status != 404
	case client.EndTimeout:
		return d.Failure == nil || d.Failure.Part != client.PartConnect
	case client.EndRedirect:
		return !d.used
	case client.EndUnreadable, client.EndCertificate, client.EndTLS, client.EndCut:
		return true
	}
	return false
}

// noNetwork reports whether this host knows no way to an address at all, as one without IPv6 says of such.
func noNetwork(f client.Failure) bool { return f.Reason == client.ReasonNoNetwork }

// noRoute reports whether there is no way to an address, because there is no network, or no host.
func noRoute(f client.Failure) bool {
	return noNetwork(f) || f.Reason == client.ReasonNoRoute
}

// attempts returns the addresses of its server that were tried for an answer, the last one last: there the request was
// sent, if anywhere.
func attempts(e *flow.Entry) []client.Unreached {
	if e.Connection == nil {
		return nil
	}
	last := client.Unreached{Address: e.Connection.Address}
	if e.Failure != nil {
		last.Failure = *e.Failure
	}
	return append(slices.Clone(e.Connection.Unreached), last)
}

// ipv6 reports whether an address with a port is of IPv6.
func ipv6(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().Is6()
}

// noConnection accepts failures to get a connection.
func noConnection(f *client.Failure) bool {
	return f != nil && (f.Kind == client.FailedConnect || f.Kind == client.FailedTimeout && f.Part == client.PartConnect)
}

// untrusted returns answers of the handshake whose certificates did not verify and that ok accepts, by Seq.
func (v *view) untrusted(ok func(e *flow.Entry, t *client.TLS) bool) []int {
	return v.at(func(e *flow.Entry) bool {
		t := tlsOf(e)
		return t != nil && len(t.Faults) > 0 && len(t.Certificates) > 0 && ok(e, t)
	}, arrows...)
}

// tlsOf returns what the TLS handshake of an exchange showed; nil when it showed nothing.
func tlsOf(e *flow.Entry) *client.TLS {
	if e.Connection == nil {
		return nil
	}
	return e.Connection.TLS
}

// outOfDate reports whether a certificate of the chain was not valid when e was made, and the chain was refused for it.
func (v *view) outOfDate(e *flow.Entry, t *client.TLS) bool {
	now := v.Header.Created.Add(e.At)
	return faulty(t, client.CertificateExpired, client.CertificateNotYet) &&
		slices.ContainsFunc(t.Certificates, func(c client.Certificate) bool {
			return now.After(c.NotAfter) ||
				now.Before(c.NotBefore)
		})
}

// unvouched reports whether the chain ends at nobody we trust.
func unvouched(_ *flow.Entry, t *client.TLS) bool {
	return faulty(t, client.CertificateUnknownRoot, client.CertificateSelfSigned)
}

// faulty reports whether the certificates have one of those faults.
func faulty(t *client.TLS, any ...client.CertificateFault) bool {
	return slices.ContainsFunc(t.Faults, func(f client.CertificateFault) bool { return slices.Contains(any, f) })
}

// servers returns the servers that gave those answers, each once.
func (v *view) servers(seqs []int) []string {
	var out []string
	seen := map[string]bool{}
	for _, seq := range seqs {
		if e := v.trace.Entry(seq); e != nil && !seen[e.Server] {
			seen[e.Server] = true
			out = append(out, e.Server)
		}
	}
	return out
}

// clockOff is how far the clock of the server that gave an answer is ahead of ours, as far as its Date field shows;
// zero when it lies within the time the exchange took.
func (v *view) clockOff(e *flow.Entry) time.Duration {
	if e.Response == nil {
		return 0
	}
	date, err := time.Parse(time.RFC1123, response.Header(e.Response.Header, "Date"))
	if err != nil {
		return 0
	}
	end := v.Header.Created.Add(e.At)
	switch begin := end.Add(-e.Took); {
	case date.Before(begin):
		return date.Sub(begin)
	case date.After(end):
		return date.Sub(end)
	}
	return 0
}

// clockSlack is how far a clock may be off without being remarked upon.
const clockSlack = time.Minute

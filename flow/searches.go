package flow

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
)

// arrows are the answers of the handshake itself. Other servers' key documents are asked for besides, often of servers
// long gone: what becomes of that says nothing about this join.
var arrows = []StepID{A3, A5, A7}

// A search is the resolution of one server name that the handshake had to reach.
type search struct {
	*client.Discovery
	seq    int
	failed []int // answers of that server that were none
}

// searches returns the searches for directory and resident servers, in order.
func (v *view) searches() []search {
	failed := map[string][]int{}
	for _, seq := range v.at(noAnswer, arrows...) {
		server := v.trace.Entry(seq).Server
		failed[server] = append(failed[server], seq)
	}
	var out []search
	for i := range v.trace.Entries {
		e := &v.trace.Entries[i]
		if e.Discovery != nil && (e.To == Directory || e.To == Resident) {
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
	for i := range v.trace.Entries {
		if d := v.trace.Entries[i].Discovery; d != nil {
			out[d.Server] = !(search{Discovery: d}).pinned()
		}
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

// pinned reports whether the name was not looked up at all: somebody said where it leads.
func (s search) pinned() bool {
	return slices.ContainsFunc(s.Steps, func(st client.DiscoveryStep) bool {
		return st.Rule == "pinned" || strings.HasPrefix(st.Action, "pin of ")
	})
}

// lookup reports whether one of the look-ups of that type (A, AAAA or SRV) gave a result that ok accepts.
func (s search) lookup(ok func(name, result string) bool, types ...string) bool {
	return slices.ContainsFunc(s.Steps, func(st client.DiscoveryStep) bool {
		qtype, name, _ := strings.Cut(st.Action, " ")
		return slices.Contains(types, qtype) && ok(name, st.Result)
	})
}

// unanswered reports whether a look-up left open whether there is a record: name servers failed or kept silent.
func unanswered(_, result string) bool {
	return strings.HasSuffix(result, ": not known whether there is a record")
}

// lastWord is what a look-up ended with, after any aliases on the way.
func lastWord(result string) string { return result[strings.LastIndex(result, ", ")+1:] }

// absent reports whether a look-up says that there is no such name, or no record of the type.
func absent(result string) bool {
	word := strings.TrimSpace(lastWord(result))
	return word == "NXDOMAIN" || strings.HasPrefix(word, "no ") && strings.HasSuffix(word, " record")
}

// broken reports whether a look-up of addresses found out nothing at all.
func broken(_, result string) bool {
	word := strings.TrimSpace(lastWord(result))
	_, err := netip.ParseAddr(strings.TrimSuffix(word, " (not public)"))
	return err != nil && !absent(result)
}

var srvRecord = regexp.MustCompile(`(?:^|, )\d+ \d+ (\d+) (\S*)\.(?:, |$)`)

// srvTargets reads host:port out of the result of an SRV look-up.
func srvTargets(result string) []string {
	var out []string
	for len(result) > 0 {
		m := srvRecord.FindStringSubmatchIndex(result)
		if m == nil {
			break
		}
		out = append(out, net.JoinHostPort(strings.ToLower(result[m[4]:m[5]]), result[m[2]:m[3]]))
		result = result[m[5]+1:]
	}
	return out
}

// A wellKnown is a well-known document as one address served it.
type wellKnown struct {
	url, from string
	used      bool
	result    string
	delegates string        // its m.server; empty when it delegates to nobody
	life      time.Duration // for how long it may be kept
}

var (
	wellKnownFetch  = regexp.MustCompile(`^GET (https://\S+) from (\S+)$`)
	wellKnownResult = regexp.MustCompile(`^200, m\.server ("[^"]*"), good for (\d{1,9}) (h|min|s) \(`)
)

// documents returns what the search for a well-known document brought, from each address asked.
func (s search) documents() []wellKnown {
	var out []wellKnown
	for _, st := range s.Steps {
		m := wellKnownFetch.FindStringSubmatch(st.Action)
		if m == nil || st.Rule != "3" {
			continue
		}
		d := wellKnown{url: m[1], from: m[2], used: st.Used, result: st.Result}
		if r := wellKnownResult.FindStringSubmatch(st.Result); r != nil {
			d.delegates, _ = strconv.Unquote(r[1])
			n, _ := strconv.Atoi(r[2])
			d.life = time.Duration(n) * map[string]time.Duration{"h": time.Hour, "min": time.Minute, "s": time.Second}[r[3]]
		}
		out = append(out, d)
	}
	return out
}

// delegation returns the document that decided where the server is; false when none did.
func (s search) delegation() (wellKnown, bool) {
	all := s.documents()
	i := slices.IndexFunc(all, func(d wellKnown) bool { return d.used && d.delegates != "" })
	if i < 0 {
		return wellKnown{}, false
	}
	return all[i], true
}

// noNetwork accepts the words for this host knowing no way to an address at all, as one without IPv6 says of such.
func noNetwork(message string) bool {
	return says(message, "network is unreachable", "unreachable network", "cannot assign requested address",
		"not valid in its context", "address family not supported")
}

// noRoute accepts the words for there being no way to an address, be it for want of a network or of a host.
func noRoute(message string) bool {
	return noNetwork(message) || says(message, "unreachable", "no route", "host is down")
}

// attempts returns the addresses of its server that were tried for an answer, the last one last: there the request was
// sent, if anywhere.
func attempts(e *Entry) []client.Unreached {
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
	return f != nil && (f.Kind == client.FailedConnect || f.Kind == client.FailedTimeout && strings.HasSuffix(f.Message, "connecting"))
}

// untrusted returns answers of the handshake whose certificates did not verify and that ok accepts, by Seq.
func (v *view) untrusted(ok func(e *Entry, t *client.TLS) bool) []int {
	return v.at(func(e *Entry) bool {
		t := tlsOf(e)
		return t != nil && t.VerifyError != "" && len(t.Certificates) > 0 && ok(e, t)
	}, arrows...)
}

// tlsOf returns what the TLS handshake of an exchange showed; nil when it showed nothing.
func tlsOf(e *Entry) *client.TLS {
	if e.Connection == nil {
		return nil
	}
	return e.Connection.TLS
}

// misnamed reports whether the certificate is not for the name it has to be for.
func misnamed(t *client.TLS) bool {
	leaf := &x509.Certificate{}
	for _, name := range t.Certificates[0].Names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	return leaf.VerifyHostname(t.VerifyName) != nil
}

// outOfDate reports whether a certificate of the chain was not valid when e was made, and the chain was refused for it.
func (v *view) outOfDate(e *Entry, t *client.TLS) bool {
	now := v.Header.Created.Add(e.At)
	return says(t.VerifyError, "expired on", "not valid before") &&
		slices.ContainsFunc(t.Certificates, func(c client.Certificate) bool { return now.After(c.NotAfter) || now.Before(c.NotBefore) })
}

// unvouched reports whether the chain ends at nobody we trust.
func unvouched(_ *Entry, t *client.TLS) bool {
	return says(t.VerifyError, "unknown authority", "self-signed")
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

// html reports whether a body is a web page, or says that it is.
func html(r *client.Response) bool {
	return strings.HasPrefix(strings.ToLower(header(r.Header, "Content-Type")), "text/html") || bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<"))
}

// homeserverSays reports whether a body is a JSON object, as every answer of a homeserver is, errors too; or the list of
// the first form.
func homeserverSays(r *client.Response) bool {
	b := bytes.TrimSpace(r.Body)
	return (bytes.HasPrefix(b, []byte("{")) || bytes.HasPrefix(b, []byte("["))) && json.Valid(b)
}

// cdn reports whether a content delivery network signed the answer.
func cdn(r *client.Response) bool {
	return header(r.Header, "CF-RAY") != "" || header(r.Header, "X-Amz-Cf-Id") != "" ||
		says(header(r.Header, "Server"), "cloudflare", "cloudfront", "akamai", "fastly") ||
		says(header(r.Header, "X-Served-By"), "cache-")
}

// clockOff is how far the clock of the server that gave an answer is ahead of ours, as far as its Date field shows; zero
// when it lies within the time the exchange took.
func (v *view) clockOff(e *Entry) time.Duration {
	if e.Response == nil {
		return 0
	}
	date, err := time.Parse(time.RFC1123, header(e.Response.Header, "Date"))
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

// documentName returns the server that a key document says it is of; false when it cannot be read.
func documentName(doc []byte) (name string, ok bool) {
	members, err := event.Members(doc)
	if err != nil {
		return "", false
	}
	for _, m := range members {
		if m.Key == "server_name" {
			name, ok = event.String(m.Value)
		}
	}
	return name, ok
}

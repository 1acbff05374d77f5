package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	wellKnownPath = "/.well-known/matrix/server"
	maxRedirects  = 10
	wellKnownTime = 10 * time.Second // for fetching a document from one address

	wellKnownLife    = 24 * time.Hour // of a document without cache headers
	maxWellKnownLife = 48 * time.Hour
)

// wellKnown fetches the well-known document of host, step by step, and gives the server name it delegates to. Whatever
// is wrong with the document means the same: there is no delegation.
// Spec: server-server, GET /.well-known/matrix/server.
func (x *resolution) wellKnown(host string) (ServerName, bool) {
	first := len(x.d.Steps)
	n, ok := x.followWellKnown(&url.URL{Scheme: "https", Host: host, Path: wellKnownPath})
	if !ok {
		for i := range x.d.Steps[first:] {
			x.d.Steps[first+i].Used = false
		}
	}
	return n, ok
}

func (x *resolution) followWellKnown(u *url.URL) (ServerName, bool) {
	var seen []string
	for {
		seen = append(seen, u.String())
		res, i := x.fetchWellKnown(u)
		switch {
		case res == nil:
			return ServerName{}, false
		case !isRedirect(res.Status):
			n, _, _, ok := readWellKnown(res, x.client.now())
			x.d.Steps[i].Used = ok
			return n, ok
		}
		location := field(res.Header, "Location")
		next, err := u.Parse(location)
		x.d.Steps[i].End, x.d.Steps[i].Location = EndRedirect, location
		var result string
		switch {
		case err != nil || location == "" || next.Host == "":
			result = "to nowhere: no delegation"
		case next.Scheme != "https" || next.User != nil:
			result = "to " + clip(next.Redacted()) + ", which is not plain https: no delegation"
		case slices.Contains(seen, withoutFragment(next).String()):
			result = "to " + clip(next.String()) + ", which is a loop: no delegation"
		case len(seen) > maxRedirects:
			result = fmt.Sprintf("to %s, after %d redirects: no delegation", clip(next.String()), maxRedirects)
		default:
			x.d.Steps[i].Result, x.d.Steps[i].Used = fmt.Sprintf("%d to %s", res.Status, clip(next.String())), true
			u = withoutFragment(next)
			continue
		}
		x.d.Steps[i].Result = fmt.Sprintf("%d %s", res.Status, result)
		return ServerName{}, false
	}
}

// fetchWellKnown gets u from the first of its host's addresses that answers, from all of them when the resolver is
// thorough. It gives the answer and its step; the answer is nil when there is none.
func (x *resolution) fetchWellKnown(u *url.URL) (*Response, int) {
	action, facts := "GET "+clip(u.String()), Lookup{Kind: LookupWellKnown, Name: u.String(), End: EndNoHost}
	n, err := ParseServerName(u.Host)
	if err != nil {
		return nil, x.step(DiscoveryStep{Rule: "3", Action: action, Result: err.Error(), Lookup: facts})
	}
	port := 443
	if n.HasPort {
		port = n.Port
	}
	var addrs []netip.AddrPort
	why := ""
	switch {
	case port > 65535:
		why = "there is no such port"
	case n.IP.IsValid():
		addrs = []netip.AddrPort{netip.AddrPortFrom(n.IP, uint16(port))}
	case n.IsIP():
		why = "there is no such address"
	default:
		addrs, why = x.addresses("3", n.Host, port, false)
	}
	if len(addrs) == 0 {
		return nil, x.step(DiscoveryStep{Rule: "3", Action: action, Result: why + ": no delegation", Lookup: facts})
	}
	var answer *Response
	at := -1
	for _, addr := range addrs {
		d := Destination{Server: n.Host, Address: addr.String(), Host: u.Host, SNI: n.Host, VerifyName: n.Host}
		if n.IsIP() {
			d.SNI = ""
		}
		began := x.client.now()
		ex := x.client.Do(x.ctx, d, get(WellKnown, u.RequestURI()), nil)
		took := x.client.now().Sub(began)
		i := x.step(DiscoveryStep{Rule: "3", Action: action + " from " + addr.String(), Took: took, Lookup: facts})
		step := &x.d.Steps[i]
		step.From = addr.String()
		if ex.Failure != nil {
			step.Result, step.End, step.Failure = ex.Failure.Message+": no delegation", fetchEnd(ex.Failure), ex.Failure
			if ex.Response != nil {
				step.Status = ex.Response.Status
			}
		} else {
			var read Lookup
			_, step.Result, read, _ = readWellKnown(ex.Response, x.client.now())
			step.End, step.Status, step.Delegate, step.Claim, step.Life = read.End, read.Status, read.Delegate, read.Claim, read.Life
			if answer == nil {
				answer, at = ex.Response, i
			} else if string(ex.Response.Body) != string(answer.Body) || ex.Response.Status != answer.Status {
				step.Result += " (differs from the address before)"
			}
		}
		if at < 0 {
			at = i
		}
		if ended(x.ctx) != nil || answer != nil && !x.config.Thorough {
			break
		}
	}
	return answer, at
}

// fetchEnd says how a fetch ended that failed.
func fetchEnd(f *Failure) LookupEnd {
	switch {
	case f.Reason == ReasonCertificate:
		return EndCertificate
	case f.Kind == FailedTLS:
		return EndTLS
	case f.Kind == FailedConnect:
		return EndConnect
	case f.Kind == FailedTimeout:
		return EndTimeout
	case f.Kind == FailedForbidden:
		return EndForbidden
	}
	return EndCut
}

func isRedirect(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

func withoutFragment(u *url.URL) *url.URL {
	c := *u
	c.Fragment, c.RawFragment = "", ""
	return &c
}

// readWellKnown reads the answer to the request for a well-known document: as the server name it delegates to, in words,
// and in facts; false when it delegates to none. The Content-Type does not matter.
func readWellKnown(res *Response, now time.Time) (n ServerName, result string, facts Lookup, ok bool) {
	facts = Lookup{End: EndUnreadable, Status: res.Status}
	none := func(format string, args ...any) (ServerName, string, Lookup, bool) {
		return ServerName{}, fmt.Sprintf("%d, ", res.Status) + fmt.Sprintf(format, args...) + ": no delegation", facts, false
	}
	if res.Status != 200 {
		facts.End = EndStatus
		return ServerName{}, fmt.Sprintf("%d %s: no delegation", res.Status, clip(res.Reason)), facts, false
	}
	var doc map[string]json.RawMessage // not a struct: its keys would match in any case
	if err := json.Unmarshal(res.Body, &doc); err != nil {
		return none("not a JSON object")
	}
	var server string
	raw, there := doc["m.server"]
	switch {
	case !there:
		return none("without m.server")
	case json.Unmarshal(raw, &server) != nil || string(raw) == "null":
		return none("m.server is not a string")
	}
	n, err := ParseServerName(server)
	if err != nil {
		facts.Claim = server
		return none("m.server: %v", err)
	}
	life, why := wellKnownLifetime(res.Header, now)
	facts.End, facts.Delegate, facts.Life = EndFound, server, life
	return n, fmt.Sprintf("200, m.server %q, good for %s (%s)", server, inWords(life), why), facts, true
}

// wellKnownLifetime says for how long other servers may keep a document, and by what.
func wellKnownLifetime(fields []Field, now time.Time) (life time.Duration, why string) {
	life, why = wellKnownLife, "the default"
	if at, err := http.ParseTime(field(fields, "Expires")); err == nil {
		life, why = max(0, at.Sub(now)), "Expires"
	}
	for directive := range strings.SplitSeq(field(fields, "Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.Trim(directive, " \t")), "=")
		switch name {
		case "no-store", "no-cache":
			return 0, name
		case "max-age":
			if s, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				life, why = time.Duration(s)*time.Second, "max-age"
			}
		}
	}
	if life > maxWellKnownLife {
		return maxWellKnownLife, "the most there is, not " + why
	}
	return life.Truncate(time.Second), why
}

// inWords gives a duration in its largest unit that is exact.
func inWords(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// field gives the values of the header fields of that name, joined by commas.
func field(fields []Field, name string) string {
	var values []string
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return strings.Join(values, ", ")
}

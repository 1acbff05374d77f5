package client

import (
	"bytes"
	"encoding/json"
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
	wellKnownTime = 10 * time.Second // for fetching a document from one address
)

// documents fetches well-known documents. Whatever is wrong with one means the same: there is no delegation.
// Spec: server-server, GET /.well-known/matrix/server.
type documents struct {
	*trail
	client   *Client
	thorough bool // fetch from every address of a host, in case they differ
}

// delegate fetches the document of host, step by step, and gives the server name it delegates to.
func (d documents) delegate(host string) (ServerName, bool) {
	first := len(d.steps)
	n, ok := d.follow(&url.URL{Scheme: "https", Host: host, Path: wellKnownPath})
	if !ok {
		for i := range d.steps[first:] {
			d.steps[first+i].Used = false
		}
	}
	return n, ok
}

// follow fetches u, and what it redirects to.
func (d documents) follow(u *url.URL) (ServerName, bool) {
	var seen []string
	for {
		seen = append(seen, u.String())
		res, i := d.fetch(u)
		if res == nil {
			return ServerName{}, false
		}
		step := &d.steps[i]
		if !isRedirect(res.Status) {
			n, err := ParseServerName(step.Delegate)
			step.Used = err == nil
			return n, err == nil
		}
		var next *url.URL
		step.End, step.Location = EndRedirect, field(res.Header, "Location")
		if next, step.Fault = redirected(u, step.Location, seen); step.Fault != "" {
			return ServerName{}, false
		}
		step.Used = true
		u = next
	}
}

// redirected gives the URL that location leads to from u, or why it is not followed.
func redirected(u *url.URL, location string, seen []string) (*url.URL, DocumentFault) {
	next, err := u.Parse(location)
	if err != nil || location == "" || next.Host == "" {
		return nil, RedirectNowhere
	}
	plain := *next
	plain.Fragment, plain.RawFragment = "", ""
	switch {
	case next.Scheme != "https" || next.User != nil:
		return nil, RedirectNotHTTPS
	case slices.Contains(seen, plain.String()):
		return nil, RedirectLoop
	case len(seen) > maxRedirects:
		return nil, RedirectOnceTooFar
	}
	return &plain, ""
}

// fetch gets u from the first address of its host that responds, or from all of them when thorough. It gives the first
// response and its step; nil when there is none.
func (d documents) fetch(u *url.URL) (first *Response, at int) {
	n, addrs, failure := d.host(u)
	if failure != nil {
		l := Lookup{Kind: LookupWellKnown, Name: u.String(), End: EndNoHost, Failure: failure}
		return nil, d.step(RuleWellKnown, false, l)
	}
	for _, addr := range addrs {
		res, i := d.fetchFrom(u, n, addr)
		switch {
		case res == nil:
		case first == nil:
			first, at = res, i
		default:
			d.steps[i].Differs = res.Status != first.Status || !bytes.Equal(res.Body, first.Body)
		}
		if ended(d.ctx) != nil || first != nil && !d.thorough {
			break
		}
	}
	return first, at
}

// host gives the host of u and its addresses. The failure says why there are none.
func (d documents) host(u *url.URL) (ServerName, []netip.AddrPort, *Failure) {
	n, err := ParseServerName(u.Host)
	if err != nil {
		return n, nil, unresolved(ReasonName, err.Error())
	}
	port := 443
	if n.HasPort {
		port = n.Port
	}
	switch {
	case port > maxPort:
		return n, nil, unresolved(ReasonPort, "there is no such port")
	case n.IP.IsValid():
		return n, []netip.AddrPort{netip.AddrPortFrom(n.IP, uint16(port))}, nil
	case n.IsIP():
		return n, nil, unresolved(ReasonName, "there is no such address")
	}
	addrs, failure := d.addresses(RuleWellKnown, n.Host, port)
	return n, addrs, failure
}

// fetchFrom gets u from one address. It gives the response, nil when it did not come whole, and the step.
func (d documents) fetchFrom(u *url.URL, n ServerName, addr netip.AddrPort) (*Response, int) {
	to := Destination{Server: n.Host, Address: addr.String(), Host: u.Host, SNI: n.SNI(), VerifyName: n.Host}
	began := d.now()
	ex := d.client.Do(d.ctx, to, get(WellKnown, u.RequestURI()), nil)
	var l Lookup
	switch {
	case ex.Failure == nil:
		l = readWellKnown(ex.Response, d.now())
	case ex.Response != nil:
		l = Lookup{End: fetchEnd(ex.Failure), Failure: ex.Failure, Status: ex.Response.Status}
	default:
		l = Lookup{End: fetchEnd(ex.Failure), Failure: ex.Failure}
	}
	l.Kind, l.Name, l.From = LookupWellKnown, u.String(), addr.String()
	i := d.step(RuleWellKnown, false, l)
	d.steps[i].Took = d.now().Sub(began)
	if ex.Failure != nil {
		return nil, i
	}
	return ex.Response, i
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

// readWellKnown reads the response to the request for a well-known document. The Content-Type does not matter.
func readWellKnown(res *Response, now time.Time) Lookup {
	l := Lookup{End: EndUnreadable, Status: res.Status}
	if res.Status != 200 {
		l.End, l.StatusText = EndStatus, res.Reason
		return l
	}
	var doc map[string]json.RawMessage // not a struct: its keys would match in any case
	if err := json.Unmarshal(res.Body, &doc); err != nil {
		l.Fault = DocumentNoObject
		return l
	}
	var server string
	raw, there := doc["m.server"]
	switch {
	case !there:
		l.Fault = DocumentNoServer
		return l
	case json.Unmarshal(raw, &server) != nil || string(raw) == "null":
		l.Fault = DocumentNoString
		return l
	}
	if _, err := ParseServerName(server); err != nil {
		l.Fault, l.Claim = DocumentNoName, server
		return l
	}
	l.End, l.Delegate = EndFound, server
	l.Life, l.LifeSource, l.LifeCut = lifetime(res.Header, now)
	return l
}

// lifetime says for how long other servers may keep a document and what says so. It is cut at 48 hours.
func lifetime(fields []Field, now time.Time) (life time.Duration, source LifeSource, cut bool) {
	life, source = wellKnownLife, LifeDefault
	if at, err := http.ParseTime(field(fields, "Expires")); err == nil {
		life, source = max(0, at.Sub(now)), LifeExpires
	}
	for directive := range strings.SplitSeq(field(fields, "Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.Trim(directive, " \t")), "=")
		switch name {
		case string(LifeNoStore), string(LifeNoCache):
			return 0, LifeSource(name), false
		case string(LifeMaxAge):
			if s, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				life, source = time.Duration(s)*time.Second, LifeMaxAge
			}
		}
	}
	if life > maxWellKnownLife {
		return maxWellKnownLife, source, true
	}
	return life.Truncate(time.Second), source, false
}

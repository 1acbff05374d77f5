package otlp

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// A reach says where a request of ours went: the host that it names, and the address that took it or was to.
type reach struct {
	host    string // as in Host
	port    int    // as in Host, or else of the address; 0: not known
	address string // IP and port that were dialled; empty: none was
}

// reached returns where a request went.
func (m *mapping) reached(e, answer *flow.Entry) reach {
	to := reach{host: e.Server}
	fallback := ""
	if d := m.s.Destinations[e.Server]; len(d) > 0 {
		to.host, fallback = d[0].Host, d[0].Address
	}
	if host := response.Header(e.Request.Header, "Host"); host != "" {
		to.host = host
	}
	if answer != nil && answer.Connection != nil {
		to.address = answer.Connection.Address
	}
	host, port, split := split(to.host)
	if !split {
		_, port, _ = splitAddress(to.address, fallback)
	}
	to.host, to.port = host, port
	return to
}

// splitAddress splits the first address that has a port.
func splitAddress(addresses ...string) (host string, port int, ok bool) {
	for _, a := range addresses {
		if host, port, ok = split(a); ok {
			return host, port, true
		}
	}
	return "", 0, false
}

// split takes the port off an address or a server name, and the brackets off an IPv6 address; false where there is no
// port.
func split(address string) (host string, port int, ok bool) {
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return strings.Trim(address, "[]"), 0, false
	}
	port, err = strconv.Atoi(digits)
	return host, port, err == nil
}

// destination adds where a request of ours went. The port of a host that names none is the one that was found for it;
// it goes into the URL too, where a reader would take the port of HTTPS otherwise.
func (s *Span) destination(to reach, r *client.Request) {
	where := to.host
	switch {
	case to.port > 0:
		where = net.JoinHostPort(to.host, strconv.Itoa(to.port))
	case strings.Contains(to.host, ":"):
		where = "[" + to.host + "]"
	}
	s.text(semconv.URLFullKey, "https://"+where+withoutTokens(r.Target))
	s.text(semconv.ServerAddressKey, to.host)
	if to.port > 0 {
		s.number(semconv.ServerPortKey, to.port)
	}
	s.dialled(to.address)
}

// dialled adds the address of the other end of a connection.
func (s *Span) dialled(address string) {
	if host, port, ok := split(address); ok {
		s.text(semconv.NetworkPeerAddressKey, host)
		s.number(semconv.NetworkPeerPortKey, port)
	}
}

// peer adds who called us.
func (s *Span) peer(c *client.Connection) {
	if c == nil {
		return
	}
	if host, _, ok := split(c.Address); ok {
		s.text(semconv.ClientAddressKey, host)
	}
	s.dialled(c.Address)
}

// path is a request target without its query.
func path(target string) string {
	before, _, _ := strings.Cut(target, "?")
	return before
}

// secret are parameters of a query whose values never go out. None of the requests between servers has one; that is
// not relied upon.
var secret = map[string]bool{"access_token": true, "sig": true, "signature": true, "token": true}

// withoutTokens is a request target whose query holds no secret.
func withoutTokens(target string) string {
	before, query, found := strings.Cut(target, "?")
	if !found {
		return target
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil && secret[strings.ToLower(plain)] {
			parts[i] = name + "=REDACTED"
		}
	}
	return before + "?" + strings.Join(parts, "&")
}

package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
)

const (
	html404    = "<html><body>404</body></html>"
	uninvited  = `{"errcode":"M_FORBIDDEN","error":"You are not invited to this room."}`
	forbade    = `{"errcode":"M_FORBIDDEN","error":"You are banned from this room"}`
	wellKnown1 = "GET https://a.example/.well-known/matrix/server from 192.0.2.1:443"
	wellKnown2 = "GET https://a.example/.well-known/matrix/server from 192.0.2.2:443"
	delegates  = `200, m.server "m.a.example:443", good for 24 h (the default)`
)

// What is found where a server cannot be found or trusted, and what is not where it looks alike. The other half of the
// catalogue is not looked at.
func TestNetworkFindings(t *testing.T) {
	later := func(d time.Duration) string { // than the answers of saysStatus
		return "Date: " + flowtest.SomeTrace().Header.Created.Add(time.Minute+d).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	}
	delegated := []string{"192.0.2.3:443"}
	for name, c := range map[string]struct {
		s    *flowtest.Script
		want []string
	}{
		"nothing is wrong": {flowtest.AtServer().Gets(flowtest.Says200(later(0))), nil},
		"unknown room, then none": {flowtest.AtServer().Does(404, flowtest.RefusalBody("M_NOT_FOUND")).
			Does(404, flowtest.RefusalBody("M_NOT_FOUND")), nil},

		"one address, refused": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"and nobody else helps": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")).Does(404, "{}"),
			[]string{"port-closed error"}},
		"and another one says no": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")).Does(403, forbade),
			[]string{"port-closed error"}},
		"one address, silence": {flowtest.AtServer().Gets(flowtest.Reached("192.0.2.1:8448 timed out while connecting")),
			[]string{"port-closed warn"}},
		"one address, no host": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 no route to host while connecting")), []string{"dead-address warn"}},
		"both families refuse": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting",
				"[2001:db8::1]:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"refused, and we have no IPv6": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting",
				"[2001:db8::1]:8448 network is unreachable while connecting")),
			[]string{"port-closed warn"}},
		"the second address helps": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 timed out while connecting", "192.0.2.2:8448 ok")),
			[]string{"dead-address warn"}},
		"the second address helps, the first is somebody else's": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.1:8448 certificate: valid for x, not for a.example", "192.0.2.2:8448 ok")),
			[]string{"dead-address warn"}},
		"IPv6 only, and we have none": {flowtest.AtServer().
			Gets(flowtest.Reached("[2001:db8::1]:8448 network is unreachable while connecting")), []string{"ipv6-only warn"}},
		"IPv6 only, and it refuses": {flowtest.AtServer().
			Gets(flowtest.Reached("[2001:db8::1]:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"a private address": {flowtest.AtServer().
			Gets(flowtest.Reached("10.0.0.1:8448 10.0.0.1 is not a public address, and others are not allowed")),
			[]string{"private-address warn"}},
		"a private address first": {flowtest.AtServer().
			Gets(flowtest.Reached("10.0.0.1:8448 10.0.0.1 is not a public address, and others are not allowed",
				"8.8.8.8:8448 ok")), []string{"private-address warn"}},
		"another refusal of ours": {flowtest.AtServer().
			Gets(flow.Entry{Failure: &client.Failure{Kind: client.FailedForbidden, Message: "the request target is none"},
				Connection: &client.Connection{Address: "8.8.8.8:8448"}}), nil},
		"a pin that leads nowhere": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"*pinned pin of a.example => 192.0.2.1:8448").
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")), nil},

		"no such name": {flowtest.AtRoom(nil, "6 A a.example => NXDOMAIN", "6 AAAA a.example => NXDOMAIN").
			Rest(), []string{"name-not-found warn"}},
		"only other records": {flowtest.AtRoom(nil, "2 A a.example => no A record",
			"2 AAAA a.example => no AAAA record").Rest(), []string{"name-not-found warn"}},
		"the system finds none": {flowtest.AtRoom(nil, "6 A a.example => no such name or no such record",
			"6 AAAA a.example => no record").Rest(), []string{"name-not-found warn"}},
		"delegated to no name": {flowtest.AtRoom(nil, "*3 A a.example => 192.0.2.1 (not public)",
			"*3 "+wellKnown1+" => "+delegates, "3.2 A m.a.example => NXDOMAIN", "3.2 AAAA m.a.example => NXDOMAIN").Rest(),
			[]string{"name-not-found warn"}},
		"name servers fail": {flowtest.AtRoom(nil, "6 A a.example => SERVFAIL", "6 AAAA a.example => no AAAA record").
			Rest(), []string{"dns-failure warn"}},
		"name servers keep silent": {flowtest.AtRoom(nil, "6 A a.example => CNAME b.example, timeout",
			"6 AAAA a.example => timeout").Rest(), []string{"dns-failure warn"}},
		"AAAA fails, A does not": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"*6 A a.example => CNAME b.example, 192.0.2.1 (not public)",
			"6 AAAA a.example => SERVFAIL").Gets(flowtest.Says200()), nil},

		"SRV fails, and it works all the same": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"4 SRV _matrix-fed._tcp.a.example => SERVFAIL: not known whether there is a record",
			"5 SRV _matrix._tcp.a.example => NXDOMAIN", "*6 A a.example => 192.0.2.1").Gets(flowtest.Says200()),
			[]string{"srv-servfail warn"}},
		"SRV silent, and it fails": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"4 SRV _matrix-fed._tcp.a.example => NXDOMAIN",
			"5 SRV _matrix._tcp.a.example => timeout: not known whether there is a record", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")).Does(404, "{}"),
			[]string{"srv-servfail error", "port-closed error"}},
		"SRV fails where it does not matter: behind a document": {flowtest.AtRoom(delegated,
			"*3 "+wellKnown1+" => "+delegates, "*3.2 A m.a.example => 192.0.2.3",
			"4 SRV _matrix-fed._tcp.a.example => SERVFAIL: not known whether there is a record").Gets(flowtest.Says200()), nil},
		"SRV fails where it does not matter: the older name": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"*4 SRV _matrix-fed._tcp.a.example => 10 5 8448 h.example.", "*4 A h.example => 192.0.2.1",
			"5 SRV _matrix._tcp.a.example => SERVFAIL: not known whether there is a record").Gets(flowtest.Says200()), nil},
		"SRV is an alias": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"4 SRV _matrix-fed._tcp.a.example => CNAME dyn.example, no SRV record",
			"5 SRV _matrix._tcp.a.example => NXDOMAIN", "*6 A a.example => 192.0.2.1").Gets(flowtest.Says200()),
			[]string{"srv-wildcard warn"}},
		"one SRV target of two has no address": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"*4 SRV _matrix-fed._tcp.a.example => 10 5 80 gone.example., 20 5 8448 h.example.",
			"4 A gone.example => NXDOMAIN", "4 AAAA gone.example => NXDOMAIN", "*4 A h.example => 192.0.2.1",
			"4 AAAA h.example => no AAAA record").Gets(flowtest.Says200()), []string{"srv-target warn"}},
		"both services lead to no address": {flowtest.AtRoom(nil,
			"*4 SRV _matrix-fed._tcp.a.example => 0 0 80 gone.example.", "4 A gone.example => NXDOMAIN",
			"4 AAAA gone.example => NXDOMAIN",
			"5 SRV _matrix._tcp.a.example => 0 0 80 gone.example.").Rest(), []string{"srv-wildcard warn"}},
		"SRV says that there is no service": {flowtest.AtRoom(nil,
			"*4 SRV _matrix-fed._tcp.a.example => 0 0 0 .").Rest(), []string{"srv-target warn"}},
		"SRV leads to an address": {flowtest.AtRoom(nil,
			"*4 SRV _matrix-fed._tcp.a.example => 10 0 8443 192.0.2.7.", "4 A 192.0.2.7 => NXDOMAIN",
			"4 AAAA 192.0.2.7 => NXDOMAIN").Rest(), []string{"srv-target warn"}},
		"the older SRV leads to an address": {flowtest.AtRoom(nil,
			"4 SRV _matrix-fed._tcp.a.example => NXDOMAIN", "*5 SRV _matrix._tcp.a.example => 10 0 8443 192.0.2.7.").Rest(),
			[]string{"srv-target warn"}},
		"SRV leads to an alias": {flowtest.AtRoom([]string{"192.0.2.1:8443"},
			"*4 SRV _matrix-fed._tcp.a.example => 10 0 8443 h.example.",
			"*4 A h.example => CNAME x.example (an SRV target must not be an alias), 192.0.2.1").Gets(flowtest.Says200()),
			[]string{"srv-target warn"}},
		"SRV leads to no name of a host": {flowtest.AtRoom(nil,
			"*4 SRV _matrix-fed._tcp.a.example => 10 0 8443 -bad-.example.", "4 A -bad-.example => NXDOMAIN",
			"4 AAAA -bad-.example => NXDOMAIN").Rest(), []string{"srv-target warn"}},
		"an SRV record behind a document counts for nothing": {flowtest.AtRoom(delegated, "*3 "+wellKnown1+" => "+delegates,
			"4 SRV _matrix-fed._tcp.a.example => 10 0 443 192.0.2.7.").Gets(flowtest.Says200()),
			[]string{"well-known-over-srv warn"}},

		"document and record agree": {flowtest.AtRoom(delegated, "*3 "+wellKnown1+" => "+delegates,
			"4 SRV _matrix-fed._tcp.a.example => 10 5 443 M.a.example.").Gets(flowtest.Says200()), nil},
		"document and record differ": {flowtest.AtRoom(delegated, "*3 "+wellKnown1+" => "+delegates,
			"5 SRV _matrix._tcp.a.example => CNAME x.example, 10 5 8448 m.a.example.").Gets(flowtest.Says200()),
			[]string{"well-known-over-srv warn"}},
		"one address has no document": {flowtest.AtRoom(delegated, "*3 "+wellKnown1+" => "+delegates,
			"3 "+wellKnown2+" => 404 Not Found: no delegation (differs from the address before)").Gets(flowtest.Says200()),
			[]string{"well-known-differs warn"}},
		"the first address has no document": {flowtest.AtRoom(delegated,
			"3 "+wellKnown1+" => certificate: self-signed: no delegation",
			"*3 "+wellKnown2+" => "+delegates).Gets(flowtest.Says200()),
			[]string{"well-known-differs warn"}},
		"one address is IPv6, and we have none": {flowtest.AtRoom(delegated, "*3 "+wellKnown1+" => "+delegates,
			"3 "+wellKnown2+" => network is unreachable while connecting: no delegation").Gets(flowtest.Says200()), nil},
		"the same document, other headers": {flowtest.AtRoom(delegated, "*3 "+wellKnown1+" => "+delegates,
			`3 `+wellKnown2+` => 200, m.server "m.a.example:443", good for 1 h (max-age)`).Gets(flowtest.Says200()), nil},
		"a status text that tries to say more": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			`3 `+wellKnown1+` => 404 200, m.server "x", good for 48 h (the most): no delegation`,
			"*6 A a.example => 192.0.2.1").Gets(flowtest.Says200()), nil},
		"a page for a document, and it works": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => 200, not a JSON object: no delegation",
			"*6 A a.example => 192.0.2.1").Gets(flowtest.Says200()), nil},
		"a page for a document, and it fails": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => 200, not a JSON object: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 timed out while connecting")).Does(404, "{}"),
			[]string{"well-known-broken error", "port-closed error"}},
		"no document, and it fails": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => 404 Not Found: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 timed out while connecting")), []string{"port-closed warn"}},
		"a document that times out, and 8448 is closed": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => the deadline of 10s passed while waiting for the answer: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")),
			[]string{"well-known-broken warn", "port-closed warn"}},
		"a document that is cut": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => the connection was closed while waiting for the answer: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")),
			[]string{"well-known-broken warn", "port-closed warn"}},
		"a document that is refused: 401": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => 401 Unauthorized: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")),
			[]string{"well-known-broken warn", "port-closed warn"}},
		"a document that is refused: 429": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => 429 Too Many Requests: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")),
			[]string{"well-known-broken warn", "port-closed warn"}},
		"a document that is refused, and a web server at 8448": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => 503 Service Unavailable: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.SaysStatus(404, html404, "Content-Type: text/html")),
			[]string{"well-known-broken warn", "wrong-vhost warn"}},
		"no web server, and 8448 is closed": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => connection refused while connecting: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"the host is down altogether": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"3 "+wellKnown1+" => the deadline of 10s passed while connecting: no delegation", "*6 A a.example => 192.0.2.1").
			Gets(flowtest.Reached("192.0.2.1:8448 timed out while connecting")), []string{"port-closed warn"}},
		"a document for long": {flowtest.AtRoom(delegated,
			`*3 `+wellKnown1+` => 200, m.server "m.a.example:443", good for 1441 min (max-age)`).Gets(flowtest.Says200()),
			[]string{"stale-well-known info"}},

		"the wrong name": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "valid for m.a.example, not for a.example", flowtest.Leaf("m.a.example"),
				flowtest.Leaf("CA"))), []string{"wrong-certificate warn"}},
		"no name at all": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "valid for no name at all, not for a.example", client.Certificate{Subject: "CN=x"},
				flowtest.Leaf("CA"))), []string{"wrong-certificate warn"}},
		"the wrong address": {flowtest.AtServer().
			Gets(flowtest.Shows("192.0.2.1", "valid for 192.0.2.2, not for 192.0.2.1", flowtest.Leaf("192.0.2.2"),
				flowtest.Leaf("CA"))), []string{"wrong-certificate warn"}},
		"our own certificate": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "valid for joining.example, not for a.example", flowtest.Leaf("joining.example"),
				flowtest.Leaf("CA"))), []string{"leads-to-ourselves warn", "wrong-certificate warn"}},
		"a wildcard, and out of date": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "expired on 2026-02-01 00:00 UTC",
				client.Certificate{Subject: "CN=*.example", Names: []string{"*.example"},
					NotAfter: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, flowtest.Leaf("CA"))),
			[]string{"certificate-expired warn"}},
		"not valid yet": {flowtest.AtServer().Gets(flowtest.Shows("a.example", "not valid before 2026-04-01 00:00 UTC",
			client.Certificate{Names: []string{"a.example"}, NotBefore: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
				NotAfter: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}, flowtest.Leaf("CA"))),
			[]string{"certificate-expired warn"}},
		"both wrong and old": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "valid for b.example, not for a.example; expired on 2026-02-01 00:00 UTC",
				client.Certificate{Names: []string{"b.example"}, NotAfter: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)},
				flowtest.Leaf("CA"))), []string{"certificate-expired warn", "wrong-certificate warn"}},
		"leaf alone": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "signed by an unknown authority, CN=R1", flowtest.Leaf("a.example"))),
			[]string{"incomplete-chain warn", "untrusted-authority warn"}},
		"whole chain, nobody": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "signed by an unknown authority, CN=R0", flowtest.Leaf("a.example"),
				flowtest.Leaf("R1"))), []string{"untrusted-authority warn"}},
		"self-signed": {flowtest.AtServer().Gets(flowtest.Shows("a.example", "self-signed",
			client.Certificate{Subject: "CN=a", Issuer: "CN=a", Names: []string{"a.example"}})),
			[]string{"untrusted-authority warn"}},
		"two servers trust nobody we know": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "signed by an unknown authority, CN=R0", flowtest.Leaf("a.example"),
				flowtest.Leaf("R1"))).Finds([]string{"192.0.2.2:8448"}).
			Gets(flowtest.Shows("b.example", "signed by an unknown authority, CN=R9", flowtest.Leaf("b.example"),
				flowtest.Leaf("R8"))), []string{"own-trust-store error", "untrusted-authority error"}},
		"two servers are out of date": {flowtest.AtServer().
			Gets(flowtest.Shows("a.example", "not valid before 2027-01-01 00:00 UTC",
				client.Certificate{Names: []string{"a.example"}, NotBefore: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
					NotAfter: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)})).
			Finds([]string{"192.0.2.2:8448"}).Gets(flowtest.Shows("b.example", "not valid before 2027-02-01 00:00 UTC",
			client.Certificate{Names: []string{"b.example"}, NotBefore: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC),
				NotAfter: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)})),
			[]string{"own-clock-off error", "certificate-expired error"}},
		"not verified, and gone on with": {flowtest.AtServer().
			Gets(flow.Entry{Response: flowtest.Says200().Response, Connection: flowtest.Shows("a.example", "self-signed",
				flowtest.Leaf("a.example")).Connection}),
			[]string{"incomplete-chain info", "untrusted-authority info"}},
		"no TLS": {flowtest.AtServer().
			Gets(flow.Entry{Failure: &client.Failure{Kind: client.FailedTLS,
				Message: `the other side does not speak TLS: its first bytes are "HTTP/"`}}), []string{"no-tls warn"}},
		"no version in common": {flowtest.AtServer().
			Gets(flow.Entry{Failure: &client.Failure{Kind: client.FailedTLS, Part: client.PartTLS, Alert: "protocol_version",
				Message: "the other side ended TLS: protocol version not supported"}}), []string{"tls-handshake-failed warn"}},
		"cut in the handshake": {flowtest.AtServer().
			Gets(flow.Entry{Failure: &client.Failure{Kind: client.FailedTLS,
				Message: "the connection was closed while in the TLS handshake"}}), []string{"tls-handshake-failed warn"}},
		"SNI unknown": {flowtest.AtServer().Gets(flow.Entry{Failure: &client.Failure{Kind: client.FailedTLS,
			Message: "the other side ended TLS: unrecognized name"}}),
			[]string{"misdirected warn"}},

		"redirected": {flowtest.AtServer().Gets(flowtest.SaysStatus(301, "", "Location: https://x/")),
			[]string{"redirect warn"}},
		"421": {flowtest.AtServer().Gets(flowtest.SaysStatus(421, html404)),
			[]string{"misdirected warn"}},
		"404 by a web server": {flowtest.AtServer().Gets(flowtest.SaysStatus(404, html404, "Content-Type: text/html")),
			[]string{"wrong-vhost warn"}},
		"404 in words": {flowtest.AtServer().Gets(flowtest.SaysStatus(404, "404 page not found\n")),
			[]string{"wrong-vhost warn"}},
		"404 by a homeserver": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(404, flowtest.RefusalBody("M_UNRECOGNIZED"))), nil},
		"413 by a proxy": {flowtest.AtServer().Gets(flowtest.SaysStatus(413, html404)), nil},
		"200 and a page": {flowtest.AtServer().Gets(flowtest.SaysStatus(200, "\n<!DOCTYPE html>")),
			[]string{"html-answer warn"}},
		"200 and JSON, called HTML": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(200, flowtest.GoodTemplate, "Content-Type: text/html")), nil},
		"522": {flowtest.AtServer().Gets(flowtest.SaysStatus(522, html404)),
			[]string{"cdn-timeout warn"}},
		"502 by a CDN": {flowtest.AtServer().Gets(flowtest.SaysStatus(502, html404, "server: cloudflare")),
			[]string{"cdn-timeout warn"}},
		"502 by a proxy": {flowtest.AtServer().Gets(flowtest.SaysStatus(502, html404, "Server: nginx")), nil},
		"502 through a CDN": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(502, flowtest.RefusalBody("M_UNKNOWN"), "CF-RAY: 1")), nil},
		"cut by a CDN": {flowtest.AtServer().Gets(flow.Entry{Response: &client.Response{Status: 200,
			Header: []client.Field{{Name: "cf-ray", Value: "1"}}},
			Failure: &client.Failure{Kind: client.FailedClosed,
				Message: "the connection was closed while reading the answer"}}), []string{"cdn-timeout warn"}},

		"a clock 50 s off": {flowtest.AtServer().Gets(flowtest.Says200(later(50 * time.Second))), nil},
		"a clock 2 min off": {flowtest.AtServer().Gets(flowtest.Says200(later(2 * time.Minute))),
			[]string{"clock-off warn"}},
		"a clock 2 min behind": {flowtest.AtServer().Gets(flowtest.Says200(later(-2 * time.Minute))),
			[]string{"clock-off warn"}},
		"a slow answer, dated early": {flowtest.AtServer().Gets(func() flow.Entry {
			e := flowtest.Says200(later(-90 * time.Second))
			e.Took = 90 * time.Second
			return e
		}()), nil},
		"a date that is none": {flowtest.AtServer().Gets(flowtest.Says200("Date: yesterday")),
			nil},
		"refused for another reason, by a clock that is off": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(403, forbade, later(2*time.Hour))), nil},
		"not authenticated, and the clock is off": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(401, flowtest.RefusalBody("M_UNAUTHORIZED"), later(2*time.Hour))).Does(404, "{}"),
			[]string{"clock-off error"}},
		"two agree that ours is off": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(401, flowtest.RefusalBody("M_UNAUTHORIZED"),
				later(2*time.Hour))).Finds([]string{"192.0.2.2:8448"}).
			Gets(flowtest.Says200(later(2*time.Hour + 30*time.Second))), []string{"own-clock-off warn"}},
		"two are off, each in its way": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(401, flowtest.RefusalBody("M_UNAUTHORIZED"),
				later(2*time.Hour))).Finds([]string{"192.0.2.2:8448"}).
			Gets(flowtest.Says200(later(-2 * time.Hour))), []string{"clock-off warn"}},
		"one is off, one is right": {flowtest.AtServer().
			Gets(flowtest.SaysStatus(401, flowtest.RefusalBody("M_UNAUTHORIZED"),
				later(2*time.Hour))).Finds([]string{"192.0.2.2:8448"}).
			Gets(flowtest.Says200(later(0))), []string{"clock-off warn"}},

		"dead ones first": {flowtest.AtServer().Gets(flow.Entry{Failure: &client.Failure{Kind: client.FailedTimeout,
			Message: "the deadline of 20s passed while waiting for the answer"}}).Rest(),
			[]string{"slow-candidates warn"}},
		"a slow failure first": {flowtest.AtServer().
			Gets(flow.Entry{Took: 6 * time.Second, Failure: &client.Failure{Kind: client.FailedClosed,
				Message: "the connection was closed"}}).Rest(),
			[]string{"slow-candidates warn"}},
		"a quick failure first": {flowtest.AtServer().
			Gets(flow.Entry{Took: time.Second, Failure: &client.Failure{Kind: client.FailedClosed,
				Message: "the connection was closed"}}).Rest(), nil},
		"none of them helps": {flowtest.AtServer().
			Gets(flow.Entry{Failure: &client.Failure{Kind: client.FailedTimeout,
				Message: "timed out while waiting for the answer"}}).Does(404, "{}"), nil},

		"SRV fails at a server that then says no": {flowtest.AtRoom([]string{"192.0.2.1:8448"},
			"4 SRV _matrix-fed._tcp.a.example => SERVFAIL: not known whether there is a record",
			"*6 A a.example => 192.0.2.1").Does(403, forbade), []string{"srv-servfail warn"}},
		"a dead address of the server that refuses make_join": {flowtest.AtServer().Gets(func() flow.Entry {
			e := flowtest.Reached("192.0.2.9:8448 timed out while connecting", "192.0.2.1:8448 ok")
			e.Response = flowtest.SaysStatus(403, forbade).Response
			return e
		}()), []string{"dead-address warn"}},
		"a dead address of the server that refuses the join event": {flowtest.AtServer().
			Gets(flowtest.Reached("192.0.2.9:8448 timed out while connecting", "192.0.2.1:8448 ok")).Signs().Does(403, forbade),
			[]string{"dead-address warn"}},

		"the inviter says no": {flowtest.InvitedBy("b.example").Does(403, uninvited).Does(403, uninvited),
			[]string{"own-name error"}},
		"another server says no": {flowtest.InvitedBy("b.example").Does(404, flowtest.RefusalBody("M_NOT_FOUND")).
			Does(403, uninvited), nil},
		"the inviter is not there": {flowtest.InvitedBy("b.example").Does(0, "the connection was closed").
			Does(403, uninvited), []string{"inviter-unreachable error"}},
		"the inviter has no name": {flowtest.InvitedBy("b.example").Finds(nil, "6 A b.example => NXDOMAIN",
			"6 AAAA b.example => NXDOMAIN").Does(403, uninvited), []string{"inviter-unreachable error", "name-not-found error"}},
		"another one is not there": {flowtest.InvitedBy("b.example").Does(404, flowtest.RefusalBody("M_NOT_FOUND")).
			Does(0, "the connection was closed"), nil},

		"a request like ours came in before": {func() *flowtest.Script {
			s := flowtest.NewScript(func(h *flow.Header) {
				h.Target, h.Via = "!r:a.example", []string{"a.example",
					"b.example"}
			})
			r := client.MakeJoinRequest("!r:a.example", s.Trace.Header.User, s.Trace.Header.Offered)
			s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "c.example",
				Request: &r})
			return s.Joins().Does(200, flowtest.GoodTemplate)
		}(), nil},
		"our own request comes in": {func() *flowtest.Script {
			s := flowtest.AtServer()
			next, _ := flow.Fold(s.Trace).Next()
			asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident,
				Server: "a.example", Request: &next.Request})
			s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "joining.example",
				Request: &client.Request{Method: "GET", Target: next.Request.Target}})
			s.Add(flow.Entry{Kind: flow.Response, Step: flow.A5, From: flow.Resident, To: flow.Joining, Server: "a.example",
				Answers: asked, Response: flowtest.SaysStatus(404, flowtest.RefusalBody("M_UNRECOGNIZED")).Response})
			return s
		}(), []string{"leads-to-ourselves warn"}},
		"a key document of somebody else": {flowtest.AtServer().Gets(flowtest.Says200()).
			Exchange(flow.R, flow.Resident, "c.example", client.KeysRequest(), flowtest.SaysStatus(200,
				`{"server_name":"d.example"}`)),
			[]string{"wrong-server warn"}},
		"a key document of its own": {flowtest.AtServer().Gets(flowtest.Says200()).
			Exchange(flow.R, flow.Resident, "c.example", client.KeysRequest(), flowtest.SaysStatus(200,
				`{"server_name":"c.example"}`)), nil},
		"no key document": {flowtest.AtServer().Gets(flowtest.Says200()).
			Exchange(flow.R, flow.Resident, "c.example", client.KeysRequest(), flowtest.SaysStatus(200, `[]`)), nil},
		"a key document cannot be fetched: not this join's business": {flowtest.AtServer().Gets(flowtest.Says200()).
			Exchange(flow.R, flow.Resident, "c.example", client.KeysRequest(),
				flowtest.Reached("192.0.2.7:8448 connection refused while connecting")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range diagnose.Findings(c.s.Trace, flow.Fold(c.s.Trace)) {
				if isNetwork(f.ID) {
					got = append(got, f.ID+" "+string(f.Severity))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func isNetwork(id string) bool {
	return slices.ContainsFunc(diagnose.NetworkCauses(), func(c diagnose.Cause) bool { return c.ID == id })
}

// Every row says all that a reader needs: what to do, and what would tell it from its like.
func TestNetworkCausesAreWhole(t *testing.T) {
	for _, c := range diagnose.NetworkCauses() {
		if c.Title == "" || strings.HasSuffix(c.Title, ".") || !strings.HasSuffix(c.Cause,
			".") || !strings.HasSuffix(c.Advice, ".") || c.Apart == "" || c.Source == "" {
			t.Errorf("%s: a title, whole sentences, what tells it apart and a source are wanted: %+v", c.ID, c)
		}
		if (c.Sight == diagnose.Elsewhere) != !diagnose.Seen(c) || (c.Where != "") != (c.Sight == diagnose.Elsewhere) ||
			c.Sight == "" {
			t.Errorf("%s: sight %q, where %q", c.ID, c.Sight, c.Where)
		}
	}
}

// Whatever the words of a recording are, reading them ends, and without a panic.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{delegates, "10 5 8448 h.example., 0 0 0 .", "CNAME a., NXDOMAIN",
		"SERVFAIL: not known whether there is a record", "", ", ", "200, m.server \"\\", "1 1 1 ."} {
		f.Add("3", wellKnown1, s)
		f.Add("4", "SRV _matrix._tcp.a.example", s)
		f.Add("6", "A a.example", s)
	}
	f.Fuzz(func(t *testing.T, rule, action, result string) {
		s := flowtest.NewScript(func(h *flow.Header) { h.Target, h.Via = "!r:a.example", []string{"a.example"} }).Joins()
		s.Add(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: "a.example",
			Discovery: &client.Discovery{Server: "a.example",
				Steps: []client.DiscoveryStep{{Rule: client.Rule(rule), Action: action, Result: result},
					{Rule: client.Rule(rule), Action: action, Result: result, Used: true}},
				Failure: &client.Failure{Kind: client.FailedResolve, Message: result}}})
		diagnose.Findings(s.Trace, flow.Fold(s.Trace))
	})
}

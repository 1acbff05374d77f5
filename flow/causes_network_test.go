package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"

	"github.com/google/go-cmp/cmp"
)

// finds is the search for the server that the next step asks, with steps "RULE ACTION => RESULT"; a star before the rule
// marks one that the answer rests on. Without addresses it found nothing.
func (s *script) finds(addresses []string, steps ...string) *script {
	next, ok := Fold(s.trace).Next()
	if !ok || next.Work != Resolve {
		panic(fmt.Sprintf("nothing to find: %+v", next))
	}
	d := &client.Discovery{Server: next.Server}
	for _, text := range steps {
		rule, rest, _ := strings.Cut(text, " ")
		action, result, _ := strings.Cut(rest, " => ")
		d.Steps = append(d.Steps, client.DiscoveryStep{Rule: client.Rule(strings.TrimPrefix(rule, "*")), Action: action, Result: result, Used: strings.HasPrefix(rule, "*")})
	}
	for _, a := range addresses {
		d.Destinations = append(d.Destinations, client.Destination{Server: next.Server, Address: a, Host: next.Server})
	}
	if addresses == nil {
		d.Failure = &client.Failure{Kind: client.FailedResolve, Message: "no address"}
	}
	s.add(Entry{Kind: Local, Step: R, From: Joining, To: next.To, Server: next.Server, Discovery: d})
	return s
}

// gets does the next step with that answer, of which only what matters is given.
func (s *script) gets(e Entry) *script {
	next, ok := Fold(s.trace).Next()
	if !ok || next.Work == Resolve {
		panic(fmt.Sprintf("nothing to ask: %+v", next))
	}
	return s.exchange(next.ID, next.To, next.Server, next.Request, e)
}

func (s *script) exchange(step StepID, to Role, server string, r client.Request, e Entry) *script {
	e.Answers = s.add(Entry{Kind: Request, Step: step, From: Joining, To: to, Server: server, Request: &r})
	e.Kind, e.Step, e.From, e.To, e.Server = Response, answerTo[step], to, Joining, server
	if e.Failure != nil {
		e.Kind = Failure
	}
	s.add(e)
	return s
}

// atRoom is a join by room ID with two candidates; the first has been found at addresses.
func atRoom(addresses []string, steps ...string) *script {
	return newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"a.example", "b.example"} }).joins().finds(addresses, steps...)
}

// atServer is the usual way to the first candidate.
func atServer() *script {
	return atRoom([]string{"192.0.2.1:8448"}, "*6 A a.example => 192.0.2.1 (not public)", "6 AAAA a.example => no AAAA record")
}

// rest is how the join goes on after the first candidate: the second one gives the protoevent.
func (s *script) rest() *script { return s.does(200, goodTemplate) }

// reached is how it went with each address of a server, "ADDRESS WHY", or "ADDRESS ok" for the last one.
func reached(addresses ...string) Entry {
	e := Entry{Failure: &client.Failure{Kind: client.FailedConnect, Message: "connection refused while connecting"}, Connection: &client.Connection{}}
	for i, a := range addresses {
		address, why, _ := strings.Cut(a, " ")
		f := client.Failure{Kind: client.FailedConnect, Message: why}
		switch {
		case why == "ok" && i == len(addresses)-1:
			e.Failure = nil
			e.Response = &client.Response{Status: 200, Body: []byte(goodTemplate)}
		case strings.HasPrefix(why, "timed out"):
			f.Kind = client.FailedTimeout
		case strings.HasPrefix(why, "certificate"):
			f.Kind = client.FailedTLS
		case strings.Contains(why, "is not a public address"):
			f.Kind = client.FailedForbidden
		}
		if i < len(addresses)-1 {
			e.Connection.Unreached = append(e.Connection.Unreached, client.Unreached{Address: address, Failure: f})
			continue
		}
		if e.Connection.Address = address; e.Failure != nil {
			e.Failure = &f
		}
	}
	return e
}

func says200(fields ...string) Entry { return saysStatus(200, goodTemplate, fields...) }

// signs is L1.
func (s *script) signs() *script {
	s.add(Entry{Kind: Local, Step: L1, From: Joining, To: Joining, Build: &Build{Membership: "join", EventID: "$e", Event: []byte("{}")}})
	return s
}

// invitedBy is a join of a room to which a user of server, the second candidate, has invited us.
func invitedBy(server string) *script {
	s := newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"a.example", server} })
	asked := s.add(Entry{Kind: Request, Step: R, From: Resident, To: Joining, Server: server,
		Request: &client.Request{Endpoint: client.Invite, Body: []byte(`{"event":{"room_id":"!r:a.example","sender":"@x:` + server + `"}}`)}})
	s.add(Entry{Kind: Response, Step: R, From: Joining, To: Resident, Server: server, Answers: asked, Response: &client.Response{Status: 200}})
	return s.joins()
}

// saysStatus is an answer with header fields "Name: value".
func saysStatus(status int, body string, fields ...string) Entry {
	r := &client.Response{Status: status, Body: []byte(body)}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header = append(r.Header, client.Field{Name: name, Value: value})
	}
	return Entry{Response: r, At: time.Minute}
}

// shows is an exchange that ended at the certificates, each valid in 2026 but as changed.
func shows(verify, why string, chain ...client.Certificate) Entry {
	for i := range chain {
		if chain[i].NotAfter.IsZero() {
			chain[i].NotBefore, chain[i].NotAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
		}
	}
	return Entry{Failure: &client.Failure{Kind: client.FailedTLS, Message: "certificate: " + why},
		Connection: &client.Connection{TLS: &client.TLS{VerifyName: verify, VerifyError: "certificate: " + why, Certificates: chain}}}
}

func leaf(names ...string) client.Certificate {
	return client.Certificate{Subject: "CN=" + names[0], Issuer: "CN=R1", Names: names}
}

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
		return "Date: " + someTrace().Header.Created.Add(time.Minute+d).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	}
	delegated := []string{"192.0.2.3:443"}
	for name, c := range map[string]struct {
		s    *script
		want []string
	}{
		"nothing is wrong":        {atServer().gets(says200(later(0))), nil},
		"unknown room, then none": {atServer().does(404, refusalBody("M_NOT_FOUND")).does(404, refusalBody("M_NOT_FOUND")), nil},

		"one address, refused":    {atServer().gets(reached("192.0.2.1:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"and nobody else helps":   {atServer().gets(reached("192.0.2.1:8448 connection refused while connecting")).does(404, "{}"), []string{"port-closed error"}},
		"and another one says no": {atServer().gets(reached("192.0.2.1:8448 connection refused while connecting")).does(403, forbade), []string{"port-closed error"}},
		"one address, silence":    {atServer().gets(reached("192.0.2.1:8448 timed out while connecting")), []string{"port-closed warn"}},
		"one address, no host":    {atServer().gets(reached("192.0.2.1:8448 no route to host while connecting")), []string{"dead-address warn"}},
		"both families refuse":    {atServer().gets(reached("192.0.2.1:8448 connection refused while connecting", "[2001:db8::1]:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"refused, and we have no IPv6": {atServer().gets(reached("192.0.2.1:8448 connection refused while connecting", "[2001:db8::1]:8448 network is unreachable while connecting")),
			[]string{"port-closed warn"}},
		"the second address helps": {atServer().gets(reached("192.0.2.1:8448 timed out while connecting", "192.0.2.2:8448 ok")), []string{"dead-address warn"}},
		"the second address helps, the first is somebody else's": {atServer().gets(reached("192.0.2.1:8448 certificate: valid for x, not for a.example", "192.0.2.2:8448 ok")),
			[]string{"dead-address warn"}},
		"IPv6 only, and we have none": {atServer().gets(reached("[2001:db8::1]:8448 network is unreachable while connecting")), []string{"ipv6-only warn"}},
		"IPv6 only, and it refuses":   {atServer().gets(reached("[2001:db8::1]:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"a private address":           {atServer().gets(reached("10.0.0.1:8448 10.0.0.1 is not a public address, and others are not allowed")), []string{"private-address warn"}},
		"a private address first":     {atServer().gets(reached("10.0.0.1:8448 10.0.0.1 is not a public address, and others are not allowed", "8.8.8.8:8448 ok")), []string{"private-address warn"}},
		"another refusal of ours": {atServer().gets(Entry{Failure: &client.Failure{Kind: client.FailedForbidden, Message: "the request target is none"},
			Connection: &client.Connection{Address: "8.8.8.8:8448"}}), nil},
		"a pin that leads nowhere": {atRoom([]string{"192.0.2.1:8448"}, "*pinned pin of a.example => 192.0.2.1:8448").
			gets(reached("192.0.2.1:8448 connection refused while connecting")), nil},

		"no such name":             {atRoom(nil, "6 A a.example => NXDOMAIN", "6 AAAA a.example => NXDOMAIN").rest(), []string{"name-not-found warn"}},
		"only other records":       {atRoom(nil, "2 A a.example => no A record", "2 AAAA a.example => no AAAA record").rest(), []string{"name-not-found warn"}},
		"the system finds none":    {atRoom(nil, "6 A a.example => no such name or no such record", "6 AAAA a.example => no record").rest(), []string{"name-not-found warn"}},
		"delegated to no name":     {atRoom(nil, "*3 A a.example => 192.0.2.1 (not public)", "*3 "+wellKnown1+" => "+delegates, "3.2 A m.a.example => NXDOMAIN", "3.2 AAAA m.a.example => NXDOMAIN").rest(), []string{"name-not-found warn"}},
		"name servers fail":        {atRoom(nil, "6 A a.example => SERVFAIL", "6 AAAA a.example => no AAAA record").rest(), []string{"dns-failure warn"}},
		"name servers keep silent": {atRoom(nil, "6 A a.example => CNAME b.example, timeout", "6 AAAA a.example => timeout").rest(), []string{"dns-failure warn"}},
		"AAAA fails, A does not":   {atRoom([]string{"192.0.2.1:8448"}, "*6 A a.example => CNAME b.example, 192.0.2.1 (not public)", "6 AAAA a.example => SERVFAIL").gets(says200()), nil},

		"SRV fails, and it works all the same": {atRoom([]string{"192.0.2.1:8448"}, "4 SRV _matrix-fed._tcp.a.example => SERVFAIL: not known whether there is a record",
			"5 SRV _matrix._tcp.a.example => NXDOMAIN", "*6 A a.example => 192.0.2.1").gets(says200()), []string{"srv-servfail warn"}},
		"SRV silent, and it fails": {atRoom([]string{"192.0.2.1:8448"}, "4 SRV _matrix-fed._tcp.a.example => NXDOMAIN",
			"5 SRV _matrix._tcp.a.example => timeout: not known whether there is a record", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 connection refused while connecting")).does(404, "{}"), []string{"srv-servfail error", "port-closed error"}},
		"SRV fails where it does not matter: behind a document": {atRoom(delegated, "*3 "+wellKnown1+" => "+delegates, "*3.2 A m.a.example => 192.0.2.3",
			"4 SRV _matrix-fed._tcp.a.example => SERVFAIL: not known whether there is a record").gets(says200()), nil},
		"SRV fails where it does not matter: the older name": {atRoom([]string{"192.0.2.1:8448"}, "*4 SRV _matrix-fed._tcp.a.example => 10 5 8448 h.example.", "*4 A h.example => 192.0.2.1",
			"5 SRV _matrix._tcp.a.example => SERVFAIL: not known whether there is a record").gets(says200()), nil},
		"SRV is an alias": {atRoom([]string{"192.0.2.1:8448"}, "4 SRV _matrix-fed._tcp.a.example => CNAME dyn.example, no SRV record",
			"5 SRV _matrix._tcp.a.example => NXDOMAIN", "*6 A a.example => 192.0.2.1").gets(says200()), []string{"srv-wildcard warn"}},
		"one SRV target of two has no address": {atRoom([]string{"192.0.2.1:8448"}, "*4 SRV _matrix-fed._tcp.a.example => 10 5 80 gone.example., 20 5 8448 h.example.",
			"4 A gone.example => NXDOMAIN", "4 AAAA gone.example => NXDOMAIN", "*4 A h.example => 192.0.2.1", "4 AAAA h.example => no AAAA record").gets(says200()), []string{"srv-target warn"}},
		"both services lead to no address": {atRoom(nil, "*4 SRV _matrix-fed._tcp.a.example => 0 0 80 gone.example.", "4 A gone.example => NXDOMAIN", "4 AAAA gone.example => NXDOMAIN",
			"5 SRV _matrix._tcp.a.example => 0 0 80 gone.example.").rest(), []string{"srv-wildcard warn"}},
		"SRV says that there is no service":                  {atRoom(nil, "*4 SRV _matrix-fed._tcp.a.example => 0 0 0 .").rest(), []string{"srv-target warn"}},
		"SRV leads to an address":                            {atRoom(nil, "*4 SRV _matrix-fed._tcp.a.example => 10 0 8443 192.0.2.7.", "4 A 192.0.2.7 => NXDOMAIN", "4 AAAA 192.0.2.7 => NXDOMAIN").rest(), []string{"srv-target warn"}},
		"the older SRV leads to an address":                  {atRoom(nil, "4 SRV _matrix-fed._tcp.a.example => NXDOMAIN", "*5 SRV _matrix._tcp.a.example => 10 0 8443 192.0.2.7.").rest(), []string{"srv-target warn"}},
		"SRV leads to an alias":                              {atRoom([]string{"192.0.2.1:8443"}, "*4 SRV _matrix-fed._tcp.a.example => 10 0 8443 h.example.", "*4 A h.example => CNAME x.example (an SRV target must not be an alias), 192.0.2.1").gets(says200()), []string{"srv-target warn"}},
		"SRV leads to no name of a host":                     {atRoom(nil, "*4 SRV _matrix-fed._tcp.a.example => 10 0 8443 -bad-.example.", "4 A -bad-.example => NXDOMAIN", "4 AAAA -bad-.example => NXDOMAIN").rest(), []string{"srv-target warn"}},
		"an SRV record behind a document counts for nothing": {atRoom(delegated, "*3 "+wellKnown1+" => "+delegates, "4 SRV _matrix-fed._tcp.a.example => 10 0 443 192.0.2.7.").gets(says200()), []string{"well-known-over-srv warn"}},

		"document and record agree": {atRoom(delegated, "*3 "+wellKnown1+" => "+delegates, "4 SRV _matrix-fed._tcp.a.example => 10 5 443 M.a.example.").gets(says200()), nil},
		"document and record differ": {atRoom(delegated, "*3 "+wellKnown1+" => "+delegates, "5 SRV _matrix._tcp.a.example => CNAME x.example, 10 5 8448 m.a.example.").gets(says200()),
			[]string{"well-known-over-srv warn"}},
		"one address has no document": {atRoom(delegated, "*3 "+wellKnown1+" => "+delegates, "3 "+wellKnown2+" => 404 Not Found: no delegation (differs from the address before)").gets(says200()),
			[]string{"well-known-differs warn"}},
		"the first address has no document": {atRoom(delegated, "3 "+wellKnown1+" => certificate: self-signed: no delegation", "*3 "+wellKnown2+" => "+delegates).gets(says200()),
			[]string{"well-known-differs warn"}},
		"one address is IPv6, and we have none": {atRoom(delegated, "*3 "+wellKnown1+" => "+delegates, "3 "+wellKnown2+" => network is unreachable while connecting: no delegation").gets(says200()), nil},
		"the same document, other headers":      {atRoom(delegated, "*3 "+wellKnown1+" => "+delegates, `3 `+wellKnown2+` => 200, m.server "m.a.example:443", good for 1 h (max-age)`).gets(says200()), nil},
		"a status text that tries to say more":  {atRoom([]string{"192.0.2.1:8448"}, `3 `+wellKnown1+` => 404 200, m.server "x", good for 48 h (the most): no delegation`, "*6 A a.example => 192.0.2.1").gets(says200()), nil},
		"a page for a document, and it works":   {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => 200, not a JSON object: no delegation", "*6 A a.example => 192.0.2.1").gets(says200()), nil},
		"a page for a document, and it fails": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => 200, not a JSON object: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 timed out while connecting")).does(404, "{}"), []string{"well-known-broken error", "port-closed error"}},
		"no document, and it fails": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => 404 Not Found: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 timed out while connecting")), []string{"port-closed warn"}},
		"a document that times out, and 8448 is closed": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => the deadline of 10s passed while waiting for the answer: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 connection refused while connecting")), []string{"well-known-broken warn", "port-closed warn"}},
		"a document that is cut": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => the connection was closed while waiting for the answer: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 connection refused while connecting")), []string{"well-known-broken warn", "port-closed warn"}},
		"a document that is refused: 401": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => 401 Unauthorized: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 connection refused while connecting")), []string{"well-known-broken warn", "port-closed warn"}},
		"a document that is refused: 429": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => 429 Too Many Requests: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 connection refused while connecting")), []string{"well-known-broken warn", "port-closed warn"}},
		"a document that is refused, and a web server at 8448": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => 503 Service Unavailable: no delegation", "*6 A a.example => 192.0.2.1").
			gets(saysStatus(404, html404, "Content-Type: text/html")), []string{"well-known-broken warn", "wrong-vhost warn"}},
		"no web server, and 8448 is closed": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => connection refused while connecting: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 connection refused while connecting")), []string{"port-closed warn"}},
		"the host is down altogether": {atRoom([]string{"192.0.2.1:8448"}, "3 "+wellKnown1+" => the deadline of 10s passed while connecting: no delegation", "*6 A a.example => 192.0.2.1").
			gets(reached("192.0.2.1:8448 timed out while connecting")), []string{"port-closed warn"}},
		"a document for long": {atRoom(delegated, `*3 `+wellKnown1+` => 200, m.server "m.a.example:443", good for 1441 min (max-age)`).gets(says200()), []string{"stale-well-known info"}},

		"the wrong name":      {atServer().gets(shows("a.example", "valid for m.a.example, not for a.example", leaf("m.a.example"), leaf("CA"))), []string{"wrong-certificate warn"}},
		"no name at all":      {atServer().gets(shows("a.example", "valid for no name at all, not for a.example", client.Certificate{Subject: "CN=x"}, leaf("CA"))), []string{"wrong-certificate warn"}},
		"the wrong address":   {atServer().gets(shows("192.0.2.1", "valid for 192.0.2.2, not for 192.0.2.1", leaf("192.0.2.2"), leaf("CA"))), []string{"wrong-certificate warn"}},
		"our own certificate": {atServer().gets(shows("a.example", "valid for joining.example, not for a.example", leaf("joining.example"), leaf("CA"))), []string{"leads-to-ourselves warn", "wrong-certificate warn"}},
		"a wildcard, and out of date": {atServer().gets(shows("a.example", "expired on 2026-02-01 00:00 UTC",
			client.Certificate{Subject: "CN=*.example", Names: []string{"*.example"}, NotAfter: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, leaf("CA"))), []string{"certificate-expired warn"}},
		"not valid yet": {atServer().gets(shows("a.example", "not valid before 2026-04-01 00:00 UTC",
			client.Certificate{Names: []string{"a.example"}, NotBefore: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}, leaf("CA"))),
			[]string{"certificate-expired warn"}},
		"both wrong and old": {atServer().gets(shows("a.example", "valid for b.example, not for a.example; expired on 2026-02-01 00:00 UTC",
			client.Certificate{Names: []string{"b.example"}, NotAfter: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, leaf("CA"))), []string{"certificate-expired warn", "wrong-certificate warn"}},
		"leaf alone":          {atServer().gets(shows("a.example", "signed by an unknown authority, CN=R1", leaf("a.example"))), []string{"incomplete-chain warn", "untrusted-authority warn"}},
		"whole chain, nobody": {atServer().gets(shows("a.example", "signed by an unknown authority, CN=R0", leaf("a.example"), leaf("R1"))), []string{"untrusted-authority warn"}},
		"self-signed": {atServer().gets(shows("a.example", "self-signed", client.Certificate{Subject: "CN=a", Issuer: "CN=a", Names: []string{"a.example"}})),
			[]string{"untrusted-authority warn"}},
		"two servers trust nobody we know": {atServer().gets(shows("a.example", "signed by an unknown authority, CN=R0", leaf("a.example"), leaf("R1"))).finds([]string{"192.0.2.2:8448"}).
			gets(shows("b.example", "signed by an unknown authority, CN=R9", leaf("b.example"), leaf("R8"))), []string{"own-trust-store error", "untrusted-authority error"}},
		"two servers are out of date": {atServer().gets(shows("a.example", "not valid before 2027-01-01 00:00 UTC",
			client.Certificate{Names: []string{"a.example"}, NotBefore: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)})).
			finds([]string{"192.0.2.2:8448"}).gets(shows("b.example", "not valid before 2027-02-01 00:00 UTC",
			client.Certificate{Names: []string{"b.example"}, NotBefore: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)})),
			[]string{"own-clock-off error", "certificate-expired error"}},
		"not verified, and gone on with": {atServer().gets(Entry{Response: says200().Response, Connection: shows("a.example", "self-signed", leaf("a.example")).Connection}),
			[]string{"incomplete-chain info", "untrusted-authority info"}},
		"no TLS":               {atServer().gets(Entry{Failure: &client.Failure{Kind: client.FailedTLS, Message: `the other side does not speak TLS: its first bytes are "HTTP/"`}}), []string{"no-tls warn"}},
		"no version in common": {atServer().gets(Entry{Failure: &client.Failure{Kind: client.FailedTLS, Part: client.PartTLS, Alert: "protocol_version", Message: "the other side ended TLS: protocol version not supported"}}), []string{"tls-handshake-failed warn"}},
		"cut in the handshake": {atServer().gets(Entry{Failure: &client.Failure{Kind: client.FailedTLS, Message: "the connection was closed while in the TLS handshake"}}), []string{"tls-handshake-failed warn"}},
		"SNI unknown": {atServer().gets(Entry{Failure: &client.Failure{Kind: client.FailedTLS, Message: "the other side ended TLS: unrecognized name"}}),
			[]string{"misdirected warn"}},

		"redirected":                {atServer().gets(saysStatus(301, "", "Location: https://x/")), []string{"redirect warn"}},
		"421":                       {atServer().gets(saysStatus(421, html404)), []string{"misdirected warn"}},
		"404 by a web server":       {atServer().gets(saysStatus(404, html404, "Content-Type: text/html")), []string{"wrong-vhost warn"}},
		"404 in words":              {atServer().gets(saysStatus(404, "404 page not found\n")), []string{"wrong-vhost warn"}},
		"404 by a homeserver":       {atServer().gets(saysStatus(404, refusalBody("M_UNRECOGNIZED"))), nil},
		"413 by a proxy":            {atServer().gets(saysStatus(413, html404)), nil},
		"200 and a page":            {atServer().gets(saysStatus(200, "\n<!DOCTYPE html>")), []string{"html-answer warn"}},
		"200 and JSON, called HTML": {atServer().gets(saysStatus(200, goodTemplate, "Content-Type: text/html")), nil},
		"522":                       {atServer().gets(saysStatus(522, html404)), []string{"cdn-timeout warn"}},
		"502 by a CDN":              {atServer().gets(saysStatus(502, html404, "server: cloudflare")), []string{"cdn-timeout warn"}},
		"502 by a proxy":            {atServer().gets(saysStatus(502, html404, "Server: nginx")), nil},
		"502 through a CDN":         {atServer().gets(saysStatus(502, refusalBody("M_UNKNOWN"), "CF-RAY: 1")), nil},
		"cut by a CDN": {atServer().gets(Entry{Response: &client.Response{Status: 200, Header: []client.Field{{Name: "cf-ray", Value: "1"}}},
			Failure: &client.Failure{Kind: client.FailedClosed, Message: "the connection was closed while reading the answer"}}), []string{"cdn-timeout warn"}},

		"a clock 50 s off":                                   {atServer().gets(says200(later(50 * time.Second))), nil},
		"a clock 2 min off":                                  {atServer().gets(says200(later(2 * time.Minute))), []string{"clock-off warn"}},
		"a clock 2 min behind":                               {atServer().gets(says200(later(-2 * time.Minute))), []string{"clock-off warn"}},
		"a slow answer, dated early":                         {atServer().gets(func() Entry { e := says200(later(-90 * time.Second)); e.Took = 90 * time.Second; return e }()), nil},
		"a date that is none":                                {atServer().gets(says200("Date: yesterday")), nil},
		"refused for another reason, by a clock that is off": {atServer().gets(saysStatus(403, forbade, later(2*time.Hour))), nil},
		"not authenticated, and the clock is off":            {atServer().gets(saysStatus(401, refusalBody("M_UNAUTHORIZED"), later(2*time.Hour))).does(404, "{}"), []string{"clock-off error"}},
		"two agree that ours is off": {atServer().gets(saysStatus(401, refusalBody("M_UNAUTHORIZED"), later(2*time.Hour))).finds([]string{"192.0.2.2:8448"}).
			gets(says200(later(2*time.Hour + 30*time.Second))), []string{"own-clock-off warn"}},
		"two are off, each in its way": {atServer().gets(saysStatus(401, refusalBody("M_UNAUTHORIZED"), later(2*time.Hour))).finds([]string{"192.0.2.2:8448"}).
			gets(says200(later(-2 * time.Hour))), []string{"clock-off warn"}},
		"one is off, one is right": {atServer().gets(saysStatus(401, refusalBody("M_UNAUTHORIZED"), later(2*time.Hour))).finds([]string{"192.0.2.2:8448"}).
			gets(says200(later(0))), []string{"clock-off warn"}},

		"dead ones first": {atServer().gets(Entry{Failure: &client.Failure{Kind: client.FailedTimeout, Message: "the deadline of 20s passed while waiting for the answer"}}).rest(),
			[]string{"slow-candidates warn"}},
		"a slow failure first": {atServer().gets(Entry{Took: 6 * time.Second, Failure: &client.Failure{Kind: client.FailedClosed, Message: "the connection was closed"}}).rest(),
			[]string{"slow-candidates warn"}},
		"a quick failure first": {atServer().gets(Entry{Took: time.Second, Failure: &client.Failure{Kind: client.FailedClosed, Message: "the connection was closed"}}).rest(), nil},
		"none of them helps":    {atServer().gets(Entry{Failure: &client.Failure{Kind: client.FailedTimeout, Message: "timed out while waiting for the answer"}}).does(404, "{}"), nil},

		"SRV fails at a server that then says no": {atRoom([]string{"192.0.2.1:8448"}, "4 SRV _matrix-fed._tcp.a.example => SERVFAIL: not known whether there is a record",
			"*6 A a.example => 192.0.2.1").does(403, forbade), []string{"srv-servfail warn"}},
		"a dead address of the server that refuses make_join": {atServer().gets(func() Entry {
			e := reached("192.0.2.9:8448 timed out while connecting", "192.0.2.1:8448 ok")
			e.Response = saysStatus(403, forbade).Response
			return e
		}()), []string{"dead-address warn"}},
		"a dead address of the server that refuses the join event": {atServer().gets(reached("192.0.2.9:8448 timed out while connecting", "192.0.2.1:8448 ok")).signs().does(403, forbade),
			[]string{"dead-address warn"}},

		"the inviter says no":      {invitedBy("b.example").does(403, uninvited).does(403, uninvited), []string{"own-name error"}},
		"another server says no":   {invitedBy("b.example").does(404, refusalBody("M_NOT_FOUND")).does(403, uninvited), nil},
		"the inviter is not there": {invitedBy("b.example").does(0, "the connection was closed").does(403, uninvited), []string{"inviter-unreachable error"}},
		"the inviter has no name":  {invitedBy("b.example").finds(nil, "6 A b.example => NXDOMAIN", "6 AAAA b.example => NXDOMAIN").does(403, uninvited), []string{"inviter-unreachable error", "name-not-found error"}},
		"another one is not there": {invitedBy("b.example").does(404, refusalBody("M_NOT_FOUND")).does(0, "the connection was closed"), nil},

		"a request like ours came in before": {func() *script {
			s := newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"a.example", "b.example"} })
			r := client.MakeJoinRequest("!r:a.example", s.trace.Header.User, s.trace.Header.Offered)
			s.add(Entry{Kind: Request, Step: R, From: Resident, To: Joining, Server: "c.example", Request: &r})
			return s.joins().does(200, goodTemplate)
		}(), nil},
		"our own request comes in": {func() *script {
			s := atServer()
			next, _ := Fold(s.trace).Next()
			asked := s.add(Entry{Kind: Request, Step: A4, From: Joining, To: Resident, Server: "a.example", Request: &next.Request})
			s.add(Entry{Kind: Request, Step: R, From: Resident, To: Joining, Server: "joining.example", Request: &client.Request{Method: "GET", Target: next.Request.Target}})
			s.add(Entry{Kind: Response, Step: A5, From: Resident, To: Joining, Server: "a.example", Answers: asked, Response: saysStatus(404, refusalBody("M_UNRECOGNIZED")).Response})
			return s
		}(), []string{"leads-to-ourselves warn"}},
		"a key document of somebody else": {atServer().gets(says200()).exchange(R, Resident, "c.example", client.KeysRequest(), saysStatus(200, `{"server_name":"d.example"}`)),
			[]string{"wrong-server warn"}},
		"a key document of its own": {atServer().gets(says200()).exchange(R, Resident, "c.example", client.KeysRequest(), saysStatus(200, `{"server_name":"c.example"}`)), nil},
		"no key document":           {atServer().gets(says200()).exchange(R, Resident, "c.example", client.KeysRequest(), saysStatus(200, `[]`)), nil},
		"a key document cannot be fetched: not this join's business": {atServer().gets(says200()).exchange(R, Resident, "c.example", client.KeysRequest(),
			reached("192.0.2.7:8448 connection refused while connecting")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range Findings(c.s.trace) {
				if isNetwork(f.ID) {
					got = append(got, f.ID+" "+f.Severity)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// networkCauses are the rows of the catalogue about finding and trusting a server.
var networkCauses = slices.Concat(reachCauses, ownSideCauses, caseCauses, srvCauses, nameCauses, trustCauses, addressCauses, webCauses, clockCauses, staleCauses)

func isNetwork(id string) bool {
	return slices.ContainsFunc(networkCauses, func(c Cause) bool { return c.ID == id })
}

// Every row says all that a reader needs: what to do, and what would tell it from its like.
func TestNetworkCausesAreWhole(t *testing.T) {
	for _, c := range networkCauses {
		if c.Title == "" || strings.HasSuffix(c.Title, ".") || !strings.HasSuffix(c.Cause, ".") || !strings.HasSuffix(c.Advice, ".") || c.Apart == "" || c.Source == "" {
			t.Errorf("%s: a title, whole sentences, what tells it apart and a source are wanted: %+v", c.ID, c)
		}
		if (c.Sight == Elsewhere) != (c.seen == nil) || (c.Where != "") != (c.Sight == Elsewhere) || c.Sight == "" {
			t.Errorf("%s: sight %q, where %q", c.ID, c.Sight, c.Where)
		}
	}
}

// Whatever the words of a recording are, reading them ends, and without a panic.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{delegates, "10 5 8448 h.example., 0 0 0 .", "CNAME a., NXDOMAIN", "SERVFAIL: not known whether there is a record", "", ", ", "200, m.server \"\\", "1 1 1 ."} {
		f.Add("3", wellKnown1, s)
		f.Add("4", "SRV _matrix._tcp.a.example", s)
		f.Add("6", "A a.example", s)
	}
	f.Fuzz(func(t *testing.T, rule, action, result string) {
		s := newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"a.example"} }).joins()
		s.add(Entry{Kind: Local, Step: R, From: Joining, To: Resident, Server: "a.example", Discovery: &client.Discovery{Server: "a.example",
			Steps:   []client.DiscoveryStep{{Rule: client.Rule(rule), Action: action, Result: result}, {Rule: client.Rule(rule), Action: action, Result: result, Used: true}},
			Failure: &client.Failure{Kind: client.FailedResolve, Message: result}}})
		Findings(s.trace)
	})
}

package client

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What became of an exchange is told in facts as well as in words.
func TestFailureFacts(t *testing.T) {
	a := testAuthority(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := closed.Addr().String()
	closed.Close()
	quiet := func(c net.Conn) { c.Read(make([]byte, 1<<16)); time.Sleep(time.Second) }
	good := testCertificate(t, a, Leaf{Names: []string{"matrix.example"}})
	other := testCertificate(t, a, Leaf{Names: []string{"other.example"}, SelfSigned: true})
	for name, tt := range map[string]struct {
		address string
		want    Failure
		faults  []CertificateFault
	}{
		"refused":       {refused, Failure{Kind: FailedConnect, Part: PartConnect, Reason: ReasonRefused}, nil},
		"no TLS":        {serveRaw(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.0 400 Bad\r\n\r\n"); io.Copy(io.Discard, c) }), Failure{Kind: FailedTLS, Part: PartTLS, Reason: ReasonNotTLS}, nil},
		"closed":        {serveTLS(t, good, func(net.Conn) {}), Failure{Kind: FailedClosed, Part: PartFirstByte}, nil},
		"half a head":   {serveTLS(t, good, says("HTTP/1.1 200 OK\r\nContent-")), Failure{Kind: FailedClosed, Part: PartBody}, nil},
		"silence":       {serveTLS(t, good, quiet), Failure{Kind: FailedTimeout, Part: PartFirstByte}, nil},
		"not HTTP":      {serveTLS(t, good, says("SSH-2.0-x\r\n")), Failure{Kind: FailedMalformed, Part: PartBody}, nil},
		"two faults":    {serveTLS(t, other, quiet), Failure{Kind: FailedTLS, Part: PartTLS, Reason: ReasonCertificate}, []CertificateFault{CertificateWrongName, CertificateSelfSigned}},
		"not ours":      {"127.0.0.1", Failure{Kind: FailedConnect, Part: PartConnect}, nil},
		"sent an alert": {alerting(t, good), Failure{Kind: FailedTLS, Part: PartTLS, Alert: "protocol_version"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true, Limits: Limits{Deadline: 300 * time.Millisecond}}
			ex := c.Do(t.Context(), Destination{Server: "matrix.example", Address: tt.address, Host: "matrix.example", SNI: "matrix.example", VerifyName: "matrix.example"}, KeysRequest(), nil)
			if ex.Failure == nil {
				t.Fatalf("no failure: %+v", ex.Response)
			}
			got := *ex.Failure
			if got.Message == "" {
				t.Error("no words")
			}
			got.Message = ""
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", ex.Failure.Message, diff)
			}
			if facts := ex.Connection.TLS; facts != nil && !slices.Equal(facts.Faults, tt.faults) {
				t.Errorf("certificate faults %v, want %v", facts.Faults, tt.faults)
			}
		})
	}
}

// alerting is a server that ends every TLS handshake with an alert.
func alerting(t *testing.T, certificate tls.Certificate) string {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			c.(*tls.Conn).Handshake()
			c.Close()
		}
	}()
	return listener.Addr().String()
}

// The facts of a search are those that its words were made from.
func TestLookupFacts(t *testing.T) {
	for name, tt := range map[string]struct {
		zone  zone
		hosts hosts
		kind  LookupKind
		want  Lookup
	}{
		"an address":   {zone{"A s.example.": {"192.0.2.1"}}, nil, LookupA, Lookup{End: EndFound, Name: "s.example", Addresses: []string{"192.0.2.1"}}},
		"no such name": {zone{}, nil, LookupA, Lookup{End: EndNoName, Name: "s.example"}},
		"no record":    {zone{"A s.example.": {"192.0.2.1"}}, nil, LookupAAAA, Lookup{End: EndNoRecord, Name: "s.example"}},
		"an alias":     {zone{"A s.example.": {"CNAME x.example."}, "A x.example.": {"192.0.2.1"}}, nil, LookupA, Lookup{End: EndFound, Name: "s.example", Addresses: []string{"192.0.2.1"}, Aliases: []string{"x.example"}}},
		"a failure":    {zone{"SRV _matrix-fed._tcp.s.example.": {"!SERVFAIL"}}, nil, LookupSRV, Lookup{End: EndUnknown, Name: "_matrix-fed._tcp.s.example"}},
		"a refusal":    {zone{"A s.example.": {"!REFUSED"}}, nil, LookupA, Lookup{End: EndUnknown, Name: "s.example"}},
		"targets": {zone{"SRV _matrix-fed._tcp.s.example.": {"10 5 8443 h.example.", "10 4 8443 192.0.2.7.", "10 3 8443 .", "10 2 0 h.example.", `10 1 8443 a\032b.example.`}}, nil, LookupSRV,
			Lookup{End: EndFound, Name: "_matrix-fed._tcp.s.example", Targets: []SRVTarget{
				{Host: "h.example", Port: 8443, Priority: 10, Weight: 5}, {Host: "192.0.2.7", Port: 8443, Priority: 10, Weight: 4, Fault: TargetAddress},
				{Port: 8443, Priority: 10, Weight: 3, Fault: TargetNone}, {Host: "h.example", Port: 0, Priority: 10, Weight: 2, Fault: TargetPort},
				{Host: `a\ b.example`, Port: 8443, Priority: 10, Weight: 1, Fault: TargetName}}}},
		"a document":     {zone{"A s.example.": {"192.0.2.9"}}, hosts{"192.0.2.9:443": document("m.example:443")}, LookupWellKnown, Lookup{End: EndFound, Status: 200, Delegate: "m.example:443", Life: 24 * time.Hour}},
		"a bad document": {zone{"A s.example.": {"192.0.2.9"}}, hosts{"192.0.2.9:443": document("https://m.example")}, LookupWellKnown, Lookup{End: EndUnreadable, Status: 200, Claim: "https://m.example"}},
		"a status":       {zone{"A s.example.": {"192.0.2.9"}}, hosts{"192.0.2.9:443": says("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n")}, LookupWellKnown, Lookup{End: EndStatus, Status: 429}},
		"a dead end":     {zone{"A s.example.": {"192.0.2.9"}}, hosts{"192.0.2.9:443": redirect("http://s.example/")}, LookupWellKnown, Lookup{End: EndRedirect, Status: 302, Location: "http://s.example/"}},
		"cut":            {zone{"A s.example.": {"192.0.2.9"}}, hosts{"192.0.2.9:443": func(net.Conn) {}}, LookupWellKnown, Lookup{End: EndCut}},
	} {
		t.Run(name, func(t *testing.T) {
			d := testResolver(t, tt.zone, tt.hosts, nil).Resolve(t.Context(), "s.example")
			i := slices.IndexFunc(d.Steps, func(s DiscoveryStep) bool { return s.Kind == tt.kind && (s.Kind != LookupWellKnown || s.From != "") })
			if i < 0 {
				t.Fatalf("no look-up of kind %s:\n%s", tt.kind, steps(d))
			}
			got := d.Steps[i].Lookup
			tt.want.Kind = tt.kind
			if tt.kind == LookupWellKnown {
				tt.want.Name, tt.want.From = "https://s.example/.well-known/matrix/server", "192.0.2.9:443"
				got.Failure = nil
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s\n%s", diff, steps(d))
			}
		})
	}
}

package client

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/client/freeport"
)

// What became of an exchange is told in facts as well as in words.
func TestFailureFacts(t *testing.T) {
	a := testAuthority(t)
	refused := freeport.Address(t)
	quiet := func(c net.Conn) { c.Read(make([]byte, 1<<16)); time.Sleep(time.Second) }
	good := testCertificate(t, a, Leaf{Names: []string{"matrix.example"}})
	other := testCertificate(t, a, Leaf{Names: []string{"other.example"}, SelfSigned: true})
	for name, tt := range map[string]struct {
		address string
		want    Failure
		faults  []CertificateFault
	}{
		"refused": {refused, Failure{Kind: FailedConnect, Part: PartConnect, Reason: ReasonRefused}, nil},
		"no TLS": {serveRaw(t,
			func(c net.Conn) {
				io.WriteString(c, "HTTP/1.0 400 Bad\r\n\r\n")
				io.Copy(io.Discard,
					c)
			}), Failure{Kind: FailedTLS, Part: PartTLS, Reason: ReasonNotTLS}, nil},
		"closed": {serveTLS(t, good, func(net.Conn) {}), Failure{Kind: FailedClosed, Part: PartFirstByte}, nil},
		"half a head": {serveTLS(t, good, says("HTTP/1.1 200 OK\r\nContent-")),
			Failure{Kind: FailedClosed, Part: PartBody}, nil},
		"silence":  {serveTLS(t, good, quiet), Failure{Kind: FailedTimeout, Part: PartFirstByte}, nil},
		"not HTTP": {serveTLS(t, good, says("SSH-2.0-x\r\n")), Failure{Kind: FailedMalformed, Part: PartBody}, nil},
		"two faults": {serveTLS(t, other, quiet), Failure{Kind: FailedTLS, Part: PartTLS, Reason: ReasonCertificate},
			[]CertificateFault{CertificateWrongName, CertificateSelfSigned}},
		"not ours":      {"127.0.0.1", Failure{Kind: FailedConnect, Part: PartConnect}, nil},
		"sent an alert": {alerting(t, good), Failure{Kind: FailedTLS, Part: PartTLS, Alert: "protocol_version"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true, Limits: Limits{Deadline: 300 * time.Millisecond}}
			ex := c.Do(t.Context(), Destination{Server: "matrix.example", Address: tt.address, Host: "matrix.example",
				SNI: "matrix.example", VerifyName: "matrix.example"}, KeysRequest(), nil)
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
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate},
		MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
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

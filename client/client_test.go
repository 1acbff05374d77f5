package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/client/freeport"
)

// testNow is what clocks say in tests.
var testNow = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func testClock() time.Time { return testNow }

func testAuthority(t testing.TB) *Authority {
	t.Helper()
	a, err := NewAuthority(testNow)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func testCertificate(t testing.TB, a *Authority, l Leaf) tls.Certificate {
	t.Helper()
	cert, err := a.Issue(l)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// serveRaw serves each connection on loopback with serve and returns the address. Serve is done when the test is.
func serveRaw(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(20 * time.Second))
				serve(conn)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

// serveTLS is serveRaw with the TLS handshake done.
func serveTLS(t testing.TB, cert tls.Certificate, serve func(net.Conn)) string {
	config := &tls.Config{Certificates: []tls.Certificate{cert}, Time: testClock}
	return serveRaw(t, func(conn net.Conn) {
		c := tls.Server(conn, config)
		if c.Handshake() == nil {
			serve(c)
			c.Close()
		}
	})
}

// readRequest reads a request to the end of its head, and gives the head.
func readRequest(conn net.Conn) string {
	var head strings.Builder
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return head.String()
		}
	}
}

// says answers each request with these bytes and closes.
func says(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		io.WriteString(conn, answer)
	}
}

// saysEndlessly answers with start and then more of again until nobody listens.
func saysEndlessly(start, again string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		_, err := io.WriteString(conn, start)
		for chunk := strings.Repeat(again, 4096/len(again)+1); err == nil; {
			_, err = io.WriteString(conn, chunk)
		}
	}
}

// drips answers one byte at a time, slowly, without an end.
func drips(start, again string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		_, err := io.WriteString(conn, start)
		for err == nil {
			<-tick.C
			_, err = io.WriteString(conn, again)
		}
	}
}

// hangs up only when the other side does.
func hangs(conn net.Conn) {
	readRequest(conn)
	io.Copy(io.Discard, conn)
}

func TestDo(t *testing.T) {
	a := testAuthority(t)
	good := testCertificate(t, a, Leaf{Names: []string{"matrix.example", "127.0.0.1"}})
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	limits := Limits{Head: 2000, Body: 3000, Deadline: 10 * time.Second}
	short := limits
	short.Deadline = 700 * time.Millisecond // enough for a handshake on a busy machine

	for _, tt := range []struct {
		name    string
		serve   func(net.Conn)
		limits  Limits
		want    *Response   // what came; nil when nothing did
		failure FailureKind // empty when the answer came whole
		message string      // part of the failure's words
	}{
		{name: "good", serve: says(ok),
			want: &Response{Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "2"}}, Body: []byte("{}")}},
		{name: "fields as spelled and ordered, folded ones joined",
			serve: says("HTTP/1.1 403 Go Away!\r\nX-b: 1\r\nx-A:  two \r\nX-B: 3\r\nX-Fold: a\r\n  b\r\n" +
				"content-LENGTH: 0\r\n\r\n"),
			want: &Response{Status: 403, Reason: "Go Away!", Body: []byte{}, Header: []Field{
				{"X-b", "1"}, {"x-A", "two"}, {"X-B", "3"}, {"X-Fold", "a b"}, {"content-LENGTH", "0"}}}},
		{name: "HTML with status 200", serve: says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"),
			want: &Response{Status: 200, Reason: "OK", Header: []Field{{"Content-Type", "text/html"}}, Body: []byte("<html>")}},
		{name: "redirect is not followed",
			serve: says("HTTP/1.1 308 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
			want: &Response{Status: 308, Reason: "Moved", Body: []byte{},
				Header: []Field{{"Location", "/elsewhere"}, {"Content-Length", "0"}}}},
		{name: "chunked with a trailer",
			serve: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\n{\"a\r\n4;ext=1\r\n" +
				"\":1}\r\n0\r\nX-T: 1\r\n\r\n"),
			want: &Response{Status: 200, Reason: "OK", Body: []byte(`{"a":1}`),
				Header: []Field{{"Transfer-Encoding", "chunked"}, {"Trailer", "X-T"}}}},
		{name: "compressed all the same",
			serve: says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"),
			want: &Response{Status: 200, Reason: "OK", Body: []byte("\x1f\x8b\x08"),
				Header: []Field{{"Content-Encoding", "gzip"}, {"Content-Length", "3"}}}},
		{name: "informational responses first",
			serve: says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok),
			want:  &Response{Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "2"}}, Body: []byte("{}")}},
		{name: "no content", serve: says("HTTP/1.1 204 No Content\r\n\r\n"),
			want: &Response{Status: 204, Reason: "No Content", Body: []byte{}}},
		{name: "bare line feeds", serve: says("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"),
			want: &Response{Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "2"}}, Body: []byte("{}")}},

		{name: "closed without an answer", serve: says(""), failure: FailedClosed, message: "closed while waiting"},
		{name: "broken off in the head", serve: says("HTTP/1.1 200 OK\r\nA: b\r\nContent-"), failure: FailedClosed,
			want: &Response{Status: 200, Reason: "OK", Header: []Field{{"A", "b"}}}},
		{name: "broken off in the status line", serve: says("HTTP/1.1 200"), failure: FailedClosed},
		{name: "more than was announced", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{\"a\":1}"),
			want: &Response{Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "4"}}, Body: []byte(`{"a"`),
				Excess: 3}},
		{name: "broken off in the body", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a"),
			failure: FailedClosed,
			want:    &Response{Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "9"}}, Body: []byte(`{"a`)}},
		{name: "broken off in a chunk", serve: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"a"),
			failure: FailedClosed,
			want: &Response{Status: 200, Reason: "OK", Header: []Field{{"Transfer-Encoding", "chunked"}},
				Body: []byte(`{"a`)}},
		{name: "chunked nonsense", serve: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
			failure: FailedMalformed,
			want:    &Response{Status: 200, Reason: "OK", Header: []Field{{"Transfer-Encoding", "chunked"}}, Body: []byte{}}},
		{name: "not HTTP", serve: says("SSH-2.0-OpenSSH\r\n"), failure: FailedMalformed,
			message: `begins with "SSH-2.0-OpenSSH\r\n"`},
		{name: "not HTTP, though it begins so", serve: says("HTTP/x what\r\n\r\n"), failure: FailedMalformed},
		{name: "broken field", serve: says("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), failure: FailedMalformed},
		{name: "two lengths", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
			failure: FailedMalformed},
		{name: "nothing but informational", serve: saysEndlessly("", "HTTP/1.1 100 Continue\r\n\r\n"),
			failure: FailedMalformed,
			message: "no final one"},
		{name: "header flood", serve: saysEndlessly("HTTP/1.1 200 OK\r\n", "X: y\r\n"), failure: FailedTooLarge,
			message: "the head of the response is over the limit of 2000 bytes",
			want: &Response{Status: 200, Reason: "OK", Header: append(slices.Repeat([]Field{{"X", "y"}}, 330),
				Field{"X", ""})}},
		{name: "one endless header", serve: saysEndlessly("HTTP/1.1 200 OK\r\nX: ", "y"), failure: FailedTooLarge,
			message: "over the limit of 2000 bytes",
			want:    &Response{Status: 200, Reason: "OK", Header: []Field{{"X", strings.Repeat("y", 1980)}}}},
		{name: "trailer flood", serve: saysEndlessly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
			"X: y\r\n"), failure: FailedMalformed,
			want: &Response{Status: 200, Reason: "OK", Header: []Field{{"Transfer-Encoding", "chunked"}}, Body: []byte{}}},
		{name: "announced too large", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 3001\r\n\r\n"), failure: FailedTooLarge,
			message: "announces 3001 bytes, the limit is 3000",
			want:    &Response{Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "3001"}}}},
		{name: "just as large as allowed", serve: says("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 3000)),
			want: &Response{Status: 200, Reason: "OK", Body: []byte(strings.Repeat("x", 3000))}},
		{name: "too large without saying so", serve: saysEndlessly("HTTP/1.1 200 OK\r\n\r\n", "x"), failure: FailedTooLarge,
			want: &Response{Status: 200, Reason: "OK", Body: []byte(strings.Repeat("x", 3000))}},
		{name: "silence", serve: hangs, limits: short, failure: FailedTimeout,
			message: "the deadline of 700ms passed while waiting for the response"},
		{name: "answered without reading the request", serve: func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
			io.Copy(io.Discard, c)
		}, want: &Response{Status: 413, Reason: "Too Large", Header: []Field{{"Content-Length", "0"}}, Body: []byte{}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := serveTLS(t, good, tt.serve)
			c := &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true, Limits: limits}
			if tt.limits.Deadline != 0 {
				c.Limits = tt.limits
			}
			sent := 0
			ex := c.Do(t.Context(), Destination{Server: "s.example", Address: addr, Host: "s.example", SNI: "matrix.example",
				VerifyName: "matrix.example"}, KeysRequest(), func(r Request) {
				if sent++; len(r.Header) == 0 {
					t.Error("onSend got no header fields")
				}
			})
			if diff := cmp.Diff(tt.want, ex.Response); diff != "" {
				t.Errorf("response (-want +got)\n%s", diff)
			}
			checkFailure(t, ex.Failure, tt.failure, tt.message)
			if sent != 1 {
				t.Errorf("onSend was called %d times", sent)
			}
			if ex.Server != "s.example" || ex.Connection.Address != addr || ex.Connection.TLS == nil {
				t.Errorf("the exchange lacks facts: %+v", ex)
			}
		})
	}
}

func checkFailure(t *testing.T, got *Failure, kind FailureKind, message string) {
	t.Helper()
	switch {
	case kind == "" && got != nil:
		t.Errorf("failed: %+v", *got)
	case kind != "" && got == nil:
		t.Errorf("no failure, want %s", kind)
	case kind != "" && (got.Kind != kind || !strings.Contains(got.Message, message)):
		t.Errorf("failure %s %q, want %s with %q", got.Kind, got.Message, kind, message)
	}
}

// A slow drip of a head or a body ends at the deadline, what came is kept, and how much that is was told meanwhile.
func TestDoKeepsWhatDripped(t *testing.T) {
	a := testAuthority(t)
	for head, kept := range map[string]func(*Response) string{
		"HTTP/1.1 200 OK\r\n\r\n": func(r *Response) string { return string(r.Body) },
		"HTTP/1.1 200 OK\r\nX: ":  func(r *Response) string { return r.Header[0].Value },
	} {
		addr := serveTLS(t, testCertificate(t, a, Leaf{Names: []string{"127.0.0.1"}}), drips(head, "x"))
		c := &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true, Limits: Limits{Deadline: 700 * time.Millisecond}}
		var arrival Arrival
		var told Arrived
		c.Now = func() time.Time {
			if now, begun := arrival.At(testNow); begun {
				told = now
			}
			return testNow
		}
		ex := c.Telling(&arrival).Do(t.Context(), Destination{Address: addr, Host: addr, VerifyName: "127.0.0.1"},
			KeysRequest(), nil)
		checkFailure(t, ex.Failure, FailedTimeout, "the deadline of 700ms passed while reading the response")
		if ex.Response == nil || ex.Response.Status != 200 || kept(ex.Response) == "" ||
			strings.Trim(kept(ex.Response), "x") != "" {
			t.Errorf("%q: kept %+v", head, ex.Response)
			continue
		}
		came := int64(len(ex.Response.Body))
		if _, goesOn := arrival.At(testNow); goesOn || told.Bytes > came || came > 1 && told.Bytes == 0 {
			t.Errorf("%q: %d bytes came, told were %+v; it goes on: %t", head, came, told, goesOn)
		}
	}
}

func TestDoCertificates(t *testing.T) {
	a, other := testAuthority(t), testAuthority(t)
	name := []string{"matrix.example"}
	many := []string{"a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example",
		"h.example", "i.example"}
	for _, tt := range []struct {
		name   string
		issuer *Authority
		leaf   Leaf
		verify string // "matrix.example" when empty
		want   string // VerifyError; empty: verified
		chain  int
	}{
		{name: "good", leaf: Leaf{Names: name}},
		{name: "wildcard", leaf: Leaf{Names: []string{"*.example"}}},
		{name: "good through an intermediate", leaf: Leaf{Names: name, ViaIntermediate: true}, chain: 2},
		{name: "good for an IP", leaf: Leaf{Names: []string{"127.0.0.1"}}, verify: "127.0.0.1"},
		{name: "good for an IPv6 address", leaf: Leaf{Names: []string{"::1"}}, verify: "::1"},
		{name: "other name", leaf: Leaf{Names: []string{"other.example", "10.0.0.1"}},
			want: "certificate: valid for other.example, 10.0.0.1, not for matrix.example"},
		{name: "many other names", leaf: Leaf{Names: many},
			want: "certificate: valid for a.example, b.example, c.example, d.example, e.example, f.example, g.example, " +
				"h.example and 1 more, not for matrix.example"},
		{name: "no name", leaf: Leaf{}, want: "certificate: valid for no name at all, not for matrix.example"},
		{name: "name for an IP", leaf: Leaf{Names: name}, verify: "127.0.0.1",
			want: "certificate: valid for matrix.example, not for 127.0.0.1"},
		{name: "expired", leaf: Leaf{Names: name, NotBefore: testNow.Add(-48 * time.Hour),
			NotAfter: testNow.Add(-24 * time.Hour)},
			want: "certificate: expired on 2026-03-03 05:06 UTC"},
		{name: "not yet valid", leaf: Leaf{Names: name, NotBefore: testNow.Add(time.Hour)},
			want: "certificate: not valid before 2026-03-04 06:06 UTC"},
		{name: "unknown authority", issuer: other, leaf: Leaf{Names: name},
			want: "certificate: signed by an unknown authority, CN=Doorstep root"},
		{name: "intermediate left out", leaf: Leaf{Names: name, OmitIntermediate: true},
			want: "certificate: signed by an unknown authority, CN=Doorstep intermediate"},
		{name: "self-signed", leaf: Leaf{Names: name, SelfSigned: true}, want: "certificate: self-signed"},
		{name: "two faults", leaf: Leaf{Names: []string{"other.example"}, SelfSigned: true},
			want: "certificate: valid for other.example, not for matrix.example; self-signed"},
	} {
		for _, insecure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, insecure %v", tt.name, insecure), func(t *testing.T) {
				t.Parallel()
				issuer := a
				if tt.issuer != nil {
					issuer = tt.issuer
				}
				addr := serveTLS(t, testCertificate(t, issuer, tt.leaf), says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
				d := Destination{Server: "s", Address: addr, Host: "s", SNI: "matrix.example", VerifyName: "matrix.example"}
				if tt.verify != "" {
					d.SNI, d.VerifyName = "", tt.verify
				}
				c := &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true, Insecure: insecure}
				sent := false
				ex := c.Do(t.Context(), d, KeysRequest(), func(Request) { sent = true })
				facts := ex.Connection.TLS
				if facts == nil || facts.VerifyError != tt.want || len(facts.Certificates) != max(1, tt.chain) ||
					facts.ServerName != d.SNI || facts.VerifyName != d.VerifyName || facts.Version != "TLS 1.3" ||
					facts.CipherSuite == "" {
					t.Fatalf("TLS facts %+v, want the error %q", facts, tt.want)
				}
				if leaf := facts.Certificates[0]; len(leaf.Names) != len(tt.leaf.Names) || len(leaf.SHA256) != 64 ||
					leaf.NotAfter.IsZero() {
					t.Errorf("leaf %+v", leaf)
				}
				if tt.want == "" || insecure {
					checkFailure(t, ex.Failure, "", "")
				} else {
					checkFailure(t, ex.Failure, FailedTLS, tt.want)
					if sent || ex.Request.Header != nil {
						t.Error("the request was sent in spite of the certificate")
					}
				}
			})
		}
	}
}

func TestDoNoConnection(t *testing.T) {
	a := testAuthority(t)
	good := testCertificate(t, a, Leaf{Names: []string{"matrix.example"}})
	refused := freeport.Address(t)
	short := Limits{Deadline: 60 * time.Millisecond}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()

	for _, tt := range []struct {
		name    string
		ctx     context.Context
		within  time.Duration
		address string
		change  func(*Client, *Destination, *Request)
		failure FailureKind
		message string
	}{
		{name: "refused", address: refused, failure: FailedConnect, message: "connection refused while connecting"},
		{name: "plain HTTP", address: serveRaw(t,
			func(c net.Conn) { io.WriteString(c, "HTTP/1.0 400 Bad\r\n\r\n"); io.Copy(io.Discard, c) }),
			failure: FailedTLS, message: `does not speak TLS: its first bytes are "HTTP/"`},
		{name: "closed at once", address: serveRaw(t, func(net.Conn) {}), failure: FailedTLS},
		{name: "silent in the handshake", address: serveRaw(t, func(c net.Conn) { io.Copy(io.Discard, c) }),
			change:  func(c *Client, _ *Destination, _ *Request) { c.Limits = short },
			failure: FailedTimeout, message: "in the TLS handshake"},
		{name: "caller's own deadline", within: 50 * time.Millisecond,
			address: serveRaw(t, func(c net.Conn) { io.Copy(io.Discard, c) }),
			failure: FailedTimeout, message: "in the TLS handshake"},
		{name: "dead address", address: "127.0.0.1:1", change: func(c *Client, _ *Destination, _ *Request) {
			c.Limits = short
			c.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
		}, failure: FailedTimeout, message: "while connecting"},
		{name: "given up", ctx: cancelled, address: refused, failure: FailedCancelled, message: "given up while connecting"},
		{name: "loopback not allowed", address: refused, failure: FailedForbidden,
			message: "127.0.0.1 is not a public address",
			change:  func(c *Client, _ *Destination, _ *Request) { c.AllowPrivate = false }},
		{name: "not an address", address: "localhost:80", failure: FailedConnect, message: "not an IP address and a port"},
		{name: "target with a blank", address: refused, failure: FailedForbidden, message: "not escaped",
			change: func(_ *Client, _ *Destination, r *Request) { r.Target = "/a b" }},
		{name: "target without a slash", address: refused, failure: FailedForbidden, message: "does not start with '/'",
			change: func(_ *Client, _ *Destination, r *Request) { r.Target = "http://a/" }},
		{name: "method", address: refused, failure: FailedForbidden, message: `"GET / HTTP/1.1\r\n`,
			change: func(_ *Client, _ *Destination, r *Request) { r.Method = "GET / HTTP/1.1\r\n" }},
		{name: "line break in Host", address: refused, failure: FailedForbidden, message: "Host would hold a line break",
			change: func(_ *Client, d *Destination, _ *Request) { d.Host = "a\r\nX: y" }},
		{name: "TLS too old", address: serveRaw(t, func(c net.Conn) {
			tls.Server(c, &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS11,
				MinVersion: tls.VersionTLS10}).Handshake()
		}), failure: FailedTLS, message: "protocol version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true}
			d := Destination{Server: "s", Address: tt.address, Host: "s", SNI: "matrix.example", VerifyName: "matrix.example"}
			r := KeysRequest()
			if tt.change != nil {
				tt.change(c, &d, &r)
			}
			ctx := tt.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			if tt.within > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.within)
				defer cancel()
			}
			ex := c.Do(ctx, d, r, func(Request) { t.Error("onSend was called") })
			checkFailure(t, ex.Failure, tt.failure, tt.message)
			if ex.Response != nil || ex.Request.Header != nil {
				t.Errorf("there is an answer to nothing: %+v", ex)
			}
		})
	}
}

// What is written is what is shown, but for the secrets; the target is written as it is.
func TestDoWrites(t *testing.T) {
	a := testAuthority(t)
	heads := make(chan string, 1)
	addr := serveTLS(t, testCertificate(t, a, Leaf{Names: []string{"127.0.0.1"}}), func(c net.Conn) {
		heads <- readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	c := &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true, Token: "s3cret", UserAgent: "Test/1"}
	r := JoinRequest(awkward, []string{"a b"})
	ex := c.Do(t.Context(), Destination{Address: addr, Host: "h.example", VerifyName: "127.0.0.1"}, r, nil)
	checkFailure(t, ex.Failure, "", "")
	want := "POST " + r.Target + " HTTP/1.1\r\n"
	for _, f := range ex.Request.Header {
		want += f.Name + ": " + strings.Replace(f.Value, "…", "s3cret", 1) + "\r\n"
	}
	if head := <-heads; head != want+"\r\n" {
		t.Errorf("wrote\n%s\nshown as\n%s", head, want)
	}
	if diff := cmp.Diff([]Field{{"Host", "h.example"}, {"User-Agent", "Test/1"}, {"Authorization", "Bearer …"},
		{"Content-Type", "application/json"}, {"Content-Length", "2"}, {"Connection",
			"close"}}, ex.Request.Header); diff != "" {
		t.Errorf("shown (-want +got)\n%s", diff)
	}
}

// The parts of an exchange are timed one after the other, by the client's clock.
func TestDoTimings(t *testing.T) {
	a := testAuthority(t)
	addr := serveTLS(t, testCertificate(t, a, Leaf{Names: []string{"127.0.0.1"}}), says("HTTP/1.1 200 OK\r\n\r\n{}"))
	var now atomic.Int64
	clock := func() time.Time { return testNow.Add(time.Duration(now.Add(1)) * time.Second) }
	c := &Client{Roots: a.Pool(), Now: clock, AllowPrivate: true}
	ex := c.Do(t.Context(), Destination{Address: addr, Host: addr, VerifyName: "127.0.0.1"}, KeysRequest(), nil)
	checkFailure(t, ex.Failure, "", "")
	got := ex.Connection.Timings
	for _, part := range []time.Duration{got.Connect, got.TLS, got.Write, got.FirstByte, got.Body} {
		if part <= 0 {
			t.Errorf("a part took no time: %+v", got)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
	f.Add("HTTP/1.0 500\n\nx")
	f.Fuzz(func(t *testing.T, wire string) {
		in := &recorder{conn: strings.NewReader(wire)}
		a, err := newResponseReader(in, 300, 100)
		var res *Response
		if err == nil {
			res, err = a.read("GET")
		}
		if err == nil && (res == nil || res.Status < 101 || len(res.Body) > 100) {
			t.Errorf("%q gave %+v", wire, res)
		}
		if cause := in.cause(err); (cause == nil) != (err == nil) {
			t.Errorf("%q: error %v has the cause %v", wire, err, cause)
		}
	})
}

// A pinned certificate is accepted whatever it says, and no other, however good.
func TestDoPinnedCertificate(t *testing.T) {
	a := testAuthority(t)
	old := Leaf{Names: []string{"other.example"}, NotBefore: testNow.Add(-48 * time.Hour),
		NotAfter: testNow.Add(-24 * time.Hour), SelfSigned: true}
	pinned, good := testCertificate(t, a, old), testCertificate(t, a, Leaf{Names: []string{"matrix.example"}})
	for _, tt := range []struct {
		name   string
		served tls.Certificate
		want   string
	}{
		{"the one", pinned, ""},
		{"another that looks the same", testCertificate(t, a, old), "certificate: not the one that is pinned"},
		{"a good one", good, "certificate: not the one that is pinned"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := serveTLS(t, tt.served, says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
			c := &Client{Roots: a.Pool(), Pinned: pinned.Certificate[0], Now: testClock, AllowPrivate: true}
			ex := c.Do(t.Context(), Destination{Server: "s", Address: addr, Host: "s", SNI: "matrix.example",
				VerifyName: "matrix.example"}, KeysRequest(), nil)
			if ex.Connection.TLS == nil || ex.Connection.TLS.VerifyError != tt.want {
				t.Fatalf("TLS facts %+v, want the error %q", ex.Connection.TLS, tt.want)
			}
			if tt.want == "" {
				checkFailure(t, ex.Failure, "", "")
			} else {
				checkFailure(t, ex.Failure, FailedTLS, tt.want)
			}
		})
	}
}

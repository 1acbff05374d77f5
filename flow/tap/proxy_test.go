package tap_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow/tap"
)

// What came to an upstream.
type came struct {
	line    string
	host    string
	header  http.Header
	body    string // SHA-256
	trailer http.Header
}

// An upstream notes what comes to it, and answers as answer says.
type upstream struct {
	*httptest.Server
	mu   sync.Mutex
	came []came
}

func (u *upstream) last() came {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.came) == 0 {
		return came{}
	}
	return u.came[len(u.came)-1]
}

func sum(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// behind starts an upstream: of HTTP/2 over TLS where secure is set.
func behind(t *testing.T, secure bool, answer http.HandlerFunc) *upstream {
	t.Helper()
	u := &upstream{}
	u.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		u.mu.Lock()
		u.came = append(u.came, came{r.Method + " " + r.RequestURI, r.Host, r.Header.Clone(), sum(body), r.Trailer.Clone()})
		u.mu.Unlock()
		answer(w, r)
	}))
	if secure {
		u.EnableHTTP2 = true
		u.StartTLS()
	} else {
		u.Start()
	}
	t.Cleanup(u.Close)
	return u
}

// before stands a tap before an upstream.
func before(t *testing.T, url string, o tap.Options) *tap.Standing {
	t.Helper()
	o.Listen, o.Upstream, o.Tool = "127.0.0.1:0", url, "doorstep test"
	s, err := tap.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// raw sends bytes and returns the answer to them, as Go reads it, and its body.
func raw(t *testing.T, addr, text string) (*http.Response, []byte) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

func plainly(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true}`) }

// TestRequestsPassAsTheyAre sends requests straight to an upstream and through a tap: it gets the same ones.
func TestRequestsPassAsTheyAre(t *testing.T) {
	t.Parallel()
	u := behind(t, false, plainly)
	s := before(t, u.URL, tap.Options{})
	for name, text := range map[string]string{
		"escapes": "GET /_matrix/federation/v1/make_join/%21a%3Ab/%40c%3ad?ver=1&ver=%31%32 HTTP/1.1\r\n" +
			"Host: me.example:8448\r\nUser-Agent: x/1\r\nAuthorization: X-Matrix origin=\"a\",key=\"ed25519:1\",sig=\"b\"\r\n\r\n",
		"unescaped":   "GET /_matrix/federation/v1/make_join/!a:b/@c:d?ver=1;2&x=%zz HTTP/1.1\r\nHost: me\r\n\r\n",
		"slashes":     "GET /_matrix//federation/../v1/%2F/%2e%2e/a HTTP/1.1\r\nHost: me\r\n\r\n",
		"two slashes": "GET //_matrix/a%2Fb HTTP/1.1\r\nHost: me\r\n\r\n",
		"question":    "GET /_matrix/x? HTTP/1.1\r\nHost: me\r\n\r\n",
		"no agent":    "GET /_matrix/x HTTP/1.1\r\nHost: me\r\n\r\n",
		"star":        "OPTIONS * HTTP/1.1\r\nHost: me\r\n\r\n",
		"forwarded": "GET /_matrix/x HTTP/1.1\r\nHost: me\r\nX-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n" +
			"X-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n\r\n",
		"length": "PUT /_matrix/federation/v2/send_join/!a:b/$c HTTP/1.1\r\nHost: me\r\nContent-Length: 4\r\n\r\n{\"\xff}",
		"chunked": "PUT /_matrix/federation/v2/send_join/!a:b/$c HTTP/1.1\r\nHost: me\r\nTransfer-Encoding: chunked\r\n" +
			"Trailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 12\r\n\r\n",
		"packed": "PUT /_matrix/federation/v1/send/1 HTTP/1.1\r\nHost: me\r\nContent-Encoding: gzip\r\n" +
			"Content-Length: 3\r\nAccept-Encoding: br;q=1.0, gzip;q=0.5\r\nTE: trailers\r\n\r\n\x1f\x8b\x08",
		"old": "GET /_matrix/x HTTP/1.0\r\nHost: me\r\n\r\n",
	} {
		raw(t, u.Listener.Addr().String(), text)
		want := u.last()
		raw(t, s.Addr().String(), text)
		got := u.last()
		for _, h := range []http.Header{want.header, got.header} {
			h.Del("Connection") // says something of one connection
		}
		if got.line != want.line || got.host != want.host || got.body != want.body {
			t.Errorf("%s: came as %q of %q with %s, not %q of %q with %s", name, got.line, got.host, got.body,
				want.line, want.host, want.body)
		}
		if !maps.EqualFunc(got.header, want.header, slices.Equal) ||
			!maps.EqualFunc(got.trailer, want.trailer, slices.Equal) {
			t.Errorf("%s: header fields %v, trailers %v, not %v, %v", name, got.header, got.trailer, want.header,
				want.trailer)
		}
	}
}

// TestAnswersPassAsTheyAre asks an upstream straight and through a tap: the answers are the same.
func TestAnswersPassAsTheyAre(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("state and auth_chain\x00\xff"), 1<<17)
	answers := map[string]http.HandlerFunc{
		"length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(large)))
			_, _ = w.Write(large)
		},
		"chunked": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			for i := range 3 {
				_, _ = w.Write(large[:1000*i])
				w.(http.Flusher).Flush()
			}
			w.Header().Set("X-Sum", "12")
			w.Header().Set(http.TrailerPrefix+"X-Late", "13")
		},
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(large)
			_ = z.Close()
		},
		"two of a name": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
			w.Header()["Date"], w.Header()["Content-Type"] = nil, nil // neither is sent
			w.WriteHeader(418)
			fmt.Fprint(w, "<html>")
		},
		"empty":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"redirect": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "//a"); w.WriteHeader(307) },
		"refusal": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(403)
			fmt.Fprint(w, `{"errcode":"M_FORBIDDEN"}`)
		},
	}
	for name, answer := range answers {
		for _, secure := range []bool{false, true} {
			u := behind(t, secure, answer)
			s := before(t, u.URL, tap.Options{Insecure: true})
			want, got := asked(t, u.URL), asked(t, "http://"+s.Addr().String())
			if got != want {
				t.Errorf("%s, TLS %v: the answer is\n%s\nnot\n%s", name, secure, got, want)
			}
		}
	}
}

// asked is the answer of a server to the question for a template, as a text.
func asked(t *testing.T, url string) string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableCompression: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer c.CloseIdleConnections()
	r, err := c.Get(url + "/_matrix/federation/v1/make_join/!a:b/@c:d")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.Header.Get("Date") != "" {
		r.Header.Set("Date", "some")
	}
	return fmt.Sprint(r.StatusCode, " ", r.ContentLength, " ", r.Header, " ", sum(body), " ", r.Trailer)
}

// A connection is used again, HTTP/2 is spoken on both sides, and what is to be continued is.
func TestConnections(t *testing.T) {
	t.Parallel()
	u := behind(t, true, plainly)
	certificate, err := client.SelfSigned(time.Now(), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	cert, key := pemFiles(t, certificate)
	s := before(t, u.URL, tap.Options{Insecure: true, CertFile: cert, KeyFile: key})
	if !s.Secure() {
		t.Error("it does not speak TLS")
	}
	c := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer c.CloseIdleConnections()
	for range 3 {
		r, err := c.Post("https://"+s.Addr().String()+"/_matrix/x", "text/plain", strings.NewReader("abc"))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.ProtoMajor != 2 || string(body) != `{"ok":true}` || u.last().body != sum([]byte("abc")) {
			t.Errorf("%s %s", r.Proto, body)
		}
	}
}

// pemFiles writes a certificate and its key.
func pemFiles(t *testing.T, c tls.Certificate) (cert, key string) {
	t.Helper()
	certPEM, keyPEM := pemOf(t, c)
	cert, key = filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	for name, text := range map[string][]byte{cert: certPEM, key: keyPEM} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestKeepAliveAndContinue(t *testing.T) {
	t.Parallel()
	u := behind(t, false, plainly)
	s := before(t, u.URL, tap.Options{})
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	in := bufio.NewReader(conn)
	for i := range 3 {
		fmt.Fprintf(conn, "PUT /_matrix/federation/v2/send_join/!a:b/$c HTTP/1.1\r\nHost: me\r\nExpect: 100-continue\r\n"+
			"Content-Length: 5\r\n\r\n")
		line, err := textproto.NewReader(in).ReadLine()
		if err != nil || line != "HTTP/1.1 100 Continue" {
			t.Fatalf("%d: %q, %v", i, line, err)
		}
		_, _ = in.ReadString('\n')
		fmt.Fprint(conn, "hello")
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		if string(body) != `{"ok":true}` || u.last().body != sum([]byte("hello")) {
			t.Errorf("%d: %s", i, body)
		}
	}
}

// A connection that is upgraded carries bytes both ways.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	u := behind(t, false, func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		fmt.Fprint(rw, "you said "+line)
		_ = rw.Flush()
	})
	s := before(t, u.URL, tap.Options{})
	for _, path := range []string{"/ws", "/_matrix/federation/v1/make_join/!a:b/@c:d"} {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(conn, "GET "+path+" HTTP/1.1\r\nHost: me\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		in := bufio.NewReader(conn)
		r, err := http.ReadResponse(in, nil)
		if err != nil || r.StatusCode != 101 || r.Header.Get("Upgrade") != "websocket" {
			t.Fatalf("%+v, %v", r, err)
		}
		fmt.Fprint(conn, "hello\n")
		if line, _ := in.ReadString('\n'); line != "you said hello\n" {
			t.Errorf("%s: %q", path, line)
		}
	}
}

// Whatever a request names, it goes to the one upstream.
func TestNeverAnOpenProxy(t *testing.T) {
	t.Parallel()
	u := behind(t, false, plainly)
	other := behind(t, false, plainly)
	s := before(t, u.URL, tap.Options{})
	there := other.Listener.Addr().String()
	r, body := raw(t, s.Addr().String(), "CONNECT "+there+" HTTP/1.1\r\nHost: "+there+"\r\n\r\n")
	if r.StatusCode != 405 || !strings.Contains(string(body), "CONNECT") {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	for _, line := range []string{"GET http://" + there + "/_matrix/a%2Fb?c=d HTTP/1.1\r\nHost: " + there,
		"GET /_matrix/a%2Fb?c=d HTTP/1.1\r\nHost: " + there} {
		raw(t, s.Addr().String(), line+"\r\n\r\n")
		if got := u.last(); got.line != "GET /_matrix/a%2Fb?c=d" || got.host != there {
			t.Errorf("%q came as %q of %q", line, got.line, got.host)
		}
	}
	if got := other.last(); got.line != "" {
		t.Errorf("another server was asked: %q", got.line)
	}
}

func TestForwarded(t *testing.T) {
	t.Parallel()
	u := behind(t, false, plainly)
	s := before(t, u.URL, tap.Options{Forwarded: true})
	raw(t, s.Addr().String(), "GET /_matrix/x HTTP/1.1\r\nHost: me\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
	if got := u.last().header.Get("X-Forwarded-For"); got != "192.0.2.1, 127.0.0.1" {
		t.Error(got)
	}
}

// An upstream that is not there, or goes away, is told of in the tap's own name.
func TestUpstreamDown(t *testing.T) {
	t.Parallel()
	u := behind(t, false, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	s := before(t, u.URL, tap.Options{})
	const asks = "GET /_matrix/federation/v1/make_join/!a:b/@c:d HTTP/1.1\r\nHost: me\r\n\r\n"
	r, body := raw(t, s.Addr().String(), asks)
	if r.StatusCode != 502 || string(body) != `{"error":"doorstep tap: the server behind this proxy does not answer: `+
		`it closed the connection"}` {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	u.Close()
	r, body = raw(t, s.Addr().String(), asks)
	if r.StatusCode != 502 || !strings.Contains(string(body), "connection refused") ||
		strings.Contains(string(body), "127.0.0.1") {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	if n, why := s.Failing(); n != 2 || why != "connection refused" {
		t.Errorf("%d, %s", n, why)
	}
}

// An answer that breaks off breaks off for the joining server as well.
func TestBrokenAnswer(t *testing.T) {
	t.Parallel()
	u := behind(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("{"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	s := before(t, u.URL, tap.Options{})
	r, err := http.Get("http://" + s.Addr().String() + "/_matrix/federation/v1/make_join/!a:b/@c:d")
	if err != nil {
		return // it broke off before anything was passed on
	}
	defer r.Body.Close()
	if body, err := io.ReadAll(r.Body); err == nil {
		t.Errorf("a whole answer: %q", body)
	}
}

// Large answers that begin as soon as the request has come pass whole, every time.
func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("x"), 4<<20)
	u := behind(t, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(large)))
		_, _ = w.Write(large)
	})
	s := before(t, u.URL, tap.Options{})
	c := &http.Client{}
	defer c.CloseIdleConnections()
	for i := range 300 {
		q, err := http.NewRequest("PUT", "http://"+s.Addr().String()+"/_matrix/federation/v1/send/1",
			strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if err != nil || n != int64(len(large)) {
			t.Fatalf("answer %d: %d bytes, %v", i, n, err)
		}
	}
}

// What a tap says of what cannot be.
func TestTrouble(t *testing.T) {
	t.Parallel()
	plain, secure := behind(t, false, plainly), behind(t, true, plainly)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	here := "127.0.0.1:0"
	for _, c := range []struct {
		o    tap.Options
		kind tap.TroubleKind
		says string
	}{
		{tap.Options{Upstream: plain.URL}, tap.Unusable, "--listen"},
		{tap.Options{Listen: "nonsense", Upstream: plain.URL}, tap.Unusable, "not a host and a port"},
		{tap.Options{Listen: ":8448", Upstream: plain.URL}, tap.Unusable, "--public"},
		{tap.Options{Listen: "0.0.0.0:0", Upstream: plain.URL}, tap.Unusable, "--public"},
		{tap.Options{Listen: "[::]:0", Upstream: plain.URL}, tap.Unusable, "--public"},
		{tap.Options{Listen: "matrix.example:0", Upstream: plain.URL}, tap.Unusable, "--public"},
		{tap.Options{Listen: here}, tap.Unusable, "--upstream"},
		{tap.Options{Listen: here, Upstream: "127.0.0.1:8008"}, tap.Unusable, "not a URL"},
		{tap.Options{Listen: here, Upstream: "ftp://a"}, tap.Unusable, "not a URL"},
		{tap.Options{Listen: here, Upstream: "http://a/b"}, tap.Unusable, "only scheme, host and port"},
		{tap.Options{Listen: here, Upstream: "http://u:p@a"}, tap.Unusable, "only scheme, host and port"},
		{tap.Options{Listen: here, Upstream: plain.URL, CertFile: "c"}, tap.Unusable, "belong together"},
		{tap.Options{Listen: here, Upstream: plain.URL, CertFile: "c", KeyFile: "k"}, tap.Unusable, "no such file"},
		{tap.Options{Listen: here, Upstream: plain.URL, CAFile: "c"}, tap.Unusable, "no such file"},
		{tap.Options{Listen: here, Upstream: plain.URL, Pins: []string{"x"}}, tap.Unusable, "x"},
		{tap.Options{Listen: here, Upstream: strings.Replace(secure.URL, "https", "http", 1)}, tap.Unusable,
			"it speaks TLS"},
		{tap.Options{Listen: here, Upstream: strings.Replace(plain.URL, "http", "https", 1)}, tap.Unusable,
			"it speaks plain HTTP"},
		{tap.Options{Listen: here, Upstream: secure.URL}, tap.Unusable, "--ca"},
		{tap.Options{Listen: here, Upstream: "http://name.invalid"}, tap.Unresolvable, "leads to no address"},
		{tap.Options{Listen: taken.Addr().String(), Upstream: plain.URL}, tap.CannotListen, "in use"},
	} {
		s, err := tap.Open(context.Background(), c.o)
		if err == nil {
			s.Close()
			t.Errorf("%+v: it stands", c.o)
			continue
		}
		trouble, ok := err.(*tap.Trouble)
		if !ok || trouble.Kind != c.kind || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
}

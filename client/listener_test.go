package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

// A watcher is an observer that keeps everything.
type watcher struct {
	mu       sync.Mutex
	received []InboundRequest
	answered map[int]Response
	trouble  []string
	failed   chan InboundFailure // nil: nobody waits for them
}

func (w *watcher) Failed(f InboundFailure) {
	w.mu.Lock()
	failed := w.failed
	w.mu.Unlock()
	if failed != nil {
		failed <- f
	}
}

func (w *watcher) Received(r InboundRequest) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.received = append(w.received, r)
	return len(w.received)
}

func (w *watcher) Answered(id int, r Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answered == nil {
		w.answered = map[int]Response{}
	}
	w.answered[id] = r
}

func (w *watcher) Trouble(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = append(w.trouble, err.Error())
}

// last gives the last request and its answer.
func (w *watcher) last() (InboundRequest, Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.received) == 0 {
		return InboundRequest{}, Response{}
	}
	return w.received[len(w.received)-1], w.answered[len(w.received)]
}

// A listening is a listener under test, and a client that calls it.
type listening struct {
	*Listener
	*watcher
	client *Client
	to     Destination
}

// claimed is the header of a request that somebody claims to have signed.
var claimed = "Authorization: " + XMatrix{Origin: "caller.example", Destination: "joining.example", Key: "ed25519:1",
	Sig: strings.Repeat("A", 86)}.String() + "\r\n"

func listen(t *testing.T, change func(*ListenerConfig)) *listening {
	t.Helper()
	a := testAuthority(t)
	w := &watcher{}
	config := ListenerConfig{
		Addr: "127.0.0.1:0", Identity: testIdentity(t, "joining.example"), Certificate: testCertificate(t, a,
			Leaf{Names: []string{"127.0.0.1"}}),
		Version: "0.1", Now: testClock, Observe: w, Trouble: w.Trouble,
	}
	if change != nil {
		change(&config)
	}
	l, err := Listen(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	addr := l.Addr().String()
	return &listening{
		Listener: l, watcher: w, to: Destination{Server: "joining.example", Address: addr, Host: addr,
			VerifyName: "127.0.0.1"},
		client: &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true, Limits: Limits{Deadline: 20 * time.Second}},
	}
}

// do sends a request and gives the answer.
func (l *listening) do(t *testing.T, r Request) Response {
	t.Helper()
	ex := l.client.Do(t.Context(), l.to, r, nil)
	if ex.Failure != nil || ex.Response == nil {
		t.Fatalf("%s %s: %+v", r.Method, r.Target, ex.Failure)
	}
	return *ex.Response
}

func TestListenerRoutes(t *testing.T) {
	l := listen(t, nil)
	for _, tt := range []struct {
		method, target, body string
		endpoint             Endpoint
		status               int
		want                 string // a part of the answer
	}{
		{"GET", "/_matrix/key/v2/server", "", ServerKeys, 200, `"server_name":"joining.example"`},
		{"GET", "/_matrix/key/v2/server/", "", ServerKeys, 200, `"verify_keys":{"ed25519:1"`},
		{"GET", "/_matrix/key/v2/server/ed25519%3A1", "", ServerKeys, 200, `"signatures":{"joining.example"`},
		{"GET", "/_matrix/key/v2/server/ed25519:1?x=y", "", ServerKeys, 200, `"valid_until_ts":1772687167000`},
		{"GET", "/_matrix/key/v2/query/joining.example?minimum_valid_until_ts=1", "", NotaryQuery, 200, `{"server_keys":[{"`},
		{"GET", "/_matrix/key/v2/query/joining.example/ed25519:1", "", NotaryQuery, 200, `{"server_keys":[{"`},
		{"GET", "/_matrix/key/v2/query/other.example", "", NotaryQuery, 200, `{"server_keys":[]}`},
		{"POST", "/_matrix/key/v2/query", `{"server_keys":{"joining.example":{}}}`, NotaryQuery, 200, `{"server_keys":[{"`},
		{"POST", "/_matrix/key/v2/query", `{"server_keys":{"other.example":{}}}`, NotaryQuery, 200, `{"server_keys":[]}`},
		{"POST", "/_matrix/key/v2/query", `{}`, NotaryQuery, 400, `M_BAD_JSON`},
		{"POST", "/_matrix/key/v2/query", `<`, NotaryQuery, 400, `M_BAD_JSON`},
		{"GET", "/_matrix/federation/v1/version", "", ServerVersion, 200, `{"server":{"name":"Doorstep","version":"0.1"}}`},
		{"PUT", "/_matrix/federation/v1/send/a%2Fb", `{"pdus":[]}`, Send, 200, `{"pdus":{}}`},
		{"POST", "/_matrix/client/v3/join/%21r%3Ah", `{}`, ClientJoin, 403, `M_FORBIDDEN`}, // no Join given
		{"PUT", "/_matrix/federation/v2/invite/r/e", `{}`, Invite, 403, `M_FORBIDDEN`},     // no Keys given

		{"GET", "/", "", "", 404, "M_UNRECOGNIZED"},
		{"GET", "/_matrix", "", "", 404, "M_UNRECOGNIZED"},
		{"GET", "/_matrix/key//v2/server", "", "", 404, "M_UNRECOGNIZED"}, // nothing is cleaned away
		{"GET", "/_matrix/x/../key/v2/server", "", "", 404, "M_UNRECOGNIZED"},
		{"GET", "/_matrix%2Fkey/v2/server", "", "", 404, "M_UNRECOGNIZED"},
		{"PUT", "/_matrix/federation/v1/send/a/b", "{}", "", 404, "M_UNRECOGNIZED"},
		{"PUT", "/_matrix/federation/v1/send/", "{}", "", 404, "M_UNRECOGNIZED"},
		{"PUT", "/_matrix/key/v2/server", "{}", "", 405, "M_UNRECOGNIZED"},
		{"GET", "/_matrix/federation/v1/send/a", "", "", 405, "M_UNRECOGNIZED"},
		{"GET", "/_matrix/client/v3/join/a", "", "", 405, "M_UNRECOGNIZED"},
	} {
		r := Request{Method: tt.method, Target: tt.target}
		if tt.body != "" {
			r.Body = []byte(tt.body)
		}
		if l.client.Identity = nil; tt.endpoint == Send {
			l.client.Identity = testIdentity(t, "caller.example")
		}
		res := l.do(t, r)
		if res.Status != tt.status || !strings.Contains(string(res.Body), tt.want) || !json.Valid(res.Body) {
			t.Errorf("%s %s: %d %s", tt.method, tt.target, res.Status, res.Body)
		}
		in, out := l.last()
		read := r.Body
		if tt.status == 403 || tt.status == 404 || tt.status == 405 {
			read = nil // it was turned away before
		}
		if in.Request.Endpoint != tt.endpoint || in.Request.Target != tt.target || in.Request.Method != tt.method ||
			!bytes.Equal(in.Request.Body, read) || in.Failure != nil || !in.At.Equal(testNow) || in.Address == "" ||
			len(in.Request.Header) < 3 {
			t.Errorf("%s %s: received as %+v", tt.method, tt.target, in)
		}
		// How the connection goes on is not part of the answer.
		res.Header = slices.DeleteFunc(res.Header, func(f Field) bool { return f.Name == "Connection" })
		if diff := cmp.Diff(res, out); diff != "" {
			t.Errorf("%s %s: answered (-wire +observed)\n%s", tt.method, tt.target, diff)
		}
	}
	if len(l.trouble) != 0 {
		t.Errorf("trouble: %q", l.trouble)
	}
}

func TestListenerJoin(t *testing.T) {
	release := make(chan struct{})
	var got JoinCall
	l := listen(t, func(c *ListenerConfig) {
		c.Token = "s3cret"
		c.Join = func(ctx context.Context, call JoinCall) (int, []byte) {
			got = call
			<-release
			return 200, []byte(`{"room_id":"!r"}`)
		}
	})
	r := JoinRequest("#a/b:h", []string{"x:1", "y"})
	r.Target += "&server_name=z&access_token=leak"
	for token, errcode := range map[string]string{"": "M_MISSING_TOKEN", "other": "M_UNKNOWN_TOKEN"} {
		l.client.Token = token
		if res := l.do(t, r); res.Status != 401 || !strings.Contains(string(res.Body), errcode) {
			t.Errorf("token %q: %d %s", token, res.Status, res.Body)
		}
	}

	l.client.Token = "s3cret"
	done := make(chan Exchange)
	go func() { done <- l.client.Do(t.Context(), l.to, r, func(Request) { close(release) }) }()
	ex := <-done
	if ex.Failure != nil || ex.Response.Status != 200 || string(ex.Response.Body) != `{"room_id":"!r"}` {
		t.Errorf("join: %+v", ex)
	}
	if diff := cmp.Diff(JoinCall{ID: 3, Target: "#a/b:h", Via: []string{"x:1", "y", "z"}}, got); diff != "" {
		t.Errorf("join call (-want +got)\n%s", diff)
	}
	shown := fmt.Sprintf("%+v", l.received)
	if strings.Contains(shown, "s3cret") || strings.Contains(shown, "leak") || !strings.Contains(shown, "Bearer …") {
		t.Errorf("observed %s", shown)
	}
}

// The context of a join ends when the client goes away, and when the listener is closed.
func TestListenerJoinEnds(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error)
	l := listen(t, func(c *ListenerConfig) {
		c.Join = func(ctx context.Context, _ JoinCall) (int, []byte) {
			started <- struct{}{}
			<-ctx.Done()
			ended <- ctx.Err()
			return 500, []byte(`{}`)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	go l.client.Do(ctx, l.to, JoinRequest("!r", nil), nil)
	<-started
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("client gone: %v", err)
	}

	answered := make(chan Exchange, 1)
	go func() { answered <- l.client.Do(t.Context(), l.to, JoinRequest("!r", nil), nil) }()
	<-started
	closed := make(chan struct{})
	go func() { l.Close(); close(closed) }()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("listener closed: %v", err)
	}
	<-closed
	if ex := <-answered; ex.Response == nil || ex.Response.Status != 500 {
		t.Errorf("the answer under way was not written: %+v", ex.Failure)
	}
	ex := l.client.Do(t.Context(), l.to, KeysRequest(), nil)
	checkFailure(t, ex.Failure, FailedConnect, "refused")
}

func TestListenerEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := testAuthority(t)
	l, err := Listen(ctx, ListenerConfig{Addr: "127.0.0.1:0", Identity: testIdentity(t, "a"),
		Certificate: testCertificate(t, a, Leaf{})})
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if _, err := Listen(ctx, ListenerConfig{Addr: addr, Identity: testIdentity(t, "a")}); err == nil ||
		err.Error() != fmt.Sprintf("listen on %q: the address is in use", addr) {
		t.Errorf("second listener: %v", err)
	}
	cancel()
	<-l.served
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("still listening")
	}
	if _, err := Listen(t.Context(), ListenerConfig{Addr: "nonsense"}); err == nil {
		t.Error("listened without an identity")
	}
}

// What cannot be listened on is said in plain words.
func TestListenTCP(t *testing.T) {
	for addr, says := range map[string]string{
		"8448":                     "not a host and a port, as in 127.0.0.1:8448",
		"a:b:c":                    "not a host and a port, as in 127.0.0.1:8448",
		"127.0.0.1:99999":          "there is no such port",
		"127.0.0.1:nosuch-service": "there is no such port",
		"192.0.2.1:0":              "this machine does not have the address",
		"name.invalid:0":           "its name leads to no address",
	} {
		if l, err := ListenTCP(t.Context(), addr); err == nil {
			l.Close()
			t.Errorf("%s: listened", addr)
		} else if err.Error() != fmt.Sprintf("listen on %q: %s", addr, says) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	// Whether root's ports are root's depends on who tests, and where: what the system says of one is given.
	refused := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EACCES)}
	if err := listenError("127.0.0.1:443", refused); !strings.Contains(err.Error(), "ports below 1024 are root's") {
		t.Error(err)
	}
}

// A panic becomes a 500 and is told of; the listener lives on.
func TestListenerTrouble(t *testing.T) {
	troubles := make(chan string, 4)
	defer OnPanic(PanicHandler{Contained: func(p Panic) {
		troubles <- fmt.Sprintf("panic: %v\n%s", p.Value, p.Stack)
	}})()
	l := listen(t, func(c *ListenerConfig) {
		c.Join = func(context.Context, JoinCall) (int, []byte) { panic("oh no") }
	})
	if res := l.do(t, JoinRequest("!r", nil)); res.Status != 500 || !strings.Contains(string(res.Body), "M_UNKNOWN") {
		t.Errorf("answered %d %s", res.Status, res.Body)
	}
	if got := <-troubles; !strings.Contains(got, "panic: oh no") || !strings.Contains(got, "TestListenerTrouble") {
		t.Errorf("trouble %q", got)
	}
	if res := l.do(t, KeysRequest()); res.Status != 200 {
		t.Errorf("after trouble: %d", res.Status)
	}
}

// Connections that end without a request are told of, and why they ended.
func TestListenerFailures(t *testing.T) {
	l := listen(t, func(c *ListenerConfig) { c.headTime = 3 * time.Second })
	l.mu.Lock()
	l.failed = make(chan InboundFailure, 4)
	l.mu.Unlock()
	dial := func(t *testing.T) net.Conn {
		c, err := net.Dial("tcp", l.to.Address)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, tt := range map[string]struct {
		call func(*testing.T)
		want Failure
	}{
		"distrust": {func(t *testing.T) {
			stranger := *l.client
			stranger.Roots = testAuthority(t).Pool()
			checkFailure(t, stranger.Do(t.Context(), l.to, KeysRequest(), nil).Failure, FailedTLS, "unknown authority")
		}, Failure{Kind: FailedTLS, Part: PartTLS, Alert: AlertBadCertificate}},
		"a standard client's distrust": {func(t *testing.T) {
			if _, err := tls.Dial("tcp", l.to.Address, &tls.Config{ServerName: "127.0.0.1"}); err == nil {
				t.Error("trusted")
			}
		}, Failure{Kind: FailedTLS, Part: PartTLS, Alert: AlertBadCertificate}},
		"old TLS": {func(t *testing.T) {
			if _, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10,
				MaxVersion: tls.VersionTLS11}); err == nil {
				t.Error("spoke TLS 1.1")
			}
		}, Failure{Kind: FailedTLS, Part: PartTLS}},
		"plain HTTP": {func(t *testing.T) {
			c := dial(t)
			defer c.Close()
			io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: x\r\n\r\n")
			io.Copy(io.Discard, c)
		}, Failure{Kind: FailedTLS, Part: PartTLS, Reason: ReasonNotTLS}},
		"hangs up at once": {func(t *testing.T) { dial(t).Close() }, Failure{Kind: FailedClosed, Part: PartTLS}},
		"says nothing": {func(t *testing.T) { c := dial(t); io.Copy(io.Discard, c); c.Close() },
			Failure{Kind: FailedTimeout, Part: PartTLS}},
		"hangs up after it": {func(t *testing.T) {
			c, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		}, Failure{Kind: FailedClosed, Part: PartFirstByte}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.call(t)
			got := <-l.failed
			if got.Address == "" || !strings.Contains(got.Failure.Message, "the caller") ||
				strings.Contains(got.Failure.Message, "\n") {
				t.Errorf("%+v", got)
			}
			got.Failure.Message = ""
			if diff := cmp.Diff(tt.want, got.Failure); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	// A connection that carried a request is none of them, nor is one that the end of the listener cuts.
	if res := l.do(t, KeysRequest()); res.Status != 200 {
		t.Errorf("after failures: %d", res.Status)
	}
	idle, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	l.Close()
	select {
	case f := <-l.failed:
		t.Errorf("told of %+v", f)
	default:
	}
}

// A caller that has refused our certificate may answer us before we have noticed: Settle waits for that, and not for
// ever where somebody just keeps a connection.
func TestListenerSettle(t *testing.T) {
	l := listen(t, nil)
	l.failed = make(chan InboundFailure)
	var told atomic.Bool
	go func() {
		time.Sleep(50 * time.Millisecond)
		told.Store(true)
		<-l.failed
	}()
	stranger := *l.client
	stranger.Roots = testAuthority(t).Pool()
	if x := stranger.Do(t.Context(), l.to, KeysRequest(), nil); x.Failure == nil {
		t.Fatal("the certificate was accepted")
	}
	l.Settle(t.Context(), time.Minute)
	if !told.Load() {
		t.Error("settled before the observer had been told")
	}
	l.failed = nil

	quiet, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close()
	for waits := false; !waits; time.Sleep(time.Millisecond) {
		l.callers.mu.Lock()
		waits = len(l.callers.began) == 1
		l.callers.mu.Unlock()
	}
	l.Settle(t.Context(), time.Millisecond) // returns
}

func TestListenerBodies(t *testing.T) {
	l := listen(t, nil)
	l.client.Identity = testIdentity(t, "caller.example")
	send := func(n int) Request {
		return put("", "/_matrix/federation/v1/send/1", fmt.Appendf(nil, "%q", bytes.Repeat([]byte("a"), n-2)))
	}
	if res := l.do(t, send(maxTransaction)); res.Status != 200 {
		t.Errorf("largest body: %d", res.Status)
	}
	res := l.do(t, send(maxTransaction+1))
	in, _ := l.last()
	if res.Status != 413 || len(in.Request.Body) != maxTransaction || in.Failure == nil || in.Failure.Kind != FailedTooLarge {
		t.Errorf("too large a body: %d, %d bytes kept, %+v", res.Status, len(in.Request.Body), in.Failure)
	}

	// A body that breaks off is kept as far as it came.
	conn, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "PUT /_matrix/federation/v1/send/1 HTTP/1.1\r\nHost: a\r\n"+claimed+"Content-Length: 9\r\n\r\n{\"a")
	conn.CloseWrite()
	answer, _ := io.ReadAll(conn)
	in, _ = l.last()
	if !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") || string(in.Request.Body) != `{"a` || in.Failure == nil ||
		in.Failure.Kind != FailedClosed {
		t.Errorf("broken off: %q, received %+v", answer, in)
	}
}

func TestListenerInvite(t *testing.T) {
	inviter := testIdentity(t, "inviter.example")
	inviter.Key, _ = GenerateKey()
	v, _ := event.Lookup("11")
	template := map[string]any{
		"type": "m.room.member", "sender": "@a:inviter.example", "state_key": "@u:joining.example",
		"room_id": "!r:inviter.example", "content": map[string]any{"membership": "invite", "displayname": "<&>"},
		"origin_server_ts": 1, "depth": 1, "prev_events": []string{}, "auth_events": []string{},
	}
	invite := func(change func(map[string]any)) *event.Event {
		fields := map[string]any{}
		for k, val := range template {
			fields[k] = val
		}
		if change != nil {
			change(fields)
		}
		raw, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Hash(v, raw)
		if err == nil {
			e, err = e.Sign("inviter.example", inviter.Key)
		}
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	set := func(key string, value any) func(map[string]any) {
		return func(m map[string]any) { m[key] = value }
	}
	keys := func(_ context.Context, server, keyID string) (ed25519.PublicKey, error) {
		if server == "inviter.example" && keyID == inviter.Key.ID {
			return inviter.Key.Public(), nil
		}
		return nil, errors.New("not fetched")
	}
	var calls []InviteCall
	l := listen(t, func(c *ListenerConfig) {
		c.Keys = keys
		c.Invite = func(_ context.Context, call InviteCall) (int, []byte) {
			calls = append(calls, call)
			if bytes.Contains(call.Event, []byte("unwanted")) {
				return 403, []byte(`{"errcode":"M_FORBIDDEN"}`)
			}
			return 0, nil
		}
	})
	path := func(e *event.Event, room string) string {
		return "/_matrix/federation/v2/invite/" + EscapePath(room) + "/" + EscapePath(e.ID())
	}
	unsigned := func(e *event.Event) []byte {
		raw, err := event.Edit(e.Raw(), nil, "signatures")
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	good := invite(nil)
	const room = "!r:inviter.example"
	for _, tt := range []struct {
		name   string
		e      *event.Event
		raw    []byte // instead of e's
		path   string // instead of e's
		body   string // instead of all
		anon   bool
		status int
		want   string
	}{
		{name: "good", e: good, status: 200, want: `{"event":{`},
		{name: "not signed by X-Matrix", e: good, anon: true, status: 401, want: "M_UNAUTHORIZED"},
		{name: "unwanted", e: invite(set("content", map[string]any{"membership": "invite", "reason": "unwanted"})),
			status: 403, want: `{"errcode":"M_FORBIDDEN"}`},
		{name: "a join", e: invite(set("content", map[string]any{"membership": "join"})), status: 403, want: "no invite"},
		{name: "no member event", e: invite(set("type", "m.room.power_levels")), status: 403, want: "no invite"},
		{name: "somebody else's user", e: invite(set("state_key", "@u:other.example")), status: 403,
			want: "not one of this server"},
		{name: "sender elsewhere", e: invite(set("sender", "@a:joining.example")), status: 403, want: "the sender is not"},
		{name: "other room", e: good, path: path(good, "!other:inviter.example"), status: 403, want: "another room"},
		{name: "other event", e: good, path: path(invite(set("depth", 2)), room), status: 403, want: "another ID"},
		{name: "event not signed", e: good, raw: unsigned(good), status: 403, want: "not signed by"},
		{name: "unknown version", e: good, body: `{"room_version":"99","event":{}}`, status: 400,
			want: "M_INCOMPATIBLE_ROOM_VERSION"},
		{name: "no version", e: good, body: `{"event":{}}`, status: 400, want: "M_BAD_JSON"},
		{name: "no event", e: good, body: `{"room_version":"11"}`, status: 400, want: "M_BAD_JSON"},
		{name: "event no object", e: good, body: `{"room_version":"11","event":[]}`, status: 400, want: "M_BAD_JSON"},
		{name: "body no object", e: good, body: `[]`, status: 400, want: "M_BAD_JSON"},
	} {
		raw, target := tt.e.Raw(), path(tt.e, room)
		if tt.raw != nil {
			raw = tt.raw
		}
		if tt.path != "" {
			target = tt.path
		}
		body := fmt.Appendf(nil, `{"room_version":"11","event":%s,"invite_room_state":[]}`, raw)
		if tt.body != "" {
			body = []byte(tt.body)
		}
		l.client.Identity = inviter
		if tt.anon {
			l.client.Identity = nil
		}
		res := l.do(t, put(Invite, target, body))
		if res.Status != tt.status || !strings.Contains(string(res.Body), tt.want) {
			t.Errorf("%s: %d %s", tt.name, res.Status, res.Body)
		}
		in, _ := l.last()
		if want := "inviter.example"; !tt.anon && in.Origin != want || tt.anon && in.Origin != "" {
			t.Errorf("%s: origin %q", tt.name, in.Origin)
		}
		if res.Status != 200 {
			if bytes.Contains(res.Body, []byte(`"signatures"`)) {
				t.Errorf("%s: refused with a signature: %s", tt.name, res.Body)
			}
			continue
		}
		signed, err := event.Parse(v, bytes.TrimSuffix(bytes.TrimPrefix(res.Body, []byte(`{"event":`)), []byte("}")))
		if err != nil || signed.ID() != tt.e.ID() {
			t.Fatalf("%s: signed %s, %v", tt.name, res.Body, err)
		}
		sigs := signed.Signatures()
		if len(sigs) != 2 || sigs[1].Server != "joining.example" ||
			!signed.Verify(sigs[1], testIdentity(t, "").Key.Public()) ||
			!signed.Verify(sigs[0], inviter.Key.Public()) {
			t.Errorf("%s: signatures %+v", tt.name, sigs)
		}
	}
	if len(calls) != 2 || calls[0].ID != 1 || calls[0].Origin != "inviter.example" || calls[0].RoomVersion != "11" ||
		!bytes.Equal(calls[0].Event, good.Raw()) {
		t.Errorf("calls %+v", calls)
	}
}

// An invite in the form of the first versions is the event itself, and the answer a list; nothing but events of those
// versions comes that way. Sizes are looked at in both forms.
func TestListenerInviteV1(t *testing.T) {
	inviter := testIdentity(t, "inviter.example")
	inviter.Key, _ = GenerateKey()
	v1, _ := event.Lookup("1")
	signed := func(v *event.Version, fields map[string]any) *event.Event {
		raw, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Hash(v, raw)
		if err == nil {
			e, err = e.Sign("inviter.example", inviter.Key)
		}
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	fields := func(more ...any) map[string]any {
		out := map[string]any{"type": "m.room.member", "sender": "@a:inviter.example", "state_key": "@u:joining.example",
			"room_id": "!r:inviter.example", "content": map[string]any{"membership": "invite"}, "origin_server_ts": 1,
			"depth": 1, "prev_events": []string{}, "auth_events": []string{}, "event_id": "$e:inviter.example"}
		for i := 0; i+1 < len(more); i += 2 {
			if out[more[i].(string)] = more[i+1]; more[i+1] == nil {
				delete(out, more[i].(string))
			}
		}
		return out
	}
	var calls []InviteCall // the listener is called by one at a time here
	l := listen(t, func(c *ListenerConfig) {
		c.Keys = func(_ context.Context, server, keyID string) (ed25519.PublicKey, error) {
			return inviter.Key.Public(), nil
		}
		c.Invite = func(_ context.Context, call InviteCall) (int, []byte) { calls = append(calls, call); return 0, nil }
	})
	v11, _ := event.Lookup("11")
	large := map[string]any{"membership": "invite", "reason": strings.Repeat("a", 66000)}
	later := signed(v11, fields("event_id", nil))
	told, err := event.Edit(signed(v1, fields()).Raw(), []event.Member{{Key: "unsigned",
		Value: []byte(`{"invite_room_state":[{"type":"m.room.name"}]}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, id string
		raw      []byte
		status   int
		want     string
	}{
		{"good", "$e:inviter.example", told, 200, `[200,{"event":{`},
		{"of a later version", later.ID(), later.Raw(), 400, "M_INCOMPATIBLE_ROOM_VERSION"},
		{"other event", "$f:inviter.example", signed(v1, fields()).Raw(), 403, "another ID"},
		{"too large", "$e:inviter.example", signed(v1, fields("content", large)).Raw(), 413, "M_TOO_LARGE"},
		{"other user", "$e:inviter.example", signed(v1, fields("state_key", "@u:other.example")).Raw(), 403,
			"not one of this server"},
		{"in today's form", "$e:inviter.example", []byte(`{"room_version":"1","event":{}}`), 400, "M_INCOMPATIBLE"},
		{"state that is none", "$e:inviter.example",
			bytes.Replace(told, []byte(`[{"type":"m.room.name"}]`), []byte(`7`), 1), 400, "invite_room_state"},
	} {
		l.client.Identity = inviter
		res := l.do(t, put(InviteV1, "/_matrix/federation/v1/invite/"+EscapePath("!r:inviter.example")+"/"+
			EscapePath(tt.id), tt.raw))
		if res.Status != tt.status || !strings.Contains(string(res.Body), tt.want) {
			t.Errorf("%s: %d %s", tt.name, res.Status, res.Body)
		}
	}
	if len(calls) != 1 || calls[0].RoomVersion != "1" || calls[0].User != "@u:joining.example" ||
		len(calls[0].Shown) != 1 {
		t.Errorf("calls %+v", calls)
	}
	today := signed(v11, fields("event_id", nil, "content", large))
	res := l.do(t, put(Invite, "/_matrix/federation/v2/invite/"+EscapePath("!r:inviter.example")+"/"+
		EscapePath(today.ID()), fmt.Appendf(nil, `{"room_version":"11","event":%s,"invite_room_state":[]}`, today.Raw())))
	if res.Status != 413 {
		t.Errorf("too large in today's form: %d %s", res.Status, res.Body)
	}
	res = l.do(t, put(Invite, "/_matrix/federation/v2/invite/r/e", []byte(`{"room_version":"org.new","event":{}}`)))
	if !strings.Contains(string(res.Body), `"room_version":"org.new"`) {
		t.Errorf("an unknown version: %s", res.Body)
	}
	bound := put(OnBind, "/_matrix/federation/v1/3pid/onbind", []byte(`{"mxid":"@u:joining.example","invites":[]}`))
	for _, bound.Method = range []string{"PUT", "POST"} { // as the specification has it, and as identity servers do
		if res = l.do(t, bound); res.Status != 403 {
			t.Errorf("nobody takes third-party invites: %s: %d %s", bound.Method, res.Status, res.Body)
		}
	}
	res = l.do(t, put(InviteV1, "/_matrix/federation/v1/invite/r/e",
		[]byte(`"`+strings.Repeat("a", maxInvite)+`"`)))
	if res.Status != 413 {
		t.Errorf("a body over the limit: %d %s", res.Status, res.Body)
	}
}

// A caller that takes its time over a request is sent away.
func TestListenerSlowCallers(t *testing.T) {
	l := listen(t, func(c *ListenerConfig) { c.headTime, c.bodyTime = 500*time.Millisecond, 500*time.Millisecond })
	for sent, want := range map[string]string{
		"":                                "",
		"GET /_matrix/key/v2/server HT":   "HTTP/1.1 400 Bad Request\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX-": "HTTP/1.1 400 Bad Request\r\n",
		"PUT /_matrix/federation/v1/send/1 HTTP/1.1\r\nHost: a\r\n" + claimed + "Content-Length: 9\r\n\r\n{": "HTTP/1.1 400 Bad Request\r\n",
	} {
		conn, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, sent)
		answer, err := io.ReadAll(conn)
		conn.Close()
		if errors.Is(err, os.ErrDeadlineExceeded) || !strings.HasPrefix(string(answer), want) || want == "" &&
			len(answer) > 0 {
			t.Errorf("%q: %q, %v", sent, answer, err)
		}
	}
	if in, _ := l.last(); in.Failure == nil || in.Failure.Kind != FailedTimeout || string(in.Request.Body) != "{" {
		t.Errorf("received %+v", in)
	}

	// A join may take longer than that.
	long := listen(t, func(c *ListenerConfig) {
		c.headTime, c.bodyTime = 500*time.Millisecond, 500*time.Millisecond
		c.Join = func(ctx context.Context, _ JoinCall) (int, []byte) {
			select {
			case <-ctx.Done():
				return 500, []byte(`{}`)
			case <-time.After(700 * time.Millisecond):
				return 200, []byte(`{}`)
			}
		}
	})
	if res := long.do(t, JoinRequest("!r", nil)); res.Status != 200 {
		t.Errorf("a long join: %d", res.Status)
	}
}

// A caller that sends nothing, or half a head, does not keep the listener from closing.
func TestListenerLeavesNothing(t *testing.T) {
	l := listen(t, nil)
	conn, err := net.Dial("tcp", l.to.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	half, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	io.WriteString(half, "GET / HTTP/1.1\r\nHost:")
	l.Close()
	for _, c := range []net.Conn{conn, half} {
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the connection is still open: %v", err)
		}
	}
}

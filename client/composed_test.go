package client

import (
	"context"
	"crypto/ed25519"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// heads is a server that hands over what it was sent, and how to reach it.
func heads(t *testing.T) (<-chan string, *Client, Destination) {
	a := testAuthority(t)
	got := make(chan string, 1)
	addr := serveTLS(t, testCertificate(t, a, Leaf{Names: []string{"127.0.0.1"}}), func(c net.Conn) {
		got <- readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	id := &Identity{ServerName: "b.example", Key: key}
	return got, &Client{Identity: id, Roots: a.Pool(), Now: testClock, AllowPrivate: true},
		Destination{Server: "a.example", Address: addr, Host: "h.example", VerifyName: "127.0.0.1"}
}

// A request that was composed and not changed goes out byte for byte as Do sends it, signature included.
func TestComposedIsTheUsual(t *testing.T) {
	got, c, d := heads(t)
	for _, r := range []Request{MakeJoinRequest("!r:a.example", "@u:b.example", []string{"11"}), KeysRequest(),
		SendJoinRequest(true, "!r:a.example", "$e", []byte(`{"a":1}`), nil)} {
		c.Do(t.Context(), d, r, nil)
		usual := <-got
		composed, err := c.Compose(d, r)
		if err != nil {
			t.Fatal(err)
		}
		ex := c.DoComposed(t.Context(), d, composed, nil)
		if diff := cmp.Diff(usual, <-got); diff != "" {
			t.Errorf("(-usual +composed):\n%s", diff)
		}
		for _, f := range ex.Request.Header {
			if f.Name == "Authorization" && !strings.Contains(f.Value, `sig="…"`) {
				t.Errorf("shown: %s", f.Value)
			}
		}
	}
}

// What is written is sent; what is secret in it is not shown, however the field is spelled.
func TestComposedHeader(t *testing.T) {
	got, c, d := heads(t)
	const head = "GET /x HTTP/1.1\r\n"
	for name, tt := range map[string]struct {
		written, sent, shown []Field
	}{
		"none": {nil, []Field{{"Host", "h.example"}}, nil},
		"a host, and a field twice": {[]Field{{"X", "1"}, {"host", "other"}, {"X", "2"}},
			[]Field{{"X", "1"}, {"host", "other"}, {"X", "2"}}, nil},
		"a signature of one's own": {[]Field{{"authorization", `X-Matrix origin=a,key="k",sig=abc`}},
			[]Field{{"Host", "h.example"}, {"authorization", `X-Matrix origin=a,key="k",sig=abc`}},
			[]Field{{"Host", "h.example"}, {"authorization", `X-Matrix origin=a,key="k",sig="…"`}}},
		"two that cannot be read": {[]Field{{"Authorization", "X-Matrix sig"}, {"AUTHORIZATION", "Bearer secret"}},
			[]Field{{"Host", "h.example"}, {"Authorization", "X-Matrix sig"}, {"AUTHORIZATION", "Bearer secret"}},
			[]Field{{"Host", "h.example"}, {"Authorization", "X-Matrix …"}, {"AUTHORIZATION", "Bearer …"}}},
	} {
		ex := c.DoComposed(t.Context(), d, Request{Method: "GET", Target: "/x", Header: tt.written}, nil)
		if tt.shown == nil {
			tt.shown = tt.sent
		}
		if ex.Failure != nil {
			t.Errorf("%s: %v", name, ex.Failure)
			continue
		}
		want := head
		for _, f := range append(tt.sent, Field{"Connection", "close"}) {
			want += f.Name + ": " + f.Value + "\r\n"
		}
		if diff := cmp.Diff(want+"\r\n", <-got); diff != "" {
			t.Errorf("%s: sent (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(append(tt.shown, Field{"Connection", "close"}), ex.Request.Header); diff != "" {
			t.Errorf("%s: shown (-want +got):\n%s", name, diff)
		}
	}
}

// The signature is made for the origin and the destination that the header names, with our key.
func TestComposedSignature(t *testing.T) {
	got, c, d := heads(t)
	r := Request{Method: "GET", Target: "/x", Header: []Field{
		{"Authorization", `X-Matrix origin="b.example",destination="c.example",key="ed25519:other",sig="…"`}}}
	c.DoComposed(t.Context(), d, r, nil)
	_, value, _ := strings.Cut(<-got, "Authorization: ")
	value, _, _ = strings.Cut(value, "\r\n")
	keys := func(_ context.Context, _, keyID string) (ed25519.PublicKey, error) {
		if keyID != "ed25519:other" {
			t.Errorf("key %s", keyID)
		}
		return c.Identity.Key.Public(), nil
	}
	if _, err := VerifyRequest(t.Context(), r, []string{value}, "c.example", keys); err != nil {
		t.Error(err)
	}
}

// What would break the request line, the header or the connection is not sent.
func TestComposedRefused(t *testing.T) {
	_, c, d := heads(t)
	for _, f := range []Field{{"X", "a\nb"}, {"X", "a\rb"}, {"X", "a\x00b"}, {"X Y", "a"}, {"", "a"}, {"X:", "a"},
		{"content-length", "1"}, {"Connection", "keep-alive"}, {"Transfer-Encoding", "chunked"}} {
		ex := c.DoComposed(t.Context(), d, Request{Method: "GET", Target: "/x", Header: []Field{f}}, nil)
		if ex.Failure == nil || ex.Failure.Kind != FailedForbidden {
			t.Errorf("%q: %v", f, ex.Failure)
		}
	}
}

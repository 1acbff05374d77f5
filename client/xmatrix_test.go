package client

import (
	"bytes"
	stdcmp "cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

// testIdentity has the key of the specification's test vectors.
func testIdentity(t testing.TB, name string) *Identity {
	t.Helper()
	seed, _, err := event.DecodeBase64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1")
	if err != nil {
		t.Fatal(err)
	}
	return &Identity{ServerName: name, Key: event.SigningKey{ID: "ed25519:1", Private: ed25519.NewKeyFromSeed(seed)}}
}

func TestSignRequest(t *testing.T) {
	id := testIdentity(t, "joining.example:8448")
	for _, tt := range []struct {
		name string
		r    Request
		want string
		err  string
	}{
		{name: "no body", r: MakeJoinRequest("!a/b:h", "@ü:h", []string{"1", "a+b"}),
			want: `{"destination":"resident.example","method":"GET","origin":"joining.example:8448",` +
				`"uri":"/_matrix/federation/v1/make_join/%21a%2Fb%3Ah/%40%C3%BC%3Ah?ver=1&ver=a%2Bb"}`},
		{name: "body in canonical form", r: SendJoinRequest(true, "!a", "$b",
			[]byte("{ \"b\": \"<\\u00e9&>\",\n\"a\": [1, 2] }"), nil),
			want: `{"content":{"a":[1,2],"b":"<é&>"},"destination":"resident.example","method":"PUT",` +
				`"origin":"joining.example:8448","uri":"/_matrix/federation/v2/send_join/%21a/%24b"}`},
		{name: "numbers of old events stay", r: SendJoinRequest(true, "!a", "$b", []byte(`{"a":1.0,"b":1e3}`), nil),
			want: `{"content":{"a":1.0,"b":1e3},"destination":"resident.example","method":"PUT",` +
				`"origin":"joining.example:8448","uri":"/_matrix/federation/v2/send_join/%21a/%24b"}`},
		{name: "empty body", r: Request{Method: "PUT", Target: "/x", Body: []byte{}},
			want: `{"destination":"resident.example","method":"PUT","origin":"joining.example:8448","uri":"/x"}`},
		{name: "body is not JSON", r: Request{Method: "PUT", Target: "/x", Body: []byte("{")}, err: "the body"},
		{name: "duplicate key", r: Request{Method: "PUT", Target: "/x", Body: []byte(`{"a":1,"a":2}`)}, err: "the body"},
		{name: "target cannot be sent", r: Request{Method: "GET", Target: "/a b"}, err: "not escaped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			authorization, signed, err := SignRequest(*id, "resident.example", tt.r)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil || string(signed) != tt.want {
				t.Fatalf("signed\n%s, %v, want\n%s", signed, err, tt.want)
			}
			sig := event.EncodeBase64(ed25519.Sign(id.Key.Private, []byte(tt.want)))
			if want := `X-Matrix origin="joining.example:8448",destination="resident.example",key="ed25519:1",` +
				`sig="` + sig + `"`; authorization != want {
				t.Errorf("header %s, want %s", authorization, want)
			}
			old, signed, err := signRequest2015(*id, "resident.example", tt.r)
			if want := `X-Matrix origin=joining.example:8448,key="ed25519:1",sig="` + sig + `"`; err != nil || old != want ||
				string(signed) != tt.want {
				t.Errorf("2015: header %s of %s, %v", old, signed, err)
			}
		})
	}
	for _, bad := range []struct{ origin, destination string }{{`a"b`, "d"}, {"o", "d\r\nX: y"}, {"", "d"}} {
		if _, _, err := SignRequest(*testIdentity(t, bad.origin), bad.destination, KeysRequest()); err == nil {
			t.Errorf("signed from %q to %q", bad.origin, bad.destination)
		}
	}
	if _, _, err := SignRequest(Identity{ServerName: "a", Key: event.SigningKey{ID: "ed25519:1"}}, "b",
		KeysRequest()); err == nil {
		t.Error("signed without a key")
	}
}

func TestParseXMatrix(t *testing.T) {
	plain := XMatrix{Origin: "o.example", Destination: "d.example", Key: "ed25519:1", Sig: "c2ln+/A"}
	without := plain
	without.Destination = ""
	port := plain
	port.Origin = "[::1]:8448"
	padded := plain
	padded.Sig = "c2ln+/A="
	for _, tt := range []struct {
		header string
		want   XMatrix
		err    string
	}{
		{header: plain.String(), want: plain},
		{header: `X-Matrix origin="o.example",key="ed25519:1",sig="c2ln+/A"`, want: without},
		{header: `X-Matrix origin=o.example,key="ed25519:1",sig="c2ln+/A"`, want: without}, // 2015
		{header: `x-matrix origin="o.example",destination="d.example",key="ed25519:1",sig="c2ln+/A"`, want: plain},
		{header: `X-MATRIX  Origin="o.example" , DESTINATION="d.example"` + "\t,\tKey=\"ed25519:1\",  sig=\"c2ln+/A\"",
			want: plain},
		{header: `X-Matrix sig="c2ln+/A",key="ed25519:1",destination="d.example",origin="o.example"`, want: plain},
		{header: `X-Matrix origin=o.example,destination=d.example,key=ed25519:1,sig=c2ln+/A`, want: plain},
		{header: `X-Matrix origin=[::1]:8448,destination=d.example,key=ed25519:1,sig=c2ln+/A`, want: port},
		{header: `X-Matrix origin=o.example,destination=d.example,key=ed25519:1,sig=c2ln+/A=`, want: padded},
		{header: `X-Matrix origin = "o.example", destination = d.example, key= "ed25519:1", sig ="c2ln+/A"`, want: plain},
		{header: `X-Matrix origin="o\.exa\mple",destination="d.example",key="ed25519:1",sig="c2ln+/A"`, want: plain},
		{header: `X-Matrix ,,origin="o.example",,destination="d.example", ,key="ed25519:1",sig="c2ln+/A",`, want: plain},
		{header: `X-Matrix origin="o.example",x="a,b=\"c\"",destination="d.example",key="ed25519:1",sig="c2ln+/A",more=1`,
			want: plain},
		{header: `  X-Matrix origin="o.example",destination="d.example",key="ed25519:1",sig="c2ln+/A"  `, want: plain},

		{header: ``, err: "scheme"},
		{header: `Bearer abc`, err: `"Bearer"`},
		{header: `X-Matrix`, err: "no origin"},
		{header: `X-Matrix origin="o.example",key="ed25519:1"`, err: "no sig"},
		{header: `X-Matrix origin="o.example",sig="s"`, err: "no key"},
		{header: `X-Matrix key="ed25519:1",sig="s"`, err: "no origin"},
		{header: `X-Matrix origin="",key="ed25519:1",sig="s"`, err: "no origin"},
		{header: `X-Matrix origin="o_o",key="ed25519:1",sig="s"`, err: "server name"},
		{header: `X-Matrix origin="o",destination="",key="ed25519:1",sig="s"`, err: "destination"},
		{header: `X-Matrix origin="o",origin="p",key="ed25519:1",sig="s"`, err: "given twice"},
		{header: `X-Matrix origin="o",Origin="o",key="ed25519:1",sig="s"`, err: "given twice"},
		{header: `X-Matrix origin="o`, err: "no closing quote"},
		{header: `X-Matrix origin="o\`, err: "no closing quote"},
		{header: `X-Matrix origin=,key="k",sig="s"`, err: "no value"},
		{header: `X-Matrix origin`, err: "no parameter is readable"},
		{header: `X-Matrix ="o"`, err: "no parameter is readable"},
		{header: `X-Matrix origin="o"key="k"`, err: "without a comma"},
		{header: `X-Matrix origin="o" key="k"`, err: "without a comma"},
		{header: "X-Matrix " + strings.Repeat("a=b,", 40), err: "given twice"},
		{header: "X-Matrix" + manyParams(), err: "more than 32"},
	} {
		got, err := ParseXMatrix(tt.header)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want one with %q", tt.header, err, tt.err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", tt.header, err, diff)
		}
	}
}

func manyParams() string {
	var b strings.Builder
	for c := 'a'; c <= 'z'; c++ {
		b.WriteString(" " + string(c) + "=1, " + string(c) + "x=1,")
	}
	return b.String()
}

func FuzzParseXMatrix(f *testing.F) {
	f.Add(`X-Matrix origin="o.example",destination="d.example",key="ed25519:1",sig="c2ln"`)
	f.Add(`x-matrix  Origin=o:1 , sig="\"",key=k,`)
	f.Fuzz(func(t *testing.T, header string) {
		x, err := ParseXMatrix(header)
		masked := maskAuthorization(header)
		if err != nil {
			return
		}
		if len(x.Sig) > 3 && strings.Contains(masked, x.Sig) && !strings.Contains(x.Origin+x.Destination+x.Key, x.Sig) &&
			strings.Count(header, x.Sig) == 1 {
			t.Errorf("masked %q still holds the signature", masked)
		}
		if strings.ContainsAny(x.Sig+x.Key, `"\`) {
			return // cannot be written without escapes, which nobody sends
		}
		again, err := ParseXMatrix(XMatrix{Origin: x.Origin, Destination: stdcmp.Or(x.Destination, "d"), Key: x.Key,
			Sig: x.Sig}.String())
		if err != nil || again.Origin != x.Origin || again.Key != x.Key || again.Sig != x.Sig {
			t.Errorf("%+v written and read again is %+v, %v", x, again, err)
		}
	})
}

func TestMaskAuthorization(t *testing.T) {
	for in, want := range map[string]string{
		`X-Matrix origin="o",key="ed25519:1",sig="abc"`:       `X-Matrix origin="o",key="ed25519:1",sig="…"`,
		`x-matrix sig=abc , origin=o`:                         `x-matrix sig="…" , origin=o`,
		`X-Matrix sig="a\bc",signature="def",origin="o"`:      `X-Matrix sig="…",signature="…",origin="o"`,
		`X-Matrix origin="o",sig="abc`:                        `X-Matrix …`,
		`X-Matrix sig="abc",sig="def"`:                        `X-Matrix …`,
		`Bearer secret`:                                       `Bearer …`,
		`Basic dXNlcjpwYXNz`:                                  `Basic …`,
		`X-Matrix origin="o",destination="d",key="ed25519:1"`: `X-Matrix origin="o",destination="d",key="ed25519:1"`,
	} {
		if got := maskAuthorization(in); got != want {
			t.Errorf("maskAuthorization(%s) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"/a?access_token=x&via=b": "/a?access_token=&via=b",
		"/a?b&access%5ftoken=x&":  "/a?b&access%5ftoken=&",
		"/a?%61ccess_token=x;b=c": "/a?%61ccess_token=;b=c",
		"/a?b=1;access_token=x":   "/a?b=1;access_token=",
		"/a?access_token&b=%&%=1": "/a?access_token&b=%&%=1",
		"/a?":                     "/a?",
		"/a?via=b":                "/a?via=b",
		"/a":                      "/a",
	} {
		if got := maskTarget(in); got != want {
			t.Errorf("maskTarget(%s) = %s", in, got)
		}
	}
}

func TestVerifyRequest(t *testing.T) {
	id := testIdentity(t, "joining.example")
	r := SendJoinRequest(true, "!a/b:h", "$e", []byte(`{"a": 1}`), nil)
	good, _, err := SignRequest(*id, "us.example", r)
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := signRequest2015(*id, "us.example", r)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, _, err := signRequest2015(*id, "other.example", r)
	if err != nil {
		t.Fatal(err)
	}
	keys := func(_ context.Context, server, keyID string) (ed25519.PublicKey, error) {
		if server == "joining.example" && keyID == "ed25519:1" {
			return id.Key.Public(), nil
		}
		if keyID == "ed25519:short" {
			return ed25519.PublicKey("x"), nil
		}
		return nil, errors.New("not fetched")
	}
	changed := func(change func(*Request)) Request {
		c := r
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name    string
		r       Request
		headers []string
		reason  AuthReason // empty: authenticated
	}{
		{name: "good", r: r, headers: []string{good}},
		{name: "2015", r: r, headers: []string{old}},
		{name: "same JSON written otherwise", r: changed(func(r *Request) { r.Body = []byte("{\"a\":1}\n") }),
			headers: []string{good}},
		{name: "second of two", r: r, headers: []string{strings.Replace(good, "ed25519:1", "ed25519:2", 1), good}},
		{name: "other schemes next to it", r: r, headers: []string{"Bearer x", good}},
		{name: "none", r: r, reason: AuthMissing},
		{name: "only another scheme", r: r, headers: []string{"Bearer x"}, reason: AuthMissing},
		{name: "unreadable", r: r, headers: []string{"X-Matrix origin"}, reason: AuthMalformed},
		{name: "two origins", r: r, headers: []string{good, strings.Replace(good, "joining", "other", 1)},
			reason: AuthMalformed},
		{name: "too many", r: r, headers: strings.Split(strings.Repeat(good+"\n", 9)+good, "\n"), reason: AuthMalformed},
		{name: "sig not base64", r: r, headers: []string{`X-Matrix origin="joining.example",key="ed25519:1",sig="!"`},
			reason: AuthMalformed},
		{name: "body not JSON", r: changed(func(r *Request) { r.Body = []byte("{") }), headers: []string{good},
			reason: AuthMalformed},
		{name: "for another server", r: r, headers: []string{strings.Replace(good, "us.example", "US.example", 1)},
			reason: AuthDestination},
		{name: "for another server, unsaid", r: r, headers: []string{elsewhere}, reason: AuthSignature},
		{name: "unknown key", r: r, headers: []string{strings.Replace(good, "ed25519:1", "ed25519:2", 1)},
			reason: AuthUnknownKey},
		{name: "key of another algorithm", r: r, headers: []string{strings.Replace(good, "ed25519:1", "rsa:1", 1)},
			reason: AuthUnknownKey},
		{name: "key of the wrong length", r: r, headers: []string{strings.Replace(good, "ed25519:1", "ed25519:short", 1)},
			reason: AuthUnknownKey},
		{name: "other target", r: changed(func(r *Request) { r.Target = strings.Replace(r.Target, "%2F", "/", 1) }),
			headers: []string{good}, reason: AuthSignature},
		{name: "other method", r: changed(func(r *Request) { r.Method = "POST" }), headers: []string{good},
			reason: AuthSignature},
		{name: "other body", r: changed(func(r *Request) { r.Body = []byte(`{"a":2}`) }), headers: []string{good},
			reason: AuthSignature},
		{name: "body gone", r: changed(func(r *Request) { r.Body = nil }), headers: []string{good}, reason: AuthSignature},
		{name: "short signature", r: r, headers: []string{`X-Matrix origin="joining.example",key="ed25519:1",sig="c2ln"`},
			reason: AuthSignature},
	} {
		x, err := VerifyRequest(t.Context(), tt.r, tt.headers, "us.example", keys)
		var auth *AuthError
		switch {
		case tt.reason == "" && (err != nil || x.Origin != "joining.example" || x.Key != "ed25519:1"):
			t.Errorf("%s: %+v, %v", tt.name, x, err)
		case tt.reason != "" && (!errors.As(err, &auth) || auth.Reason != tt.reason):
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.reason)
		}
	}
}

// The target that is signed is the target that stands on the request line, whatever an ID is made of.
func TestSignedTargetIsSentTarget(t *testing.T) {
	a := testAuthority(t)
	id := testIdentity(t, "joining.example")
	heads := make(chan string, 1)
	addr := serveTLS(t, testCertificate(t, a, Leaf{Names: []string{"127.0.0.1"}}), func(c net.Conn) {
		heads <- readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	d := Destination{Server: "resident.example:1", Address: addr, Host: "resident.example:1", VerifyName: "127.0.0.1"}
	keys := func(context.Context, string, string) (ed25519.PublicKey, error) { return id.Key.Public(), nil }
	for _, form2015 := range []bool{false, true} {
		c := &Client{Identity: id, Form2015: form2015, Roots: a.Pool(), Now: testClock, AllowPrivate: true}
		for _, s := range []string{"/", "%", "%2F", "+", ":", "$", "!", "#", "?", "&", "=", "@", ";", ",", "..", ".", "//",
			"\\", " ", "'", "é", "日本", "\U0001f6aa", "\x7f"} {
			r := SendJoinRequest(true, "!r"+s+":h", "$e"+s, []byte(`{"x":"`+strings.ReplaceAll(s, `\`, "")+`"}`), nil)
			ex := c.Do(t.Context(), d, r, nil)
			checkFailure(t, ex.Failure, "", "")
			line, rest, _ := strings.Cut(<-heads, "\r\n")
			method, target, _ := strings.Cut(strings.TrimSuffix(line, " HTTP/1.1"), " ")
			var authorization string
			for l := range strings.SplitSeq(rest, "\r\n") {
				if name, value, ok := strings.Cut(l, ": "); ok && name == "Authorization" {
					authorization = value
				}
			}
			received := Request{Method: method, Target: target, Body: r.Body}
			if _, err := VerifyRequest(t.Context(), received, []string{authorization}, "resident.example:1", keys); err != nil {
				t.Errorf("%q: %v\nsent as %s", s, err, line)
			}
			if target != r.Target || strings.Contains(authorization, "destination") == form2015 {
				t.Errorf("%q: sent %s with %s, meant %s", s, target, authorization, r.Target)
			}
			x, err := ParseXMatrix(authorization)
			if err != nil {
				t.Fatal(err)
			}
			shown := ""
			for _, f := range ex.Request.Header {
				shown += f.Value + "\n"
			}
			if strings.Contains(shown, x.Sig) || !strings.Contains(shown, `sig="…"`) {
				t.Errorf("shown header fields: %s", shown)
			}
		}
	}
}

// Requests that need no authentication carry none.
func TestUnsignedEndpoints(t *testing.T) {
	c := &Client{Identity: testIdentity(t, "joining.example")}
	for _, r := range []Request{KeysRequest(), VersionRequest(), NotaryRequest("a", testNow), JoinRequest("!a", nil)} {
		x := &exchange{client: c, to: Destination{Server: "d", Host: "d"}, ex: Exchange{Request: r}}
		head, _, err := x.requestHead()
		if err != nil || bytes.Contains(head, []byte("Authorization")) {
			t.Errorf("%s: %s, %v", r.Endpoint, head, err)
		}
	}
}

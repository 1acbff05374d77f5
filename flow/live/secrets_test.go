package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
)

// The token by which our client is known to our listener, and which is made for the run, is in no recording. Something
// with the listener's certificate stands before it and reads along.
func TestSecretsOfClient(t *testing.T) {
	const name = "127.0.0.1:8448"
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	authority, err := client.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority.Certificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var tokens []flowtest.Private
	id := &client.Identity{ServerName: name, Key: key}
	run, _, stop, err := Open(t.Context(), Setup{
		Header: flow.Header{Tool: "test", Source: flow.SourceJoin, Form: flow.FormCurrent, Joining: name, User: "@me:" + name,
			Target: "!room:127.0.0.1:1", Via: []string{"127.0.0.1:1"}},
		Identity: id, Client: &client.Client{Identity: id, AllowPrivate: true}, Resolver: &nowhere{}, Certificate: certificate,
		ClientDial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			to := &url.URL{Scheme: "https", Host: addr}
			server := httptest.NewUnstartedServer(&httputil.ReverseProxy{
				Rewrite: func(r *httputil.ProxyRequest) {
					mu.Lock()
					defer mu.Unlock()
					_, token, _ := strings.Cut(r.In.Header.Get("Authorization"), " ")
					tokens = append(tokens, flowtest.Private{What: "the token", Bytes: []byte(token)})
					r.SetURL(to)
				},
				Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
			})
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
			server.StartTLS()
			t.Cleanup(server.Close)
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	run.Finish(t.Context())
	stop()
	var b bytes.Buffer
	if err := recording.Write(&b, run.Trace()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(tokens) != 1 || len(tokens[0].Bytes) < 20 || !strings.Contains(b.String(), "Bearer") {
		t.Fatalf("%d tokens went by; the recording is\n%s", len(tokens), &b)
	}
	tokens = append(tokens, flowtest.Private{What: "the signing key", Bytes: key.Private.Seed()})
	for _, what := range flowtest.FindPrivate(b.String(), tokens) {
		t.Errorf("the recording holds %s", what)
	}
}

package inspect_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/inspect"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
)

// The server that is checked, and where it is.
const (
	name  = "hs.example"
	ip    = "127.7.0.1"
	place = ip + ":8448"
	web   = ip + ":443"
)

// A world is what a check may come upon: a zone of names, and servers at addresses. Nothing of it is at the addresses
// that it says: the dialler leads from there to loopback.
type world struct {
	t         *testing.T
	authority *client.Authority
	zone      engine.Zone
	places    map[string]string // where something really listens; "silence": what is sent there vanishes
	setup     live.CheckSetup
	run       *live.Run // once the check is open
}

// newWorld is a world with one good server in it.
func newWorld(t *testing.T) *world {
	t.Helper()
	authority, err := client.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, authority: authority, zone: engine.Zone{"A " + name: {ip}}, places: map[string]string{}}
	w.setup.Header = flow.Header{Tool: "test", Source: flow.SourceCheck, Title: "Check " + name, Server: name,
		Form: flow.FormCurrent, SendTo: flow.SendToSame, Private: true}
	w.setup.Client = &client.Client{Roots: authority.Pool(), AllowPrivate: true, Dial: w.dial,
		Limits: client.Limits{Body: 1 << 20, Deadline: 2 * time.Second}}
	w.homeserver(place, homeserver{})
	return w
}

func (w *world) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	switch to := w.places[addr]; to {
	case "":
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case "no network":
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
	case "silence":
		<-ctx.Done()
		return nil, ctx.Err()
	default:
		return new(net.Dialer).DialContext(ctx, "tcp4", to)
	}
}

// A document is a key document before it is signed.
type document struct {
	fields map[string]any
	key    event.SigningKey
	others []event.SigningKey
	after  func([]byte) []byte // changes the signed document
}

// newDocument is the good key document of a server.
func newDocument(t *testing.T, server string) *document {
	t.Helper()
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return &document{key: key, fields: map[string]any{
		"server_name": server, "valid_until_ts": time.Now().Add(24 * time.Hour).UnixMilli(),
		"verify_keys":     map[string]any{key.ID: map[string]any{"key": event.EncodeBase64(key.Public())}},
		"old_verify_keys": map[string]any{},
	}}
}

// list adds a key to verify_keys, or to old_verify_keys where it has an expired_ts.
func (d *document) list(id string, fields map[string]any) {
	in := "verify_keys"
	if _, old := fields["expired_ts"]; old || fields["old"] != nil {
		in = "old_verify_keys"
	}
	delete(fields, "old")
	d.fields[in].(map[string]any)[id] = fields
}

func (d *document) bytes(t *testing.T) []byte {
	t.Helper()
	doc, err := json.Marshal(d.fields)
	if err != nil {
		t.Fatal(err)
	}
	server, _ := d.fields["server_name"].(string)
	for _, key := range append([]event.SigningKey{d.key}, d.others...) {
		if key.Private == nil {
			continue
		}
		if doc, err = event.SignJSON(doc, server, key); err != nil {
			t.Fatal(err)
		}
	}
	if d.after != nil {
		doc = d.after(doc)
	}
	return doc
}

// A homeserver is what is at an address: a good one where nothing is said.
type homeserver struct {
	name   string            // whose keys it gives; empty: that of the world
	keys   func(*document)   // changes the key document before it is signed
	leaf   *client.Leaf      // its certificate
	tls    func(*tls.Config) // changes what it does in TLS
	wrap   func(http.Handler) http.Handler
	plain  bool                           // it speaks no TLS
	ahead  time.Duration                  // so much its clock is ahead
	key    func(string) ed25519.PublicKey // of a server that asks; nil: it knows nobody's
	serve  func(net.Listener)             // in place of all that: it takes connections
	decode bool                           // a proxy before it decodes %2F in paths
}

// homeserver starts one at an address.
func (w *world) homeserver(at string, h homeserver) {
	w.t.Helper()
	if h.name == "" {
		h.name = name
	}
	doc := newDocument(w.t, h.name)
	if h.keys != nil {
		h.keys(doc)
	}
	handler := http.Handler(&answering{h: h, keys: doc.bytes(w.t), name: h.name})
	if h.wrap != nil {
		handler = h.wrap(handler)
	}
	w.site(at, handler, h)
}

// site starts a web server at an address.
func (w *world) site(at string, handler http.Handler, h homeserver) {
	w.t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	w.places[at] = l.Addr().String()
	if h.serve != nil {
		go h.serve(l)
		return
	}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 5 * time.Second}
	w.t.Cleanup(func() { server.Close() })
	if !h.plain {
		leaf := client.Leaf{Names: []string{name}}
		if h.leaf != nil {
			leaf = *h.leaf
		}
		certificate, err := w.authority.Issue(leaf)
		if err != nil {
			w.t.Fatal(err)
		}
		config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
		if h.tls != nil {
			h.tls(config)
		}
		l = tls.NewListener(l, config)
	}
	go server.Serve(l)
}

// answering is a homeserver as far as a check goes.
type answering struct {
	h    homeserver
	keys []byte
	name string
}

func (a *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", time.Now().Add(a.h.ahead).UTC().Format(http.TimeFormat))
	path := r.URL.EscapedPath()
	if a.h.decode {
		path = strings.ReplaceAll(path, "%2F", "/")
	}
	parts := strings.Split(strings.TrimPrefix(path, "/_matrix/"), "/")
	switch {
	case path == "/_matrix/key/v2/server":
		say(w, 200, a.keys)
	case path == "/_matrix/federation/v1/version":
		say(w, 200, []byte(`{"server":{"name":"Pretender","version":"1.2"}}`))
	case len(parts) == 5 && parts[2] == "make_join":
		refuse(w, 401, "M_UNAUTHORIZED", "Missing Authorization headers")
	case len(parts) == 5 && parts[2] == "user" && parts[3] == "devices":
		a.signed(w, r)
	case len(parts) == 4 && parts[2] == "send":
		refuse(w, 405, "M_UNRECOGNIZED", "Unrecognized request")
	default:
		refuse(w, 404, "M_UNRECOGNIZED", "Unrecognized request")
	}
}

// signed answers a request that has to be signed.
func (a *answering) signed(w http.ResponseWriter, r *http.Request) {
	target := r.RequestURI
	if a.h.decode {
		target = strings.NewReplacer("%40", "@", "%3A", ":").Replace(target)
	}
	_, err := client.VerifyRequest(r.Context(), client.Request{Method: r.Method, Target: target},
		r.Header["Authorization"], a.name, func(_ context.Context, server, id string) (ed25519.PublicKey, error) {
			if a.h.key == nil {
				return nil, io.EOF
			}
			if key := a.h.key(server); key != nil {
				return key, nil
			}
			return nil, io.EOF
		})
	var refused *client.AuthError
	switch {
	case err == nil:
		refuse(w, 404, "M_NOT_FOUND", "No such user")
	case asAuthError(err, &refused) && refused.Reason == client.AuthUnknownKey:
		refuse(w, 401, "M_UNAUTHORIZED", "Failed to find any key to satisfy _FetchKeyRequest")
	default:
		refuse(w, 401, "M_UNAUTHORIZED", "Invalid signature for server with key")
	}
}

func asAuthError(err error, to **client.AuthError) bool {
	e, ok := err.(*client.AuthError)
	*to = e
	return ok
}

func say(w http.ResponseWriter, status int, body []byte) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	w.Write(body)
}

func refuse(w http.ResponseWriter, status int, errcode, message string) {
	say(w, status, fmt.Appendf(nil, `{"errcode":%q,"error":%q}`, errcode, message))
}

// instead has a path answered otherwise, by whoever stands before the homeserver.
func instead(path string, answer http.HandlerFunc) func(http.Handler) http.Handler {
	return func(inner http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.EscapedPath(), path) {
				answer(w, r)
				return
			}
			inner.ServeHTTP(w, r)
		})
	}
}

// page answers with a page of HTML.
func page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Server", "nginx")
		say(w, status, []byte("<html><title>nginx</title><h1>Welcome</h1></html>"))
	}
}

// wellKnown serves a document under the well-known path of the server's own host.
func (w *world) wellKnown(answer http.HandlerFunc) {
	w.site(web, answer, homeserver{})
}

// document answers with a document that delegates.
func delegating(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { say(w, 200, fmt.Appendf(nil, `{"m.server":%q}`, to)) }
}

// check runs a check of the world, with all it takes.
func (w *world) check(ctx context.Context) (flow.Trace, inspect.Report) {
	w.t.Helper()
	names, err := engine.NewNameServer(w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	defer names.Close()
	finder := *w.setup.Client
	w.setup.Resolver = client.NewResolver(client.ResolverConfig{Client: &finder, NameServers: []string{names.Addr},
		HostsFile: os.DevNull, Thorough: true})
	c, stop, err := live.OpenCheck(ctx, w.setup)
	if err != nil {
		w.t.Fatal(err)
	}
	defer stop()
	w.run = c.Run
	c.Finish(ctx)
	t := c.Trace()
	return t, inspect.Of(t)
}

package tap

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"doorstep/client"
	"doorstep/flow/watch"
)

// A Tap passes requests on to one homeserver. It is safe for concurrent use.
type Tap struct {
	o       settled
	watcher *watch.Watcher
	queue   *queue
	proxy   *httputil.ReverseProxy
	held    atomic.Int64 // bytes of bodies under way
	failed  atomic.Int64 // requests that the upstream did not answer
	words   atomic.Pointer[string]
}

func newTap(o settled, w *watch.Watcher) *Tap {
	t := &Tap{o: o, watcher: w, queue: newQueue()}
	t.proxy = &httputil.ReverseProxy{
		Rewrite:        t.rewrite,
		Transport:      o.transport(),
		ModifyResponse: t.responded,
		ErrorHandler:   t.unanswered,
		ErrorLog:       log.New(io.Discard, "", 0),
		BufferPool:     &buffers{},
	}
	return t
}

// ServeHTTP passes one request on. It is for the http package to call.
func (t *Tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		t.refuse(w, http.StatusMethodNotAllowed, "this proxy leads to one server only: CONNECT is not for it")
		return
	}
	// Otherwise the server of net/http closes the body of a request as soon as its answer begins, also while the
	// transport looks whether there is more of it; the transport then takes the connection for broken, and cuts the
	// answer off. Of answers of 4 MiB to PUT one in fifty ended early. HTTP/2 has it already, and says so by an error.
	_ = http.NewResponseController(w).EnableFullDuplex()
	target := targetOf(r)
	w.Header()["Date"], w.Header()["Content-Type"] = nil, nil // none is made up where the upstream sends none
	r.Body = client.FromCaller(r.Context(), r.Body)
	var s *seen
	t.guard(func() { s = t.see(r, target) })
	ctx := context.WithValue(r.Context(), passKey{}, &passage{target: target, seen: s})
	out := r.WithContext(ctx)
	if s != nil && s.sent != nil {
		out.Body = s.sent
	}
	if s != nil {
		defer t.guard(s.gone)
	}
	t.proxy.ServeHTTP(w, out)
}

// gone ends an exchange that nothing else has ended.
func (s *seen) gone() {
	s.mu.Lock()
	answered := s.answered
	s.mu.Unlock()
	if !answered {
		s.failed(nil)
	}
}

// passKey finds the passage of a request.
type passKey struct{}

// A passage is what is known of a request while it passes.
type passage struct {
	target string // as it came
	seen   *seen  // nil: it is not kept
}

func passOf(ctx context.Context) *passage {
	p, _ := ctx.Value(passKey{}).(*passage)
	return p
}

// targetOf is the path and the query of a request as they came, byte for byte. Of an absolute form that is what follows
// the authority, which is in r.Host.
func targetOf(r *http.Request) string {
	target := r.RequestURI
	if _, rest, absolute := strings.Cut(target, "://"); absolute && !strings.HasPrefix(target, "/") {
		if i := strings.IndexAny(rest, "/?"); i < 0 {
			target = "/"
		} else if target = rest[i:]; rest[i] == '?' {
			target = "/" + target
		}
	}
	return target
}

// rewrite makes the request that goes to the upstream: the same, and nothing about the caller that it did not say.
func (t *Tap) rewrite(p *httputil.ProxyRequest) {
	to := &url.URL{Scheme: t.o.upstream.Scheme, Host: t.o.upstream.Host}
	target := passOf(p.In.Context()).target
	if strings.HasPrefix(target, "//") { // which Opaque cannot say
		to.Path, to.RawPath, to.RawQuery = p.In.URL.Path, p.In.URL.RawPath, p.In.URL.RawQuery
	} else {
		to.Opaque = target
	}
	p.Out.URL, p.Out.Host = to, p.In.Host
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values := p.In.Header[name]; values != nil {
			p.Out.Header[name] = values
		}
	}
	if t.o.Forwarded {
		if host, _, err := net.SplitHostPort(p.In.RemoteAddr); err == nil {
			p.Out.Header["X-Forwarded-For"] = []string{strings.Join(append(p.In.Header["X-Forwarded-For"], host), ", ")}
		}
	}
	p.Out.Trailer = p.In.Trailer // filled in once the body has been read
}

// responded has an answer kept that belongs to a join.
func (t *Tap) responded(r *http.Response) error {
	if s := passOf(r.Request.Context()).seen; s != nil {
		t.guard(func() { s.responded(r) })
	}
	return nil
}

// unanswered answers in place of the upstream, where that did not, and says so.
func (t *Tap) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	s := passOf(r.Context()).seen
	if r.Context().Err() != nil {
		if s != nil {
			t.guard(func() { s.failed(nil) })
		}
		return
	}
	t.failed.Add(1)
	words := t.o.upstreamError(err)
	t.words.Store(&words)
	own := t.refuse(w, http.StatusBadGateway, "the server behind this proxy does not answer: "+words)
	if s != nil {
		t.guard(func() { s.failed(own) })
	}
}

// ownServer is the header field Server of what the tap answers itself.
const ownServer = "doorstep-tap"

// refuse answers in the tap's own name. There is no errcode: nobody shall take it for the homeserver's word.
func (t *Tap) refuse(w http.ResponseWriter, status int, why string) *client.Response {
	body, _ := json.Marshal(map[string]string{"error": "doorstep tap: " + why})
	fields := []client.Field{{Name: "Content-Length", Value: strconv.Itoa(len(body))},
		{Name: "Content-Type", Value: "application/json"}, {Name: "Server", Value: ownServer}}
	for _, f := range fields {
		w.Header().Set(f.Name, f.Value)
	}
	delete(w.Header(), "Date")
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return &client.Response{Status: status, Reason: http.StatusText(status), Header: fields, Body: body}
}

// guard does something for the watcher. What passes does not depend on it: not on a panic either.
func (t *Tap) guard(do func()) {
	defer func() {
		if v := recover(); v != nil {
			client.Contained(v)
		}
	}()
	do()
}

// later does something for the watcher after what was to be done before, aside from what passes.
func (t *Tap) later(do func()) { t.queue.add(func() { t.guard(do) }) }

// room is how many bytes of a body may be kept, of most.
func (t *Tap) room(most int64) int64 {
	return max(0, min(most, mostHeld-t.held.Load()-t.watcher.Holds()))
}

// buffers are those that bodies pass through.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, bufferSize)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }

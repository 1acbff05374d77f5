package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

const (
	maxInboundConns   = 64
	inboundHeadTime   = 10 * time.Second // for the TLS handshake and the head of a request
	inboundBodyTime   = 60 * time.Second // for the body of a request
	inboundWriteTime  = 60 * time.Second // for taking our answer
	inboundIdleTime   = 15 * time.Second // between requests
	inboundVerifyTime = 30 * time.Second // for fetching the keys of a caller
	shutdownGrace     = 2 * time.Second  // for answers under way when the listener stops
)

// ListenerConfig says what a listener serves and whom it tells.
type ListenerConfig struct {
	Addr        string       // where to listen, host:port
	Listener    net.Listener // a TCP listener to use instead of Addr; the listener closes it
	Identity    *Identity
	Certificate tls.Certificate
	Version     string // of this program, for the version endpoint
	Token       string // access token that client requests must carry; empty: none is asked for
	Now         func() time.Time
	Keys        KeySource // verify keys of callers whose requests must be authenticated
	Observe     Observer
	Join        func(context.Context, JoinCall) (status int, body []byte)
	Invite      func(context.Context, InviteCall) (status int, body []byte)
	Trouble     func(error) // told of faults of our own; what callers do wrong is the Observer's

	headTime, bodyTime time.Duration // zero: inboundHeadTime, inboundBodyTime
}

// A JoinCall is a client asking to join a room. Join may take as long as the handshake does; its context ends when the
// client goes away or the listener stops.
type JoinCall struct {
	ID     int      // the observer's number of the request
	Target string   // room ID or alias, unescaped, unchecked
	Via    []string // servers of the parameters via and then server_name, in order, unchecked
}

// An InviteCall is an authenticated invite to a user of ours, about to be signed. Invite returns status 0 to sign it, or
// the answer to give instead.
type InviteCall struct {
	ID          int // the observer's number of the request
	Origin      string
	RoomVersion string
	Event       []byte // as received
}

// A Listener is our own server: it answers for our keys, takes invites and transactions, and hears our client. It speaks
// HTTP/1.1 over TLS.
type Listener struct {
	config ListenerConfig
	server *http.Server
	addr   net.Addr
	ctx    context.Context // ends when the listener does
	cancel context.CancelFunc

	callers callers
	close   sync.Once
	served  chan struct{}
}

// Listen starts a listener that serves until ctx ends or Close is called. The error is one line that names the address.
func Listen(ctx context.Context, config ListenerConfig) (*Listener, error) {
	if config.Identity == nil {
		return nil, errors.New("listen: there is no identity to answer for")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Observe == nil {
		config.Observe = unobserved{}
	}
	if config.Trouble == nil {
		config.Trouble = func(error) {}
	}
	config.headTime = cmp.Or(config.headTime, inboundHeadTime)
	config.bodyTime = cmp.Or(config.bodyTime, inboundBodyTime)
	tcp := config.Listener
	if tcp == nil {
		var err error
		if tcp, err = ListenTCP(ctx, config.Addr); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Listener{config: config, addr: tcp.Addr(), ctx: ctx, cancel: cancel, served: make(chan struct{}),
		callers: callers{began: map[net.Conn]time.Time{}}}
	var http1 http.Protocols
	http1.SetHTTP1(true)
	l.server = &http.Server{
		Handler:           l,
		ReadHeaderTimeout: config.headTime,
		IdleTimeout:       inboundIdleTime,
		MaxHeaderBytes:    64 * kiB,
		Protocols:         &http1,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         l.connState,
		ErrorLog:          log.New(io.Discard, "", 0), // of TLS handshakes, which connState tells of
	}
	secure := tls.NewListener(netutil.LimitListener(tcp, maxInboundConns), &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{config.Certificate},
		Time:         config.Now,
	})
	Go(func() {
		defer close(l.served)
		if err := l.server.Serve(secure); !errors.Is(err, http.ErrServerClosed) {
			config.Trouble(fmt.Errorf("listener: %w", err))
		}
	})
	context.AfterFunc(ctx, func() { Go(l.Close) })
	return l, nil
}

// ListenTCP opens the address that a listener is to serve. The error is one line that names the address.
func ListenTCP(ctx context.Context, addr string) (net.Listener, error) {
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, listenError(addr, err)
	}
	return tcp, nil
}

func listenError(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %q: the address is in use", addr)
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	return fmt.Errorf("listen on %q: %w", addr, err)
}

// Addr is the address listened on.
func (l *Listener) Addr() net.Addr { return l.addr }

// Close stops the listener: joins under way see their context end, answers being written get a moment, and then every
// connection is closed. It returns when the address is free.
func (l *Listener) Close() {
	l.close.Do(func() {
		l.cancel()
		ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		if l.server.Shutdown(ctx) != nil {
			l.server.Close()
		}
	})
	<-l.served
}

// ServeHTTP answers one request. It is for the http package to call.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Now().Add(l.config.bodyTime))
	body, failure := readInbound(r.Body)
	if failure == nil {
		control.SetReadDeadline(time.Time{}) // left standing, it would end the context of a join that takes long
	}

	c := &call{
		ctx:           r.Context(),
		request:       Request{Method: r.Method, Target: r.RequestURI, Body: body},
		authorization: r.Header["Authorization"],
		failure:       failure,
	}
	route := l.find(c, r.URL)
	shown := c.request
	shown.Target, shown.Header = maskTarget(shown.Target), inboundFields(r)
	c.id = l.config.Observe.Received(InboundRequest{
		Request: shown, Address: r.RemoteAddr, Origin: claimedOrigin(c.authorization), At: l.config.Now(), Failure: failure,
	})

	status, answer := l.answer(route, c)
	fields := []Field{
		{"Content-Length", strconv.Itoa(len(answer))},
		{"Content-Type", "application/json"},
		{"Date", l.config.Now().UTC().Format(http.TimeFormat)},
	}
	for _, f := range fields {
		w.Header().Set(f.Name, f.Value)
	}
	l.config.Observe.Answered(c.id, Response{Status: status, Reason: http.StatusText(status), Header: fields, Body: answer})
	control.SetWriteDeadline(time.Now().Add(inboundWriteTime))
	w.WriteHeader(status)
	w.Write(answer)
}

// answer runs a route; a panic in it becomes a 500.
func (l *Listener) answer(route handler, c *call) (status int, body []byte) {
	defer func() {
		if p := recover(); p != nil {
			l.config.Trouble(fmt.Errorf("listener: panic: %v\n%s", p, debug.Stack()))
			status, body = refuse(500, "M_UNKNOWN", "internal error")
		}
	}()
	switch {
	case c.failure != nil && c.failure.Kind == FailedTooLarge:
		return refuse(413, "M_TOO_LARGE", c.failure.Message)
	case c.failure != nil:
		return refuse(400, "M_NOT_JSON", c.failure.Message)
	}
	return route(l, c)
}

// readInbound reads the body of a request; nil when it has none.
func readInbound(body io.Reader) ([]byte, *Failure) {
	b, err := io.ReadAll(io.LimitReader(body, maxInbound+1))
	switch {
	case len(b) > maxInbound:
		return b[:maxInbound], &Failure{Kind: FailedTooLarge, Part: PartBody, Message: fmt.Sprintf("the body is over the limit of %d bytes", maxInbound)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return b, &Failure{Kind: FailedTimeout, Part: PartBody, Message: "the body did not come whole in time"}
	case err != nil:
		return b, &Failure{Kind: FailedClosed, Part: PartBody, Message: "the body did not come whole: " + plainly(err)}
	case len(b) == 0:
		return nil, nil
	}
	return b, nil
}

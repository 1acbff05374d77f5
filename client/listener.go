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
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	inboundHeadTime  = 5 * time.Second  // for the TLS handshake and the head of the first request, and for each later head
	inboundBodyTime  = 10 * time.Second // for the body of a request
	inboundWriteTime = 10 * time.Second // for taking our response
	inboundIdleTime  = 15 * time.Second // between requests
	shutdownGrace    = 2 * time.Second  // for responses under way when the listener stops
)

// Connections to us, in all and of one address. Behind a reverse proxy all are of its address.
const (
	maxInboundConns = 128
	maxConnsOfOne   = 64
)

// ListenerConfig says what a listener serves, and what it calls when something happens.
type ListenerConfig struct {
	Addr        string       // where to listen, host:port
	Listener    net.Listener // a TCP listener to use instead of Addr; the listener closes it
	Identity    *Identity
	Certificate tls.Certificate
	Version     string // of this program, for the version endpoint
	Token       string // access token that client requests must carry; empty: none is asked for
	Now         func() time.Time
	Keys        KeySource // verify keys of callers whose requests must be authenticated
	// Business says whether a server has business with us, before a request that it signed is looked into: nothing is
	// read or asked for on behalf of one that has none. The origin of OnBind is empty. nil: every server has.
	Business func(e Endpoint, origin string) Business
	// Wanted decides about an invite of a server with PerhapsBusiness, by the invite itself, before its signature is
	// looked at and a key asked for. It returns the answer to give instead; status 0: it is looked into. nil: none is.
	Wanted  func(InviteCall) (status int, body []byte)
	Observe Observer
	Join    func(context.Context, JoinCall) (status int, body []byte)
	Invite  func(context.Context, InviteCall) (status int, body []byte)
	// Bound takes the word of identity servers; nil: no third-party invites are taken
	Bound   func(context.Context, BindCall) (status int, body []byte)
	Trouble func(error) // called for faults of our own; what callers do wrong is the Observer's

	headTime, bodyTime time.Duration // zero: inboundHeadTime, inboundBodyTime
	atOnce             int           // DoorBounds.AtOnce
}

// Business is whether a server has business with us.
type Business int

// The sorts of business.
const (
	NoBusiness      Business = iota
	PerhapsBusiness          // it depends on what it brings
	SureBusiness
)

// A Listener is our own server, over TLS and HTTP/1.1: it publishes our keys, takes invites and transactions, and lets
// our client join.
type Listener struct {
	config ListenerConfig
	server *http.Server
	addr   net.Addr
	ctx    context.Context // ends when the listener does
	cancel context.CancelFunc

	routes  *service
	callers *callers
	bodies  Bodies
	close   sync.Once
	served  chan struct{}
}

// Listen starts a listener that serves until ctx ends or Close is called. The error is one line that names the address.
func Listen(ctx context.Context, config ListenerConfig) (*Listener, error) {
	if config.Identity == nil {
		return nil, errors.New("listen: there is no identity to serve")
	}
	config = config.withDefaults()
	tcp := config.Listener
	if tcp == nil {
		var err error
		if tcp, err = ListenTCP(ctx, config.Addr); err != nil {
			return nil, err
		}
	}
	l := newListener(ctx, tcp.Addr(), config)
	door := NewDoor(tcp, DoorBounds{All: maxInboundConns, Each: maxConnsOfOne, Head: config.headTime,
		AtOnce: config.atOnce})
	secure := tls.NewListener(door, &tls.Config{
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
	context.AfterFunc(l.ctx, func() { Go(l.Close) })
	return l, nil
}

func (c ListenerConfig) withDefaults() ListenerConfig {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Observe == nil {
		c.Observe = unobserved{}
	}
	if c.Trouble == nil {
		c.Trouble = func(error) {}
	}
	c.headTime = cmp.Or(c.headTime, inboundHeadTime)
	c.bodyTime = cmp.Or(c.bodyTime, inboundBodyTime)
	return c
}

// newListener makes a listener that does not serve yet.
func newListener(ctx context.Context, addr net.Addr, config ListenerConfig) *Listener {
	ctx, cancel := context.WithCancel(ctx)
	l := &Listener{
		config: config, addr: addr, ctx: ctx, cancel: cancel, served: make(chan struct{}),
		routes: &service{
			identity: config.Identity, release: config.Version, token: config.Token, now: config.Now,
			keys: config.Keys, onJoin: config.Join, onInvite: config.Invite, onBind: config.Bound,
			trouble: config.Trouble, business: config.Business, wanted: config.Wanted,
		},
		callers: newCallers(ctx, config.Now, config.Observe.Failed),
	}
	l.server = l.httpServer()
	return l
}

func (l *Listener) httpServer() *http.Server {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	s := &http.Server{
		Handler:           Contain(l),
		ReadHeaderTimeout: l.config.headTime,
		IdleTimeout:       inboundIdleTime,
		MaxHeaderBytes:    64 << 10,
		Protocols:         &http1,
		BaseContext:       func(net.Listener) context.Context { return l.ctx },
		ConnState:         l.callers.follow,
		ErrorLog:          log.New(io.Discard, "", 0), // of TLS handshakes, which the callers' failures report
	}
	Attend(s)
	return s
}

// ListenTCP opens the address that a listener is to serve. The error is one line that names the address.
func ListenTCP(ctx context.Context, addr string) (net.Listener, error) {
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, listenError(addr, err)
	}
	return tcp, nil
}

// listenError says why an address cannot be listened on.
func listenError(addr string, err error) error {
	var form *net.AddrError
	var name *net.DNSError
	var sys *os.SyscallError
	why := ""
	switch {
	case InUse(err):
		why = "the address is in use"
	case isErrno(err, notOurs):
		why = "this machine does not have the address"
	case isErrno(err, forbidden):
		why = "ports below 1024 are root's: take another one, or let the program, with setcap cap_net_bind_service"
	case isErrno(err, reserved):
		why = "the system keeps the port for something else, or somebody has it for himself alone: take another one"
	case errors.As(err, &form) && form.Err == "invalid port",
		errors.As(err, &name) && strings.HasPrefix(name.Name, "tcp/"):
		why = "there is no such port"
	case errors.As(err, &form):
		why = "not a host and a port, as in 127.0.0.1:8448"
	case errors.As(err, &name):
		why = "its name leads to no address"
	case errors.As(err, &sys):
		why = sys.Err.Error()
	default:
		why = err.Error()
	}
	return fmt.Errorf("listen on %q: %s", addr, why)
}

// Addr is the address listened on.
func (l *Listener) Addr() net.Addr { return l.addr }

// Settle waits until every connection that has come has sent something or has ended, and the Observer has been told;
// atMost at the longest. A server that does not accept our certificate may answer our request before the end of its own
// connection to us has been noticed here.
func (l *Listener) Settle(ctx context.Context, atMost time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	l.callers.settled(ctx)
}

// Close stops the listener: joins under way see their context end, responses being written get a moment, and then every
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
	c := &call{
		ctx:           r.Context(),
		request:       Request{Method: r.Method, Target: r.RequestURI},
		authorization: r.Header["Authorization"],
	}
	route := l.routes.find(c, r.URL)
	status, body := l.routes.turnsAway(route, c)
	if status == 0 && route.most > 0 {
		c.request.Body, c.failure = l.bodies.Read(w, r, route.most, l.config.bodyTime)
	} else if r.ContentLength != 0 {
		LeaveBody(w)
	}
	shown := c.request
	shown.Target, shown.Header = maskTarget(shown.Target), inboundFields(r)
	c.id = l.config.Observe.Received(InboundRequest{
		Request: shown, Address: r.RemoteAddr, Origin: claimedOrigin(c.authorization), At: l.config.Now(), Failure: c.failure,
	})
	if status == 0 {
		status, body = l.routes.answer(route, c)
	}
	l.write(w, c, status, body)
}

// write tells of an answer, and gives it.
func (l *Listener) write(w http.ResponseWriter, c *call, status int, body []byte) {
	fields := []Field{
		{"Content-Length", strconv.Itoa(len(body))},
		{"Content-Type", "application/json"},
		{"Date", l.config.Now().UTC().Format(http.TimeFormat)},
	}
	for _, f := range fields {
		w.Header().Set(f.Name, f.Value)
	}
	l.config.Observe.Answered(c.id, Response{
		Status: status, Reason: http.StatusText(status), Header: fields, Body: body,
	})
	Dismiss(c.ctx)
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(inboundWriteTime))
	w.WriteHeader(status)
	w.Write(body)
}

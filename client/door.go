package client

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// DoorBounds are how many connections a Door has open at once, and how long the first request of each may take to come.
type DoorBounds struct {
	All    int           // connections
	Each   int           // connections of one address, or of one /64 of IPv6; 0: as many as in all
	Head   time.Duration // from a connection to the end of its first head, a TLS handshake included; 0: no bound
	AtOnce int           // handshakes and first heads that are worked on at once; 0: as many as there are processors
}

// A Door is a listener that keeps nobody waiting. Where the bound of an address is reached, or that of all, the
// connection gives way that waits for its caller the longest: one that sends nothing, or too slowly, or does not take
// its answer. In all it is one of the address that has the most, and never one of an address that has fewer than the
// new connection's. None gives way while it is being answered; where every one is, the new connection is closed. Few
// handshakes are computed at once, those of a crowd after those of others. What is served has to be told to Attend.
type Door struct {
	net.Listener
	bounds DoorBounds

	mu     sync.Mutex
	visits map[*visit]bool
	of     map[netip.Prefix]int // connections by where they come from
	gate   gate
}

// NewDoor returns a door before l.
func NewDoor(l net.Listener, bounds DoorBounds) *Door {
	if bounds.Each == 0 {
		bounds.Each = bounds.All
	}
	if bounds.AtOnce == 0 {
		bounds.AtOnce = runtime.GOMAXPROCS(0)
	}
	return &Door{Listener: l, bounds: bounds, visits: map[*visit]bool{}, of: map[netip.Prefix]int{},
		gate: gate{free: bounds.AtOnce}}
}

// Accept returns the next connection that there is room for.
func (d *Door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		v := &visit{Conn: c, door: d, from: From(c.RemoteAddr().String()), headBy: time.Now().Add(d.bounds.Head)}
		v.idle.Store(nanotime())
		gives, ok := d.admit(v)
		if gives != nil {
			gives.turnOut()
		}
		if ok {
			return v, nil
		}
		c.Close() // nothing was said yet
	}
}

// admit has a connection in, where there is room, or another one gives way, which it returns.
func (d *Door) admit(v *visit) (gives *visit, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.of[v.from] >= d.bounds.Each:
		if gives = d.longest(v.from); gives == nil {
			return nil, false
		}
	case len(d.visits) >= d.bounds.All:
		if gives = d.longestOfMost(v.from); gives == nil {
			return nil, false
		}
	}
	if gives != nil {
		d.forget(gives)
	}
	d.visits[v] = true
	d.of[v.from]++
	return gives, true
}

// longest is the connection from somewhere that waits for its caller the longest; nil: none does.
func (d *Door) longest(from netip.Prefix) *visit {
	var out *visit
	var since int64
	for v := range d.visits {
		if v.from != from {
			continue
		}
		if at := v.waits(); at != 0 && (out == nil || at < since) {
			out, since = v, at
		}
	}
	return out
}

// longestOfMost is the one that waits the longest, of those from where the most come. It is for a connection from
// somewhere, which nothing makes room for that comes from where fewer do: crowds give way, and nobody to a crowd.
func (d *Door) longestOfMost(to netip.Prefix) *visit {
	var out *visit
	var since int64
	for v := range d.visits {
		at := v.waits()
		if at == 0 || d.of[v.from] <= d.of[to] && v.from != to {
			continue
		}
		if out == nil || d.of[v.from] > d.of[out.from] || d.of[v.from] == d.of[out.from] && at < since {
			out, since = v, at
		}
	}
	return out
}

// forget takes a connection out of the count, once. d.mu is held.
func (d *Door) forget(v *visit) {
	if !d.visits[v] {
		return
	}
	delete(d.visits, v)
	if d.of[v.from]--; d.of[v.from] == 0 {
		delete(d.of, v.from)
	}
	d.gate.dismiss(v)
	d.leaves(v)
}

// A visit is a connection that a door let in. It knows since when it waits for its caller.
type visit struct {
	net.Conn
	door   *Door
	from   netip.Prefix
	headBy time.Time // when the first head has to be there

	called    chan bool    // has it pass the gate that it waits at; false: it is no more
	passed    atomic.Bool  // it is past the gate: what it sent is being worked on
	waited    int64        // idle, before that
	entered   atomic.Bool  // the first head was there
	turnedOut atomic.Bool  // it gave way
	idle      atomic.Int64 // since when no request of it is being answered, ns since 1970; 0: one is
	reading   atomic.Int64 // since when a body of it is being read, or its caller's server asked; 0: none is
	writing   atomic.Int64 // since when it is being written to; 0: it is not
}

// waits is since when the connection has waited for its caller; 0: it does not.
func (v *visit) waits() int64 {
	var since int64
	for _, at := range []int64{v.idle.Load(), v.reading.Load(), v.writing.Load()} {
		if at != 0 && (since == 0 || at < since) {
			since = at
		}
	}
	return since
}

// nanotime is the time in ns since 1970.
func nanotime() int64 { return time.Now().UnixNano() }

// turnOut ends a connection that gives way. What never got a request is not waited for either: its caller has nothing
// coming, and the system nothing to keep.
func (v *visit) turnOut() {
	v.turnedOut.Store(true)
	if c, ok := v.Conn.(interface{ SetLinger(sec int) error }); ok && !v.entered.Load() {
		_ = c.SetLinger(0) // it closes either way
	}
	v.Conn.Close() // whoever serves it notices
}

// Close closes the connection.
func (v *visit) Close() error {
	v.door.mu.Lock()
	v.door.forget(v)
	v.door.mu.Unlock()
	return v.Conn.Close()
}

// Write writes to the caller, who may be slow to take it.
func (v *visit) Write(b []byte) (int, error) {
	v.done()
	if !v.entered.Load() {
		v.idle.Store(nanotime()) // its handshake was worth something: it is at a later point of it
	}
	v.writing.Store(nanotime())
	defer v.writing.Store(0)
	return v.Conn.Write(b)
}

// CloseWrite ends what is written, for whoever closes a connection so that its last words arrive.
func (v *visit) CloseWrite() error {
	if c, ok := v.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// SetReadDeadline sets a deadline, no later than that of the first head.
func (v *visit) SetReadDeadline(t time.Time) error { return v.Conn.SetReadDeadline(v.before(t)) }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (v *visit) SetDeadline(t time.Time) error {
	if err := v.Conn.SetWriteDeadline(t); err != nil {
		return err
	}
	return v.SetReadDeadline(t)
}

func (v *visit) before(t time.Time) time.Time {
	if v.door.bounds.Head == 0 || v.entered.Load() || !t.IsZero() && t.Before(v.headBy) {
		return t
	}
	return v.headBy
}

// enter takes in that a request is there whose head is whole.
func (v *visit) enter() {
	if !v.entered.Swap(true) && v.door.bounds.Head > 0 {
		_ = v.Conn.SetReadDeadline(time.Time{}) // who serves has set none that ends later, and sets its own for a body
	}
	v.done()
	v.idle.Store(0)
}

// Attend has s tell the doors that its connections come through what becomes of them. It is called before s serves;
// what s has for ConnState and ConnContext is called as before.
func Attend(s *http.Server) {
	state, within := s.ConnState, s.ConnContext
	s.ConnState = func(c net.Conn, is http.ConnState) {
		if v := visitOf(c); v != nil {
			switch is {
			case http.StateActive:
				v.enter()
			case http.StateIdle:
				v.idle.Store(nanotime())
			}
		}
		if state != nil {
			state(c, is)
		}
	}
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if within != nil {
			ctx = within(ctx, c)
		}
		return context.WithValue(ctx, visitKey{}, visitOf(c))
	}
}

// visitKey finds the visit that a request came by.
type visitKey struct{}

// visitOf returns the visit that a connection is, or is secured on; nil: it came through no door.
func visitOf(c net.Conn) *visit {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	v, _ := c.(*visit)
	return v
}

// FromCaller returns body, of a request with that context, so that its connection waits for its caller while it is
// read.
func FromCaller(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil || body == nil || body == http.NoBody {
		return body
	}
	return callersBody{body, v}
}

// Dismiss has the connection of a request with that context wait for its caller from now on: there is its answer, and
// the caller has but to take it.
func Dismiss(ctx context.Context) {
	if v, _ := ctx.Value(visitKey{}).(*visit); v != nil {
		v.idle.Store(nanotime())
	}
}

// Await has the connection of a request with that context wait for its caller until done is called: for what the
// caller's own server is asked, say.
func Await(ctx context.Context) (done func()) {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		return func() {}
	}
	v.reading.CompareAndSwap(0, nanotime())
	return func() { v.reading.Store(0) }
}

// A callersBody is a body that comes from a caller.
type callersBody struct {
	io.ReadCloser
	visit *visit
}

func (b callersBody) Read(p []byte) (int, error) {
	b.visit.reading.CompareAndSwap(0, nanotime())
	defer b.visit.reading.Store(0)
	return b.ReadCloser.Read(p)
}

// From is where a connection of an address, IP and port, comes from, as far as that tells callers apart: an IPv4
// address, or a /64 of IPv6, which as a rule one caller has all of. It is the zero Prefix of what is no address.
func From(address string) netip.Prefix {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := at.Addr().Unmap().WithZone(""), 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // there are as many bits
	return p
}

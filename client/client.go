package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Client sends requests to other servers as one identity and keeps all it sees of each exchange. The zero value
// works: it signs nothing and trusts the system's certificate authorities. Safe for concurrent use while its fields do
// not change.
type Client struct {
	Identity *Identity      // nil: requests go unsigned
	Form2015 bool           // sign with the header of 2015, without destination
	Token    string         // access token for ClientJoin
	Roots    *x509.CertPool // nil: the system's
	Insecure bool           // go on with a certificate that does not verify; it is recorded all the same
	Pinned   []byte         // DER of the one certificate that is accepted, whatever it says; nil: any that Roots vouch for
	Now      func() time.Time
	// Dial replaces the dialler of the net package.
	Dial         func(ctx context.Context, network, addr string) (net.Conn, error)
	Limits       Limits
	AllowPrivate bool // dial addresses that are not public, too
	UserAgent    string

	arrival *Arrival // is told what comes; nil: nobody is
}

// Telling returns a client like c whose exchanges tell a how much of their answers has come.
func (c *Client) Telling(a *Arrival) *Client {
	telling := *c
	telling.arrival = a
	return &telling
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Client) trust() trust {
	return trust{roots: c.Roots, pinned: c.Pinned, anyway: c.Insecure, now: c.now}
}

// Do sends r to d on a connection of its own and returns everything that happened. It is one HTTP/1.1
// exchange: no redirect is followed, no proxy used, no compression asked for. onSend, which may be nil, is called when
// the connection stands and the request is about to be written, with its header fields in the order written; an
// Authorization field lacks what is secret in it. A certificate that does not verify ends the exchange before the
// request is sent.
//
// Trying the next destination of a server is up to the caller.
func (c *Client) Do(ctx context.Context, d Destination, r Request, onSend func(Request)) Exchange {
	return c.do(ctx, d, r, onSend, nil)
}

// do is Do, with the header fields that were composed, where some were.
func (c *Client) do(ctx context.Context, d Destination, r Request, onSend func(Request), composed *[]Field) Exchange {
	x := &exchange{client: c, to: d, ex: Exchange{Server: d.Server, Request: r}, onSend: onSend, composed: composed}
	x.ex.Request.Header = nil
	x.ex.Connection.Address = d.Address
	var deadline time.Duration
	x.maxHead, x.maxBody, deadline = c.Limits.of(r.Endpoint)
	if at, ok := ctx.Deadline(); ok {
		deadline = min(deadline, time.Until(at))
	}
	x.deadline = max(0, deadline)
	ctx, cancel := context.WithTimeout(ctx, x.deadline)
	defer cancel()
	x.ctx = ctx
	if err := x.run(); err != nil {
		x.ex.Failure = failureIn(ctx, x.part, x.deadline, err)
	}
	return x.ex
}

// An exchange is one call of Do under way.
type exchange struct {
	client   *Client
	to       Destination
	ex       Exchange
	onSend   func(Request)
	composed *[]Field // the header fields as somebody wrote them; nil: they are ours to choose
	ctx      context.Context
	deadline time.Duration // what ctx was given
	maxHead  int64
	maxBody  int64
	part     Part      // what is being done
	mark     time.Time // when the part began
}

// begin begins a part.
func (x *exchange) begin(p Part) { x.part, x.mark = p, x.client.now() }

// took is how long the part has taken so far.
func (x *exchange) took() time.Duration { return x.client.now().Sub(x.mark) }

// run takes the exchange from dialling to the last byte. How long a part took is kept also when it fails.
func (x *exchange) run() error {
	x.begin(PartPrepare)
	head, fields, err := x.requestHead()
	if err != nil {
		return err
	}
	t := &x.ex.Connection.Timings

	x.begin(PartConnect)
	tcp, err := x.dial()
	t.Connect = x.took()
	if err != nil {
		return err
	}
	defer tcp.Close()
	// An absolute deadline also ends a response that drips; a context alone does not wake a blocked read.
	stop := context.AfterFunc(x.ctx, func() { tcp.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	x.begin(PartTLS)
	conn := tls.Client(tcp, x.client.trust().config(x.to, &x.ex.Connection.TLS))
	err = conn.HandshakeContext(x.ctx)
	t.TLS = x.took()
	if err != nil {
		return err
	}

	x.sent(fields) // before the first byte: the server may react, and call us, before Write returns
	x.begin(PartWrite)
	_, writeErr := conn.Write(append(head, x.ex.Request.Body...))
	t.Write = x.took()

	err = x.read(conn)
	if writeErr != nil && x.ex.Response == nil { // with a response, the server answered without reading to the end
		x.part = PartWrite
		return writeErr
	}
	return err
}

// read waits for the response and reads it.
func (x *exchange) read(conn *tls.Conn) error {
	t := &x.ex.Connection.Timings
	x.begin(PartFirstByte)
	in := &recorder{conn: conn}
	r, err := newResponseReader(in, x.maxHead, x.maxBody)
	r.arrival, r.now = x.client.arrival, x.client.now
	t.FirstByte = x.took()
	if err == nil {
		x.begin(PartBody)
		x.ex.Response, err = r.read(x.ex.Request.Method)
		t.Body = x.took()
	}
	if err == nil {
		conn.Close() // says goodbye; the connection underneath is closed in any case
	}
	return in.cause(err)
}

func (x *exchange) sent(fields []Field) {
	x.ex.Request.Header = fields
	if x.onSend != nil {
		x.onSend(x.ex.Request)
	}
}

// dial opens the TCP connection, refusing addresses our policy excludes. The address is judged as it is dialled.
func (x *exchange) dial() (net.Conn, error) {
	if err := x.client.allows(x.to.Address); err != nil {
		return nil, err
	}
	if x.client.Dial != nil {
		return x.client.Dial(x.ctx, "tcp", x.to.Address)
	}
	dialer := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error { return x.client.allows(address) }}
	return dialer.DialContext(x.ctx, "tcp", x.to.Address)
}

func (c *Client) allows(address string) error {
	ip, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refusal{kind: FailedConnect, why: fmt.Sprintf("%q is not an IP address and a port", clip(address))}
	}
	if public, purpose := judge(ip.Addr()); !public && !c.AllowPrivate {
		return &refusal{kind: FailedForbidden, reason: ReasonPrivate,
			why: fmt.Sprintf("%s is not a public address (%s), and only public ones may be dialled", ip.Addr(), purpose)}
	}
	return nil
}

// requestHead gives the request head as it will be written, and its fields as they may be shown.
func (x *exchange) requestHead() (head []byte, shown []Field, err error) {
	fields, err := x.requestFields()
	if err != nil {
		return nil, nil, &refusal{kind: FailedForbidden, why: err.Error()}
	}
	var b bytes.Buffer
	b.WriteString(x.ex.Request.Method + " " + x.ex.Request.Target + " HTTP/1.1\r\n")
	for i, f := range fields {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
		if strings.EqualFold(f.Name, "Authorization") {
			fields[i].Value = maskAuthorization(f.Value)
		}
	}
	b.WriteString("\r\n")
	return b.Bytes(), fields, nil
}

// requestFields gives the header fields, with everything that is secret in them. It errs when the request cannot be
// sent as it is.
func (x *exchange) requestFields() ([]Field, error) {
	r := x.ex.Request
	if err := checkTarget(r.Target); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"GET", "PUT", "POST"}, r.Method) {
		return nil, fmt.Errorf("the method %q is not one of ours", clip(r.Method))
	}
	fields, err := x.chosenFields()
	if x.composed != nil {
		fields, err = x.composedFields(*x.composed)
	}
	if err != nil {
		return nil, err
	}
	if r.Body != nil {
		fields = append(fields, Field{"Content-Length", strconv.Itoa(len(r.Body))})
	}
	fields = append(fields, Field{"Connection", "close"})
	for _, f := range fields {
		if strings.ContainsAny(f.Value, "\r\n\x00") {
			return nil, fmt.Errorf("the header field %s would hold a line break", f.Name)
		}
	}
	return fields, nil
}

// chosenFields gives the header fields that we send where nobody has composed others.
func (x *exchange) chosenFields() ([]Field, error) {
	fields := []Field{{"Host", x.to.Host}, {"User-Agent", cmp.Or(x.client.UserAgent, "Doorstep")}}
	authorization, err := x.authorization()
	if err != nil {
		return nil, err
	}
	if authorization != "" {
		fields = append(fields, Field{"Authorization", authorization})
	}
	if x.ex.Request.Body != nil {
		fields = append(fields, Field{"Content-Type", "application/json"})
	}
	return fields, nil
}

// authorization gives what proves who asks; empty when nothing does.
func (x *exchange) authorization() (string, error) {
	c, r := x.client, x.ex.Request
	switch {
	case r.Endpoint == ClientJoin && c.Token != "":
		return "Bearer " + c.Token, nil
	case !r.Endpoint.Signed() || c.Identity == nil:
		return "", nil
	}
	sign := SignRequest
	if c.Form2015 {
		sign = signRequest2015
	}
	authorization, _, err := sign(*c.Identity, x.to.Server, r)
	return authorization, err
}

// Limits bound what one exchange may cost. An endpoint without a row takes Body and Deadline; where those are zero too,
// the defaults decide.
type Limits struct {
	Head       int64                      // bytes of status line and header fields
	Body       int64                      // bytes of a body, where BodyOf has no row
	BodyOf     map[Endpoint]int64         // bytes of a body
	Deadline   time.Duration              // from dialling to the last byte, where DeadlineOf has no row
	DeadlineOf map[Endpoint]time.Duration // from dialling to the last byte
}

// defaultLimits are patient enough to see a slow join through.
var defaultLimits = Limits{
	Head: 64 * kiB,
	Body: 100 * miB,
	BodyOf: map[Endpoint]int64{
		SendJoinV1: 500 * miB, SendJoinV2: 500 * miB, WellKnown: 50 * kiB, ServerKeys: miB, UserDevices: miB,
		QueryDirectory: miB, MakeJoin: miB, MakeLeave: miB, SendLeave: miB, ExchangeInvite: miB, ServerVersion: 64 * kiB,
		NotaryQuery: 4 * miB, StateIDs: 16 * miB, ClientJoin: miB,
	},
	Deadline: 30 * time.Second,
	DeadlineOf: map[Endpoint]time.Duration{
		SendJoinV1: 5 * time.Minute, SendJoinV2: 5 * time.Minute, ClientJoin: 10 * time.Minute,
		ServerKeys: 10 * time.Second, // one of thousands
	},
}

// SynapseLimits and DendriteLimits are the deadlines with which those servers join, so that a join fails here where it
// fails there.
var (
	SynapseLimits = Limits{
		Deadline: 60 * time.Second,
		DeadlineOf: map[Endpoint]time.Duration{
			QueryDirectory: 10 * time.Second, MakeJoin: 20 * time.Second,
			SendJoinV1: 60 * time.Second, SendJoinV2: 60 * time.Second, ClientJoin: 10 * time.Minute,
		},
	}
	DendriteLimits = Limits{
		Deadline: 30 * time.Second,
		DeadlineOf: map[Endpoint]time.Duration{
			SendJoinV1: 5 * time.Minute, SendJoinV2: 5 * time.Minute, ClientJoin: 10 * time.Minute,
		},
	}
)

// of returns the limits of one endpoint. A row of l comes before its general value, and both before the defaults.
func (l Limits) of(e Endpoint) (head, body int64, deadline time.Duration) {
	d := defaultLimits
	return cmp.Or(max(0, l.Head), d.Head),
		cmp.Or(max(0, l.BodyOf[e]), max(0, l.Body), d.BodyOf[e], d.Body),
		cmp.Or(max(0, l.DeadlineOf[e]), max(0, l.Deadline), d.DeadlineOf[e], d.Deadline)
}

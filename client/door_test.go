package client

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorstep/flow/event"
)

// Key documents are answered while strangers hold more connections than there may be, in every way, and none of them is
// sent away for its time being over: they have an hour.
func TestListenerUnderLoad(t *testing.T) {
	for name := range strangers {
		if _, much := tooMuch[name]; much || name == "large_body" || name == "slow_reader" {
			continue // these take more of a machine than a test should: the benchmark has them
		}
		for _, from := range []int{10, 1} {
			t.Run(fmt.Sprintf("%s from %d", name, from), func(t *testing.T) {
				l := listen(t, func(c *ListenerConfig) {
					c.headTime, c.bodyTime, c.Keys = time.Hour, time.Hour, nobodyIsAsked
				})
				ctx, cancel := context.WithCancel(t.Context())
				crowd := crowd{Addr: l.to.Address, Kinds: []string{name}, Many: maxInboundConns + 20, From: from,
					Pause: 5 * time.Second}
				wait := crowd.press(ctx, new(came))
				defer wait()
				defer cancel()
				for range 5 {
					if took, err := fetch(l.to.Address); err != nil {
						t.Errorf("no key document after %s: %v", took, err)
					}
				}
			})
		}
	}
}

// Who sends too much of anything is told so, and is read from no further; a thousand requests at once are answered, one
// after the other.
func TestListenerTooMuch(t *testing.T) {
	l := listen(t, func(c *ListenerConfig) { c.bodyTime, c.Keys = time.Second, nobodyIsAsked })
	for name, much := range tooMuch {
		conn, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Minute))
		go func() {
			io.WriteString(conn, much.first)
			for range much.times {
				if _, err := io.WriteString(conn, much.then); err != nil {
					return
				}
			}
		}()
		answers, got := bufio.NewReader(conn), map[int]int{}
		for range 1000 {
			res, err := http.ReadResponse(answers, nil)
			if err != nil {
				break
			}
			io.Copy(io.Discard, res.Body)
			got[res.StatusCode]++
		}
		want := map[int]int{much.status: 1}
		switch name {
		case "pipelined":
			want[200] = 1000
		case "expects_continue":
			want[400] = 1 // the body does not come
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: answers by status are %v, want %v", name, got, want)
		}
		conn.Close()
	}
}

// A visitor is one end of a connection that came through a door.
type visitor struct {
	net.Conn
	inside net.Conn
}

// gone reports whether the door has closed the connection.
func (v visitor) gone() bool {
	v.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, err := v.Read(make([]byte, 1))
	var timeout net.Error
	return !errors.As(err, &timeout) || !timeout.Timeout()
}

// Where there is no room, the connection gives way that waits the longest: of the same address, or of the one that has
// the most; never one that is being answered, and never one of an address that has fewer than the new one's.
func TestListenerGivesWay(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := NewDoor(tcp, DoorBounds{All: 5, Each: 3})
	defer d.Close()
	inside := make(chan net.Conn, 20)
	go func() {
		for {
			c, err := d.Accept()
			if err != nil {
				return
			}
			inside <- c
		}
	}()
	come := func(from int, let bool) visitor {
		t.Helper()
		c, err := dialFrom(t.Context(), tcp.Addr().String(), from)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		v := visitor{Conn: c}
		if let {
			v.inside = <-inside
		} else if !v.gone() {
			t.Errorf("the one from %d was let in", from)
		}
		return v
	}
	if a, _ := dialFrom(t.Context(), tcp.Addr().String(), 1); a == nil || strings.HasPrefix(a.LocalAddr().String(), "127.0.0.1:") {
		t.Skip("this system has one address on loopback: whoever comes, comes from there")
	} else {
		(<-inside).Close()
		a.Close()
	}
	a1, a2, a3 := come(1, true), come(1, true), come(1, true)
	a1.inside.(*visit).enter() // it is being answered
	a4 := come(1, true)
	if a1.gone() || !a2.gone() || a3.gone() {
		t.Error("of one address, not the one gave way that waits the longest")
	}
	b1, b2 := come(2, true), come(2, true)
	c1 := come(3, true)
	if !a3.gone() || b1.gone() || b2.gone() {
		t.Error("of all, not the one gave way that waits the longest of the address that has the most")
	}
	for _, v := range []visitor{b1, b2, a4} {
		v.inside.(*visit).enter()
	}
	come(2, false) // all are being answered but one, of an address with fewer
	if c1.gone() {
		t.Error("one of an address with few gave way to one of an address with more")
	}
	b1.inside.Close()
	if come(3, true); c1.gone() || a1.gone() {
		t.Error("somebody gave way although there was room")
	}
}

// A gateTest is a door with a gate through which one may pass at once, and who is past it.
type gateTest struct {
	*Door
	passed chan string
}

// waiting waits until so many wait at the gate.
func (g gateTest) waiting(t *testing.T, many int) {
	t.Helper()
	for range 2000 {
		g.mu.Lock()
		n := len(g.gate.waiting)
		g.mu.Unlock()
		if n == many {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%d do not come to wait at the gate", many)
}

// come has somebody come from an address and send something. Whoever is past the gate is in g.passed, with an error
// where it was turned out.
func (g gateTest) come(t *testing.T, name, from string) *visit {
	t.Helper()
	outside, inside := net.Pipe()
	v := &visit{Conn: inside, door: g.Door, from: From(from)}
	v.idle.Store(nanotime())
	if _, ok := g.admit(v); !ok {
		t.Fatalf("%s was not let in", name)
	}
	t.Cleanup(func() { outside.Close(); v.Close() })
	go io.WriteString(outside, "a")
	go func() {
		if _, err := v.Read(make([]byte, 1)); err != nil {
			name += ": " + err.Error()
		}
		g.passed <- name
		io.Copy(io.Discard, outside)
	}()
	return v
}

// What strangers send is worked on a few at a time; of those who wait, those come first from where the fewest do, and
// of a crowd the one that came last. Who writes, reads again, goes, or has a whole head makes room.
func TestListenerFewAtOnce(t *testing.T) {
	g := gateTest{NewDoor(nil, DoorBounds{All: 100, AtOnce: 1}), make(chan string, 100)}
	next := func(want string) {
		t.Helper()
		if got := <-g.passed; got != want {
			t.Fatalf("%s passed, want %s", got, want)
		}
		select {
		case more := <-g.passed:
			t.Errorf("%s passed as well", more)
		case <-time.After(20 * time.Millisecond):
		}
	}
	const crowd, pair, alone = "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"
	first := g.come(t, "first", crowd)
	next("first")
	var of [6]*visit
	for i := range of {
		of[i] = g.come(t, fmt.Sprint("crowd ", i), crowd)
		g.waiting(t, i+1)
	}
	pairA := g.come(t, "pair a", pair)
	g.waiting(t, 7)
	single := g.come(t, "alone", alone)
	g.waiting(t, 8)
	pairB := g.come(t, "pair b", pair)
	g.waiting(t, 9)

	first.Write([]byte("hello"))
	next("alone")
	single.enter()
	next("pair b")
	go pairB.Read(make([]byte, 1))
	next("pair a")
	g.mu.Lock()
	g.forget(of[5]) // it gives way
	g.mu.Unlock()
	next("crowd 5: " + net.ErrClosed.Error())
	pairA.Close()
	next("crowd 4")
	if of[4].waits() != 0 || of[3].waits() == 0 {
		t.Error("who is worked on waits for its caller, or who waits at the gate does not")
	}
	since := of[3].waits()
	of[4].Close()
	next("crowd 3")
	go of[3].Read(make([]byte, 1))
	next("crowd 2")
	if of[3].waits() != since {
		t.Error("with a byte more, it waits for its caller for less long")
	}
}

// A server that comes alone is answered before a crowd whose handshakes take a while, and before most of those who came
// earlier.
func TestListenerBeforeTheCrowd(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system has one address on loopback: whoever comes, comes from there")
	}
	var slow *slowKey
	l := listen(t, func(c *ListenerConfig) {
		slow = &slowKey{Signer: c.Certificate.PrivateKey.(crypto.Signer), began: make(chan bool)}
		c.Certificate.PrivateKey = slow
		c.atOnce, c.headTime = 1, time.Minute
	})
	ctx, cancel := context.WithCancel(t.Context())
	const many = maxConnsOfOne - 4
	wait := crowd{Addr: l.to.Address, Kinds: []string{"keep_alive"}, Many: many, From: 1, Pause: time.Minute}.
		press(ctx, new(came))
	defer wait()
	defer cancel()
	<-slow.began
	time.Sleep(100 * time.Millisecond) // the others wait
	before := slow.signed.Load()
	if _, err := fetch(l.to.Address); err != nil {
		t.Fatal(err)
	}
	// its own, the one that is under way, and a few that come in between where the machine is busy
	if n := slow.signed.Load() - before; n > many/2 {
		t.Errorf("%d handshakes were done before its answer", n)
	}
	if n := slow.most.Load(); n != 1 {
		t.Errorf("%d handshakes were worked on at once", n)
	}
}

// A slowKey takes a while for a signature.
type slowKey struct {
	crypto.Signer
	began  chan bool // closed with the first
	once   sync.Once
	signs  atomic.Int64
	most   atomic.Int64 // at once
	signed atomic.Int64
}

func (k *slowKey) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.once.Do(func() { close(k.began) })
	if n := k.signs.Add(1); n > k.most.Load() {
		k.most.Store(n)
	}
	defer k.signs.Add(-1)
	time.Sleep(50 * time.Millisecond)
	k.signed.Add(1)
	return k.Signer.Sign(r, digest, opts)
}

// What a head may take ends when it should whatever deadlines the http package sets for its parts, and is over with the
// first head.
func TestListenerHeadInTime(t *testing.T) {
	c := &deadlines{}
	v := &visit{Conn: c, door: &Door{bounds: DoorBounds{Head: time.Second}}, headBy: testNow.Add(time.Second)}
	for _, tt := range []struct{ set, want time.Time }{
		{time.Time{}, v.headBy}, {testNow.Add(time.Hour), v.headBy}, {testNow, testNow},
	} {
		if v.SetReadDeadline(tt.set); !c.read.Equal(tt.want) {
			t.Errorf("set to %s: %s, want %s", tt.set, c.read, tt.want)
		}
		if v.SetDeadline(tt.set); !c.read.Equal(tt.want) || !c.write.Equal(tt.set) {
			t.Errorf("both set to %s: %s and %s, want %s", tt.set, c.read, c.write, tt.want)
		}
	}
	if v.enter(); !c.read.IsZero() {
		t.Errorf("the head is there, and the deadline is %s", c.read)
	}
	if v.SetReadDeadline(testNow.Add(time.Hour)); !c.read.Equal(testNow.Add(time.Hour)) {
		t.Errorf("afterwards: %s", c.read)
	}
}

// deadlines are those of a connection that is none.
type deadlines struct {
	net.Conn
	read, write time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error  { d.read = t; return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = t; return nil }

// Who is turned away by the head of a request is answered although the body never comes, and so is who asks for keys.
func TestListenerBodiesNotWaitedFor(t *testing.T) {
	calls := 0
	l := listen(t, func(c *ListenerConfig) {
		c.bodyTime = time.Minute
		c.Keys = func(context.Context, string, string) (ed25519.PublicKey, error) {
			calls++
			return nil, errors.New("no")
		}
		c.Token = "s3cret"
		c.Business = func(e Endpoint, origin string) Business {
			if origin == "known.example" {
				return SureBusiness
			}
			return NoBusiness
		}
	})
	for _, tt := range []struct {
		line, header string
		status       int
	}{
		{"PUT /nothing", "", 404},
		{"PUT /_matrix/key/v2/server", "", 405},
		{"GET /_matrix/key/v2/server", "", 200},
		{"GET /_matrix/federation/v1/version", "", 200},
		{"PUT /_matrix/federation/v1/send/1", "", 401},
		{"PUT /_matrix/federation/v1/send/1", claimed, 401}, // of somebody whom nobody knows
		{"PUT /_matrix/federation/v2/invite/r/e", "", 401},
		{"PUT /_matrix/federation/v2/invite/r/e", claimed, 401},
		{"PUT /_matrix/federation/v1/invite/r/e", strings.Replace(claimed, "caller", "known", 1) + "X-Not: matrix\r\n", 0},
		{"PUT /_matrix/federation/v2/invite/r/e", strings.Replace(strings.Replace(claimed, "caller", "known", 1),
			"joining.example", "other.example", 1), 401},
		{"PUT /_matrix/federation/v1/3pid/onbind", "", 403},
		{"POST /_matrix/client/v3/join/r", "", 401},
		{"POST /_matrix/client/v3/join/r", "Authorization: Bearer s3cret\r\n", 403},
	} {
		conn, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		patience := 20 * time.Second
		if tt.status == 0 {
			patience = 500 * time.Millisecond
		}
		conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: a\r\n%sContent-Length: 60000\r\n\r\n{", tt.line, tt.header)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		switch {
		case tt.status == 0 && err == nil:
			t.Errorf("%s: answered with %d before the body was there", tt.line, res.StatusCode)
		case tt.status != 0 && (err != nil || res.StatusCode != tt.status):
			t.Errorf("%s %s: %v, %v, want %d", tt.line, tt.header, res, err, tt.status)
		}
		conn.Close()
	}
	if calls != 0 {
		t.Errorf("a key was asked for %d times", calls)
	}
}

// Whatever is wrong with a signature, and whatever became of asking for the key, the answer is the same to the byte.
func TestListenerOneWording(t *testing.T) {
	good := testIdentity(t, "caller.example")
	good.Key, _ = GenerateKey()
	other := testIdentity(t, "caller.example")
	other.Key, _ = GenerateKey()
	other.Key.ID = good.Key.ID
	stranger := testIdentity(t, "stranger.example")
	stranger.Key = good.Key
	var fails error
	l := listen(t, func(c *ListenerConfig) {
		c.Keys = func(context.Context, string, string) (ed25519.PublicKey, error) { return good.Key.Public(), fails }
		c.Business = func(e Endpoint, origin string) Business {
			if origin == "caller.example" {
				return SureBusiness
			}
			return PerhapsBusiness
		}
	})
	target := "/_matrix/federation/v2/invite/r/e"
	sign := func(id *Identity, destination string) string {
		header, _, err := SignRequest(*id, destination, put(Invite, target, []byte("{}")))
		if err != nil {
			t.Fatal(err)
		}
		return header
	}
	said := map[string]string{}
	for name, tt := range map[string]struct {
		header string
		fails  error
	}{
		"no header":          {},
		"a header unread":    {header: `X-Matrix origin="`},
		"another's":          {header: sign(good, "other.example")},
		"no such name":       {sign(good, "joining.example"), errors.New("caller.example leads to no address")},
		"refused":            {sign(good, "joining.example"), errors.New("connection refused")},
		"no such key":        {sign(good, "joining.example"), errors.New("publishes no such key")},
		"another key":        {header: sign(other, "joining.example")},
		"a short signature":  {header: `X-Matrix origin=caller.example,key="ed25519:1",sig="AAAA"`},
		"somebody not known": {header: sign(stranger, "joining.example")},
	} {
		fails = tt.fails
		fields := ""
		if tt.header != "" {
			fields = "Authorization: " + tt.header + "\r\n"
		}
		conn, err := tls.Dial("tcp", l.to.Address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: 2\r\nConnection: close\r\n\r\n{}", target, fields)
		answer, err := io.ReadAll(conn)
		conn.Close()
		_, body, whole := strings.Cut(string(answer), "\r\n\r\n")
		if err != nil || !whole || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") {
			t.Errorf("%s: %q, %v", name, answer, err)
		}
		said[body] = name
	}
	if len(said) != 1 {
		t.Errorf("there are %d answers: %q", len(said), said)
	}
}

// No key is asked for on behalf of a stranger, unless it brings an invite that is wanted.
func TestListenerAsksNobody(t *testing.T) {
	inviter := testIdentity(t, "inviter.example")
	inviter.Key, _ = GenerateKey()
	v, _ := event.Lookup("11")
	invite := func(change func(string) string) *event.Event {
		raw := change(`{"type":"m.room.member","sender":"@a:inviter.example","state_key":"@u:joining.example",` +
			`"room_id":"!r:inviter.example","content":{"membership":"invite"},"origin_server_ts":1,"depth":1,` +
			`"prev_events":[],"auth_events":[]}`)
		e, err := event.Hash(v, []byte(raw))
		if err == nil {
			e, err = e.Sign("inviter.example", inviter.Key)
		}
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	swap := func(old, new string) *event.Event {
		return invite(func(s string) string { return strings.Replace(s, old, new, 1) })
	}
	var asked atomic.Int64
	var mu sync.Mutex
	wanted := 0 // the status
	l := listen(t, func(c *ListenerConfig) {
		c.Keys = func(context.Context, string, string) (ed25519.PublicKey, error) {
			asked.Add(1)
			return inviter.Key.Public(), nil
		}
		c.Business = func(e Endpoint, _ string) Business {
			if e == Send {
				return NoBusiness
			}
			return PerhapsBusiness
		}
		c.Wanted = func(InviteCall) (int, []byte) {
			mu.Lock()
			defer mu.Unlock()
			return wanted, []byte("{}")
		}
	})
	l.client.Identity = inviter
	good := invite(func(s string) string { return s })
	for _, tt := range []struct {
		name    string
		e       *event.Event
		wanted  int
		status  int
		asks    bool
		request Request
	}{
		{name: "wanted", e: good, status: 200, asks: true},
		{name: "not wanted", e: good, wanted: 403, status: 403},
		{name: "to somebody else", e: swap("@u:joining.example", "@u:other.example"), status: 401},
		{name: "by somebody else", e: swap("@a:inviter.example", "@a:other.example"), status: 401},
		{name: "a join", e: swap(`"invite"`, `"join"`), status: 401},
		{name: "no event", request: put(Invite, "/_matrix/federation/v2/invite/r/e", []byte("{}")), status: 401},
		{name: "a transaction", request: put(Send, "/_matrix/federation/v1/send/1", []byte("{}")), status: 401},
	} {
		r := tt.request
		if tt.e != nil {
			r = put(Invite, "/_matrix/federation/v2/invite/"+EscapePath("!r:inviter.example")+"/"+EscapePath(tt.e.ID()),
				fmt.Appendf(nil, `{"room_version":"11","event":%s,"invite_room_state":[]}`, tt.e.Raw()))
		}
		mu.Lock()
		wanted = tt.wanted
		mu.Unlock()
		before := asked.Load()
		res := l.do(t, r)
		if asks := asked.Load() > before; res.Status != tt.status || asks != tt.asks {
			t.Errorf("%s: %d %s, want %d; a key was asked for: %t", tt.name, res.Status, res.Body, tt.status, asks)
		}
	}
}

// An address stands for whoever has it: of IPv6 that is a /64.
func TestListenerFrom(t *testing.T) {
	for a, want := range map[string]string{
		"192.0.2.1:4": "192.0.2.1/32", "[::ffff:192.0.2.1]:4": "192.0.2.1/32",
		"[2001:db8:1:2:3:4:5:6]:4": "2001:db8:1:2::/64", "[fe80::1%lo]:4": "fe80::/64", "nowhere": "invalid Prefix",
	} {
		if got := From(a).String(); got != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
}

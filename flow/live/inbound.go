package live

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/verify"
)

// inbound turns what reaches our listener into entries of a run: the other servers' requests for our keys, their
// invites and transactions, and our own client's request to join, which it holds open.
type inbound struct {
	run     *Run
	network *Network
	joins   chan *PendingJoin
	bell    *doorbell
	known   acquaintances
	calls   callbacks

	mu     sync.Mutex
	open   map[int]flow.Entry            // requests without an answer, by the number they were given
	over   map[int]client.InboundRequest // likewise, of those that are not in the trace
	taken  int                           // entries that there is room for in the trace, used or promised
	of     map[netip.Prefix]int          // of them, those of callers from somewhere
	failed int                           // of them, those of calls that failed
	weight int                           // bytes of what they hold
	left   int                           // requests that are not in the trace
}

func newInbound(run *Run, n *Network, joins chan *PendingJoin) *inbound {
	return &inbound{run: run, network: n, joins: joins, bell: newDoorbell(run.Trace().Header),
		known: acquaintances{run: run}, calls: newCallbacks(),
		open: map[int]flow.Entry{}, over: map[int]client.InboundRequest{}, of: map[netip.Prefix]int{}}
}

// Anybody can send requests to our listener. What is over these bounds is answered like the rest and counted, but the
// trace does not grow by it. What callers have us ask for has bounds of its own: see callbacks.
const (
	maxInboundEntries = 1000
	maxEntriesOfOne   = maxInboundEntries / 2 // of callers from one address
	maxFailedCalls    = maxInboundEntries / 4
	maxInboundBytes   = 8 << 20
)

// admit reports whether there is room in the trace for so many entries of a caller, which hold so many bytes.
func (i *inbound) admit(address string, entries, weight int) bool {
	from := client.From(address)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taken+entries > maxInboundEntries || i.of[from]+entries > maxEntriesOfOne || i.weight+weight > maxInboundBytes {
		return false
	}
	i.taken += entries
	i.of[from] += entries
	i.weight += weight
	return true
}

// weightOf is about how many bytes a request takes in a trace.
func weightOf(r client.Request) int {
	n := len(r.Target) + len(r.Body)
	for _, f := range r.Header {
		n += len(f.Name) + len(f.Value)
	}
	return n
}

// Received appends the request's entry. Our own client's request is the step that sent it: it is not told twice.
// The number it gives to a request that is not in the trace is below 1.
func (i *inbound) Received(r client.InboundRequest) int {
	if r.Request.Endpoint == client.ClientJoin {
		return 0
	}
	if !i.admit(r.Address, 2, weightOf(r.Request)) { // the request, and our answer
		i.mu.Lock()
		defer i.mu.Unlock()
		i.left++
		i.over[-i.left] = r
		return -i.left
	}
	e := i.receive(r)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open[e.Seq] = e
	return e.Seq
}

// receive appends the entry of a request.
func (i *inbound) receive(r client.InboundRequest) flow.Entry {
	s := flow.Fold(i.run.Trace())
	e := flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: r.Origin,
		Request:    &r.Request,
		Connection: &client.Connection{Address: r.Address}}
	if e.Server == "" {
		if s.Pending != nil {
			e.Server, e.Inferred = s.Pending.Server, true
		}
	}
	if e.Server != "" {
		e.From = roleOf(s, e.Server)
	}
	return i.run.Emit(e)
}

// keep has a request in the trace although there was no room for it: the handshake goes on from it.
func (i *inbound) keep(id int) {
	i.mu.Lock()
	r, ok := i.over[id]
	delete(i.over, id)
	i.mu.Unlock()
	if !ok {
		return
	}
	e := i.receive(r)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.left--
	i.open[id] = e
}

// Left is how many requests are not in the trace, because there was no room for them.
func (i *inbound) Left() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.left
}

// invited decides about an invite: see doorbell.
func (i *inbound) invited(_ context.Context, call client.InviteCall) (status int, body []byte) {
	if status, body = i.bell.invited(call); status == 0 {
		i.keep(call.ID)
	}
	return status, body
}

// bound decides about the word of an identity server: see doorbell.
func (i *inbound) bound(_ context.Context, call client.BindCall) (status int, body []byte) {
	if status, body = i.bell.told(call); status == 0 {
		i.keep(call.ID)
	}
	return status, body
}

// Answered appends the entry of our answer.
func (i *inbound) Answered(id int, answer client.Response) {
	i.mu.Lock()
	asked, ok := i.open[id]
	delete(i.open, id)
	delete(i.over, id)
	i.mu.Unlock()
	defer i.bell.answered(id, answer.Status)
	if !ok {
		return
	}
	i.run.Emit(flow.Entry{Kind: flow.Response, Step: flow.R, From: flow.Joining, To: asked.From, Server: asked.Server,
		Inferred: asked.Inferred,
		Answers:  asked.Seq, Took: i.run.Elapsed() - asked.At, Response: &answer})
}

// Failed appends the entry of a connection to us that ended without a request. Who called is not known; where one
// server is busy with a request of ours, it is taken for that one.
func (i *inbound) Failed(f client.InboundFailure) {
	i.mu.Lock()
	i.failed++
	many := i.failed > maxFailedCalls
	i.mu.Unlock()
	if many || !i.admit(f.Address, 1, len(f.Failure.Message)) {
		return
	}
	t := i.run.Trace()
	e := flow.Entry{Kind: flow.Failure, Step: flow.R, From: flow.Resident, To: flow.Joining, Failure: &f.Failure,
		Took:       f.At.Sub(f.Began),
		Connection: &client.Connection{Address: f.Address}}
	if e.Server = busyAt(t, f.Began.Sub(i.run.started)); e.Server != "" {
		e.Inferred, e.From = true, roleOf(flow.Fold(t), e.Server)
	}
	i.run.Emit(e)
}

// busyAt returns the server that was busy with a request of ours at a time; empty where none was. A call that fails
// is told of when it has ended, and by then the answer to that request may be there.
func busyAt(t flow.Trace, at time.Duration) string {
	for i := len(t.Entries) - 1; i >= 0; i-- {
		e := &t.Entries[i]
		if e.Kind != flow.Request || e.From != flow.Joining || e.At > at {
			continue
		}
		if a := t.Answer(e.Seq); a == nil || a.At >= at {
			return e.Server
		}
		return ""
	}
	return ""
}

// join hands our client's request over to the handshake and waits for its end.
func (i *inbound) join(ctx context.Context, call client.JoinCall) (int, []byte) {
	if call.Target != flow.Fold(i.run.Trace()).Target() {
		return 400, flow.JSONObject("errcode", "M_UNKNOWN", "error", "this server was started to join another room")
	}
	p := NewPendingJoin()
	select {
	case i.joins <- p:
	case <-ctx.Done():
	}
	a := p.Wait(ctx)
	return a.Status, a.Body
}

// key returns the key with which another server signed a request to us, and asks for it where it is not known. Its key
// document becomes an exchange of the trace like any other.
func (i *inbound) key(ctx context.Context, server, keyID string) (ed25519.PublicKey, error) {
	known := i.keysOf(server)
	if !known.Known() {
		err := i.calls.back(ctx, server, i.known.know(server), func() bool { return i.keysOf(server).Known() },
			func() { i.fetch(ctx, server) })
		if err != nil {
			return nil, err
		}
		known = i.keysOf(server)
	}
	switch {
	case known == nil:
		return nil, errors.New("its keys are not known")
	case !known.Known():
		return nil, errors.New(known.Problem)
	}
	key, ok := known.Keys.Get(keyID)
	if !ok || key.Old {
		return nil, fmt.Errorf("%s publishes no current key %q", server, keyID)
	}
	return key.Public, nil
}

// keysOf is what is known of a server's keys; nil: nothing.
func (i *inbound) keysOf(server string) *verify.ServerKeys {
	return flow.Fold(i.run.Trace()).Keys.Of(server)
}

// fetch asks a server for its keys.
func (i *inbound) fetch(ctx context.Context, server string) {
	emit := func(e flow.Entry) flow.Entry {
		if e.Response != nil {
			i.calls.got(len(e.Response.Body))
		}
		return i.run.Emit(e)
	}
	i.network.fetchKeys(ctx, allKeysTime, flow.Fold(i.run.Trace()),
		flow.Step{Servers: []string{server}, Request: client.KeysRequest()}, emit, new(atomic.Int64))
}

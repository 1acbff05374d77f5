package live

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// inbound turns what reaches our listener into entries of a run: the other servers' requests for our keys, their
// invites and transactions, and our own client's request to join, which it holds open.
type inbound struct {
	run     *Run
	network *Network
	joins   chan *PendingJoin
	bell    *doorbell

	mu     sync.Mutex
	open   map[int]flow.Entry            // requests without an answer, by the number they were given
	over   map[int]client.InboundRequest // likewise, of those that are not in the trace
	taken  int                           // requests in the trace
	left   int                           // requests that are not
	weight int                           // bytes of their bodies
	asked  map[string]bool               // servers that were asked for keys because they called
}

func newInbound(run *Run, n *Network, joins chan *PendingJoin) *inbound {
	return &inbound{run: run, network: n, joins: joins, bell: newDoorbell(run.Trace().Header),
		open: map[int]flow.Entry{}, over: map[int]client.InboundRequest{}, asked: map[string]bool{}}
}

// Anybody can send requests to our listener. What is over these bounds is answered like the rest and counted, but the
// trace does not grow by it; and no more servers are asked for their keys because of it.
const (
	maxInboundEntries = 1000
	maxInboundBytes   = 64 << 20
	maxCallersAsked   = 100
)

// admit reports whether there is room in the trace for a request.
func (i *inbound) admit(r client.InboundRequest) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taken >= maxInboundEntries || i.weight+len(r.Request.Body) > maxInboundBytes {
		i.left++
		return false
	}
	i.taken++
	i.weight += len(r.Request.Body)
	return true
}

// Received appends the request's entry. Our own client's request is the step that sent it: it is not told twice.
// The number it gives to a request that is not in the trace is below 1.
func (i *inbound) Received(r client.InboundRequest) int {
	if r.Request.Endpoint == client.ClientJoin {
		return 0
	}
	if !i.admit(r) {
		i.mu.Lock()
		defer i.mu.Unlock()
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
	if !i.admit(client.InboundRequest{}) {
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

// mayAsk reports whether a server that calls may be asked for its keys.
func (i *inbound) mayAsk(server string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.asked[server] {
		return true
	}
	if len(i.asked) >= maxCallersAsked {
		return false
	}
	i.asked[server] = true
	return true
}

// key fetches the key with which another server signed a request to us. Its key document becomes an exchange of the
// trace like any other.
func (i *inbound) key(ctx context.Context, server, keyID string) (ed25519.PublicKey, error) {
	s := flow.Fold(i.run.Trace())
	known := s.Keys.Of(server)
	if known == nil {
		if !i.mayAsk(server) {
			return nil, errors.New("too many servers call: its keys are not asked for")
		}
		i.network.fetchKeys(ctx, allKeysTime, s, flow.Step{Servers: []string{server}, Request: client.KeysRequest()}, i.run.Emit,
			new(atomic.Int64))
		known = flow.Fold(i.run.Trace()).Keys.Of(server)
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

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

	mu     sync.Mutex
	open   map[int]flow.Entry // requests without an answer, by Seq
	taken  int                // requests in the trace
	weight int                // bytes of their bodies
}

// Anybody can send requests to our listener. What is over these bounds is answered like the rest, but the trace does
// not grow by it.
const (
	maxInboundEntries = 1000
	maxInboundBytes   = 64 << 20
)

// admit reports whether there is room in the trace for a request.
func (i *inbound) admit(r client.InboundRequest) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taken >= maxInboundEntries || i.weight+len(r.Request.Body) > maxInboundBytes {
		return false
	}
	i.taken++
	i.weight += len(r.Request.Body)
	return true
}

// Received appends the request's entry. Our own client's request is the step that sent it: it is not told twice.
// The number it gives to a request that is not in the trace is 0.
func (i *inbound) Received(r client.InboundRequest) int {
	if r.Request.Endpoint == client.ClientJoin || !i.admit(r) {
		return 0
	}
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
	e = i.run.Emit(e)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open[e.Seq] = e
	return e.Seq
}

// Answered appends the entry of our answer.
func (i *inbound) Answered(id int, answer client.Response) {
	i.mu.Lock()
	asked, ok := i.open[id]
	delete(i.open, id)
	i.mu.Unlock()
	if !ok {
		return
	}
	i.run.Emit(flow.Entry{Kind: flow.Response, Step: flow.R, From: flow.Joining, To: asked.From, Server: asked.Server,
		Inferred: asked.Inferred,
		Answers:  id, Took: i.run.Elapsed() - asked.At, Response: &answer})
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
	if call.Target != i.run.Trace().Header.Target {
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

// key fetches the key with which another server signed a request to us. Its key document becomes an exchange of the
// trace like any other.
func (i *inbound) key(ctx context.Context, server, keyID string) (ed25519.PublicKey, error) {
	s := flow.Fold(i.run.Trace())
	known := s.Keys.Of(server)
	if known == nil {
		i.network.fetchKeys(ctx, s, flow.Step{Servers: []string{server}, Request: client.KeysRequest()}, i.run.Emit,
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

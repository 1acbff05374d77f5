package host

import (
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/traffic"
	"doorstep/flow/watch"
)

// A witness hands what hosted servers see to the watcher of joins.
type witness struct {
	watcher *watch.Watcher
	onCall  func(string, client.InboundFailure)

	mu    sync.Mutex
	last  int
	calls map[int]call
}

// A call is a request that one of our servers got and has not answered yet.
type call struct {
	*watch.Call
	request client.Request
	server  string
	address string
}

func newWitness(w *watch.Watcher, onCall func(string, client.InboundFailure)) *witness {
	return &witness{watcher: w, onCall: onCall, calls: map[int]call{}}
}

// Received takes in a request. What is not for a join, and from nobody who says who it is, is counted only.
func (w *witness) Received(server string, in client.InboundRequest) int {
	x := traffic.Of(in.Request.Method, in.Request.Target)
	x.SetHeader(in.Request.Header, server)
	if x.Request.Endpoint == "" {
		x.Request.Endpoint = in.Request.Endpoint
	}
	x.Server, x.Start, x.Request.Body = server, in.At, in.Request.Body
	if x.Request.Endpoint == "" && x.Origin == "" {
		w.watcher.Other()
		return 0
	}
	c := call{w.watcher.Arrived(x), x.Request, server, in.Address}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	w.calls[w.last] = c
	return w.last
}

// Judged appends what the server made of the signature of a request.
func (w *witness) Judged(id int, found engine.Judgement) {
	w.mu.Lock()
	c, ok := w.calls[id]
	w.mu.Unlock()
	if !ok {
		return
	}
	for _, j := range c.Joins() {
		t := j.Trace()
		asked := c.in(t)
		if asked == nil {
			continue
		}
		j.Append(flow.Entry{Kind: flow.Local, Step: flow.R, From: asked.To, To: asked.To, Server: c.server,
			Authenticated: &flow.Authenticated{Request: asked.Seq, Origin: found.Origin, KeyID: found.KeyID,
				Reason: found.Reason, Detail: found.Says}})
	}
}

// in finds the request among the entries of a trace: the last one of its kind that has no answer.
func (c call) in(t flow.Trace) *flow.Entry {
	for i := len(t.Entries) - 1; i >= 0; i-- {
		e := &t.Entries[i]
		if e.Kind == flow.Request && e.Request != nil && e.Request.Method == c.request.Method &&
			e.Request.Target == c.request.Target && e.Server == c.server && t.Answer(e.Seq) == nil {
			return e
		}
	}
	return nil
}

// Answered takes in an answer.
func (w *witness) Answered(id int, answer client.Response, broken *client.Failure, by engine.Gated) {
	if c, ok := w.take(id); ok {
		c.Answered(watch.Answer{Response: &answer, Failure: broken, Instead: by.Instead, Held: by.Held,
			Connection: &client.Connection{Address: c.address}})
	}
}

// Broken takes in that there is no answer.
func (w *witness) Broken(id int, why client.Failure, by engine.Gated) {
	if c, ok := w.take(id); ok {
		c.Answered(watch.Answer{Failure: &why, Instead: by.Instead, Held: by.Held,
			Connection: &client.Connection{Address: c.address}})
	}
}

func (w *witness) take(id int) (call, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.calls[id]
	delete(w.calls, id)
	return c, ok
}

// Failed takes in a connection without a request. Who called is not known: it is taken for the server of every join
// that is going on.
func (w *witness) Failed(server string, f client.InboundFailure) {
	for _, j := range w.going() {
		j.Append(flow.Entry{Kind: flow.Failure, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: server,
			Inferred: true, Failure: &f.Failure, Took: f.At.Sub(f.Began), Connection: &client.Connection{Address: f.Address}})
	}
	if w.onCall != nil {
		w.onCall(server, f)
	}
}

// Found appends where the name of the joining server led one of ours.
func (w *witness) Found(server string, d client.Discovery) {
	for _, j := range w.going() {
		if t := j.Trace(); t.Header.Joining == d.Server {
			found := d
			j.Append(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: d.Server,
				Took: d.Took, Discovery: &found})
		}
	}
}

// Asked takes in a request of one of our servers to the joining one.
func (w *witness) Asked(server string, x client.Exchange, began, _ time.Time) {
	t := traffic.Of(x.Request.Method, x.Request.Target)
	t.SetHeader(x.Request.Header, x.Server)
	t.Start, t.Back, t.Origin, t.Server, t.Request.Body = began, true, server, x.Server, x.Request.Body
	if t.Request.Endpoint == "" {
		t.Request.Endpoint = x.Request.Endpoint
	}
	w.watcher.Arrived(t).Answered(watch.Answer{Response: x.Response, Failure: x.Failure, Connection: &x.Connection})
}

// going are the joins that are not over.
func (w *witness) going() []*watch.Join {
	var out []*watch.Join
	for _, j := range w.watcher.Joins() {
		if !j.Over() {
			out = append(out, j)
		}
	}
	return out
}

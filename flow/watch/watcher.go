package watch

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/traffic"
)

// Options say how joins are followed.
type Options struct {
	Tool   string // program and version, for the headers of traces
	Source string // flow.SourceTap or flow.SourceHost
	By     string // what watches, for flow.Imported.By; may be empty
	Title  string // of every trace; empty: none

	// Lookups has a join begin with the question which room an alias is. Who joins is not known then until make_join
	// comes, and Header.User is empty so long.
	Lookups bool

	// OnJoin is called when a join has begun, in a goroutine of the join's own, before its sinks hear of anything.
	OnJoin func(*Join)
	// OnOver is called when a join is over and its sinks have heard of everything, in the same goroutine, before Done.
	OnOver func(*Join)

	// Fetch returns the exchanges by which key documents of servers were fetched, as told by their field By; nil: nobody
	// fetches any. It is called once the join is over, for servers whose signatures cannot be checked.
	Fetch func(ctx context.Context, servers []string) []traffic.Exchange

	Quiet    time.Duration    // how long nothing comes of a join that is over; 0: DefaultQuiet
	Patience time.Duration    // how long the join is waited for that is made of a protoevent; 0: DefaultPatience
	Most     int              // joins at once; 0: DefaultMost
	Now      func() time.Time // nil: the system's clock
}

func (o Options) withDefaults() Options {
	o.Quiet = cmp.Or(o.Quiet, DefaultQuiet)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	o.Most = cmp.Or(o.Most, DefaultMost)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnJoin == nil {
		o.OnJoin = func(*Join) {}
	}
	if o.OnOver == nil {
		o.OnOver = func(*Join) {}
	}
	return o
}

// header is what the headers of all traces have in common.
func (o Options) header() flow.Header {
	return flow.Header{Tool: o.Tool, Source: o.Source, Title: o.Title, Imported: &flow.Imported{From: o.Source, By: o.By}}
}

// A Watcher follows joins. What it does while a request or an answer passes is in memory and short. It is safe for
// concurrent use.
type Watcher struct {
	o       Options
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	live   *traffic.Live
	joins  []*Join // in order; of those that are over, the last
	closed bool
	counts Counts
}

// New returns a watcher that has seen nothing. It ends with ctx, or by Close, which has to be called.
func New(ctx context.Context, o Options) *Watcher {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	return &Watcher{o: o, ctx: ctx, cancel: cancel, live: traffic.NewLive(o.header(), o.Lookups, o.Most)}
}

// Watches reports whether a request can be part of a join, so that its body and its answer have to be kept.
func Watches(e client.Endpoint) bool { return e != "" && e != client.ClientJoin }

// A Call is a request that waits for its answer.
type Call struct {
	w *Watcher
	x *traffic.Exchange
}

// Arrived takes in a request that has come whole: x says what it asks for, of whom, and who asks (see traffic.Of,
// SetHeader and Mask); its Start may be zero. Of a request that the joining server is asked, by one of ours, x.Back is
// set, x.Origin is who asks and x.Server the joining server.
func (w *Watcher) Arrived(x traffic.Exchange) *Call {
	if x.Start.IsZero() {
		x.Start = w.o.Now()
	}
	x.Mask()
	c := &Call{w, &x}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return c
	}
	w.counts.Parts++
	g, lost := w.live.Begun(&x)
	if lost {
		w.counts.Lost++
	}
	if g != nil {
		w.begin(g)
	}
	w.notify(&x)
	return c
}

// begin begins to follow a join.
func (w *Watcher) begin(g *traffic.Growing) {
	for _, j := range w.joins {
		if stage, _ := j.growing.Stage(); !j.ended && stage != traffic.Waits && j.growing.Same(g) {
			w.over(j)
			j.notify()
		}
	}
	w.counts.Joins++
	j := &Join{Number: w.counts.Joins, w: w, growing: g, changed: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		done: make(chan struct{})}
	w.joins = append(w.joins, j)
	w.running.Add(1)
	client.Go(func() { j.follow(w.ctx) })
}

// notify tells the joins that an exchange belongs to that it came.
func (w *Watcher) notify(x *traffic.Exchange) {
	for _, g := range w.live.Of(x) {
		if j := w.of(g); j != nil {
			j.notify()
		}
	}
}

// of is the join of a growing trace; nil where it is forgotten.
func (w *Watcher) of(g *traffic.Growing) *Join {
	for _, j := range w.joins {
		if j.growing == g {
			return j
		}
	}
	return nil
}

// Joins returns the joins that the request belongs to, as far as that is known before its answer.
func (c *Call) Joins() []*Join {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	var out []*Join
	for _, g := range c.w.live.Of(c.x) {
		if j := c.w.of(g); j != nil {
			out = append(out, j)
		}
	}
	return out
}

// Wants reports whether the body of the answer matters: the request is part of a join, or its answer tells whether it
// is.
func (c *Call) Wants() bool {
	switch c.x.Request.Endpoint {
	case client.ServerKeys, client.NotaryQuery, client.QueryDirectory:
		return true
	}
	return len(c.Joins()) > 0
}

// Answered takes in what came of the request. It is called once.
func (c *Call) Answered(a Answer) {
	w, x := c.w, c.x
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	x.Response, x.Failure, x.Connection, x.Unkept, x.Instead = a.Response, a.Failure, a.Connection, a.Unkept, a.Instead
	x.AnsweredBy, x.Altered, x.Held = a.By, a.Altered, a.Held
	if x.End = a.At; x.End.IsZero() {
		x.End = w.o.Now()
	}
	x.Mask()
	told := w.live.Of(x)
	w.live.Ended(x)
	for _, j := range w.joins {
		if slices.Contains(told, j.growing) {
			j.weight += bodies(x)
		}
		if !j.ended && (told == nil || slices.Contains(told, j.growing)) {
			j.notify()
		}
	}
}

// Holds returns about how many bytes of bodies the joins hold, those that are over too.
func (w *Watcher) Holds() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	var n int64
	for _, j := range w.joins {
		n += j.weight
	}
	return n
}

// bodies is how many bytes the bodies of an exchange are.
func bodies(x *traffic.Exchange) int64 {
	n := len(x.Request.Body)
	if x.Response != nil {
		n += len(x.Response.Body)
	}
	return int64(n)
}

// Other counts an exchange that is not watched.
func (w *Watcher) Other() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Others++
}

// Counts returns what has been seen so far.
func (w *Watcher) Counts() Counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts
}

// Joins returns the joins, in order: those that are going on, and the last of those that are over.
func (w *Watcher) Joins() []*Join {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.joins)
}

// over ends a join for the watcher. w.mu is held.
func (w *Watcher) over(j *Join) {
	if !j.ended {
		j.ended = true
		w.live.Over(j.growing)
	}
}

// settled counts a join that is over, and forgets the oldest of those where they are many.
func (w *Watcher) settled(j *Join) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Over++
	over, bytes := 0, int64(0)
	for i := len(w.joins) - 1; i >= 0; i-- {
		o := w.joins[i]
		if !o.ended {
			continue
		}
		over++
		bytes += o.weight
		if o != j && (over > mostOver || bytes > mostOverBytes) {
			w.joins = slices.Delete(w.joins, i, i+1)
		}
	}
}

// Close ends every join that is going on, and returns when all is told. What comes later is not taken in.
func (w *Watcher) Close() {
	w.mu.Lock()
	w.closed = true
	for _, j := range w.joins {
		w.over(j)
		j.poke()
	}
	w.mu.Unlock()
	w.running.Wait()
	w.cancel()
}

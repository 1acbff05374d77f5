package watch_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/traffic"
	"doorstep/flow/watch"
)

// A clock is moved by the test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// passed are the moments of a trace that the servers which are asked see: who asks whom for what, and the answers.
func passed(w *watch.Watcher, c *clock, trace flow.Trace, between func()) {
	calls := map[int]*watch.Call{}
	for _, e := range trace.Entries {
		if e.Step == flow.A1 || e.Step == flow.A8 || e.From == flow.Client {
			continue
		}
		c.set(trace.Header.Created.Add(e.At))
		switch {
		case e.Kind == flow.Request && len(e.Request.Header) > 0:
			x := traffic.Of(e.Request.Method, e.Request.Target)
			x.SetHeader(e.Request.Header, e.Server)
			x.Request.Body = e.Request.Body
			if e.To == flow.Joining {
				x.Back, x.Origin, x.Server = true, e.Server, trace.Header.Joining
			}
			if watch.Watches(x.Request.Endpoint) {
				calls[e.Seq] = w.Arrived(x)
			}
		case e.Answers > 0 && calls[e.Answers] != nil:
			calls[e.Answers].Answered(watch.Answer{Response: e.Response, Failure: e.Failure, Connection: e.Connection})
		}
		between()
	}
}

// watched is what a watcher makes of what passed of an embedded recording.
func watched(t *testing.T, name string, o watch.Options) (before flow.Trace, joins []*watch.Join) {
	t.Helper()
	before = flowtest.Embedded(t, name)
	c := &clock{at: before.Header.Created}
	o.Tool, o.Source, o.Now, o.Quiet = "doorstep test", flow.SourceTap, c.now, time.Hour
	w := watch.New(t.Context(), o)
	grows := growing(t, w)
	passed(w, c, before, grows)
	w.Close()
	grows()
	return before, w.Joins()
}

// growing returns what checks, each time it is called, that no entry of a join was changed that was there before.
func growing(t *testing.T, w *watch.Watcher) func() {
	seen := map[*watch.Join]flow.Trace{}
	return func() {
		for _, j := range w.Joins() {
			now, before := j.Trace(), seen[j]
			if len(now.Entries) < len(before.Entries) {
				t.Fatalf("%d entries, and there were %d", len(now.Entries), len(before.Entries))
			}
			for i := range before.Entries {
				a, b := &before.Entries[i], &now.Entries[i]
				if a.Seq != b.Seq || a.At != b.At || a.Request != b.Request || a.Response != b.Response || a.Server != b.Server {
					t.Fatalf("entry %d was changed", i+1)
				}
			}
			seen[j] = now
		}
	}
}

func TestJoined(t *testing.T) {
	t.Parallel()
	var told []int
	before, joins := watched(t, "public-v12", watch.Options{OnJoin: func(j *watch.Join) {
		j.Sink(func(_ flow.Trace, e *flow.Entry) error {
			told = append(told, e.Seq)
			return nil
		})
	}})
	if len(joins) != 1 || !joins[0].Over() {
		t.Fatalf("%d joins", len(joins))
	}
	trace := joins[0].Trace()
	s := flow.Fold(trace)
	if s.Outcome() != flow.Joined {
		t.Errorf("outcome %s: %s", s.Outcome(), s.WhyEnded())
	}
	if trace.Header.User != before.Header.User || trace.Header.Target != before.Header.Target ||
		trace.Header.Joining != before.Header.Joining || trace.Header.Source != flow.SourceTap {
		t.Errorf("header %+v", trace.Header)
	}
	if len(told) != len(trace.Entries) || !slices.IsSorted(told) {
		t.Errorf("the sink heard of %v, of %d entries", told, len(trace.Entries))
	}
	if s.Verification == nil {
		t.Error("not verified")
	}
	for _, f := range diagnose.Findings(trace, s) {
		t.Errorf("finding %s", f.ID)
	}
}

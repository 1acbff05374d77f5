package watch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/traffic"
)

// A Join is a join that is followed: a trace that only grows. It is a ui.Source, of which nothing can be stepped. It is
// safe for concurrent use.
type Join struct {
	Number int // among the joins of its watcher, from 1

	w       *Watcher
	growing *traffic.Growing // guarded by w.mu, as ended is
	ended   bool             // nothing more comes from the watcher
	weight  int64            // about how many bytes its bodies are
	// entries that came by Append and that strangers can cause; guarded by w.mu
	appended int
	changed  chan struct{}
	wake     chan struct{}
	done     chan struct{}

	mu    sync.Mutex
	sinks []*sink
	err   error
}

// A sink hears of entries, in order, each once.
type sink struct {
	f    func(flow.Trace, *flow.Entry) error
	told int // entries it has heard of; -1: it hears of no more
}

// Trace returns the trace so far; it is never changed, later entries are in later traces. Of the header, what is not
// known when a join begins is filled in as it is seen.
func (j *Join) Trace() flow.Trace {
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	return j.growing.Trace()
}

// Changed receives a value after entries were appended, and when the join is over.
func (j *Join) Changed() <-chan struct{} { return j.changed }

// Done is closed when the join is over, all is appended and every sink has heard of it.
func (j *Join) Done() <-chan struct{} { return j.done }

// Over reports whether the join is over.
func (j *Join) Over() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// Step does nothing: others do the steps.
func (j *Join) Step(context.Context) bool { return false }

// Again does nothing: others ask for keys.
func (j *Join) Again(context.Context) bool { return false }

// Progress tells of nothing: how far an answer has got that passes is not known.
func (j *Join) Progress() flow.Progress { return flow.Progress{} }

// Err returns the first error of a sink.
func (j *Join) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// Sink has f called with every entry, in order, and the trace up to it; with those too that are there already. It is
// called in the goroutine of the join, which nothing that is watched waits for. f's first error is kept (see Err) and
// ends its calls.
func (j *Join) Sink(f func(flow.Trace, *flow.Entry) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sinks = append(j.sinks, &sink{f: f})
	j.poke()
}

// Append appends an entry of another kind than exchanges, such as local work or a connection that failed. Its Seq and
// At are set by this. Once the join is over it does nothing, nor for what strangers cause where there is much of that.
func (j *Join) Append(e flow.Entry) {
	j.w.mu.Lock()
	strangers := e.Failure != nil || e.Authenticated != nil || e.Discovery != nil
	if strangers {
		j.appended++
	}
	if !j.ended && (!strangers || j.appended <= mostAppended) {
		j.growing.Entry(e, j.w.o.Now())
	}
	j.w.mu.Unlock()
	j.notify()
}

// End has the join be over now.
func (j *Join) End() {
	j.w.mu.Lock()
	j.w.over(j)
	j.w.mu.Unlock()
	j.notify()
}

// mostAppended is how many entries Append appends to a join of those that strangers can cause: calls that fail, what is
// made of signatures, where names lead.
const mostAppended = 500

// notify tells those who wait that something changed.
func (j *Join) notify() {
	j.poke()
	select {
	case j.changed <- struct{}{}:
	default:
	}
}

func (j *Join) poke() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// follow hands entries to the sinks until the join is over, and completes it then. What panics on the way is a failure
// of this join: what is watched goes on.
func (j *Join) follow(ctx context.Context) {
	defer j.w.running.Done()
	defer j.notify()
	defer close(j.done)
	defer func() {
		if v := recover(); v != nil {
			client.Contained(v)
			j.fail(fmt.Errorf("it could not be followed: panic: %v", v))
			j.End()
		}
	}()
	j.w.o.OnJoin(j)
	timer := time.NewTimer(j.w.o.Quiet)
	defer timer.Stop()
	for {
		j.tell()
		left, over := j.left()
		if over {
			break
		}
		timer.Reset(left)
		select {
		case <-j.wake:
		case <-timer.C:
		case <-ctx.Done():
			j.End()
		}
	}
	j.complete(ctx)
	j.tell()
	j.w.settled(j)
	j.w.o.OnOver(j)
}

// left returns how long the join is waited for yet; over: it is over.
func (j *Join) left() (left time.Duration, over bool) {
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	if j.ended {
		return 0, true
	}
	stage, since := j.growing.Stage()
	wait := j.w.o.Quiet
	switch stage {
	case traffic.Waits:
		return time.Hour, false // an answer, or its failure, comes for certain, and wakes us
	case traffic.Builds:
		wait = j.w.o.Patience
	}
	if left = wait - j.w.o.Now().Sub(since); left > 0 {
		return left, false
	}
	j.w.over(j)
	return 0, true
}

// complete appends what comes when all exchanges are there: keys that are fetched, and the verification. What is heavy
// is done while nobody waits.
func (j *Join) complete(ctx context.Context) {
	t := j.Trace()
	if fetch := j.w.o.Fetch; fetch != nil && granted(t) && ctx.Err() == nil {
		for _, x := range fetch(ctx, lacking(t)) {
			j.w.mu.Lock()
			j.growing.Fetched(&x)
			j.w.mu.Unlock()
			j.notify()
		}
	}
	j.w.mu.Lock()
	j.growing.Verify()
	t = j.growing.Trace()
	j.w.mu.Unlock()
	s := flow.Fold(t)
	j.w.mu.Lock()
	j.growing.LacksKeys(len(s.Keys.Missing(others(s))) > 0)
	j.w.mu.Unlock()
}

// granted reports whether a server that is watched gave the joining one something that it had to sign for: it knows who
// that is. Otherwise the joining server is a name that some caller gave, and nobody is asked on its behalf.
func granted(t flow.Trace) bool {
	return slices.ContainsFunc(t.Entries, func(e flow.Entry) bool {
		switch e.Step {
		case flow.A5, flow.A7, flow.U2, flow.U4:
			return e.Kind == flow.Response && e.Response.Status/100 == 2
		}
		return false
	})
}

// others are the servers that signed something, but for the one that joins, whose key is told of by itself.
func others(s flow.State) []string {
	var out []string
	for _, server := range s.Signers() {
		if server != s.Header.Joining {
			out = append(out, server)
		}
	}
	return out
}

// lacking are the servers whose keys are missing: that signed something, and the one that joins.
func lacking(t flow.Trace) []string {
	s := flow.Fold(t)
	out := s.Keys.Missing(others(s))
	if t.Header.VerifyKey == "" && t.Header.Joining != "" {
		out = append(out, t.Header.Joining)
	}
	return out
}

// tell hands the sinks what they have not heard of.
func (j *Join) tell() {
	t := j.Trace()
	j.mu.Lock()
	sinks := j.sinks
	j.mu.Unlock()
	for i := range t.Entries {
		for _, s := range sinks {
			if s.told != i {
				continue
			}
			s.told++
			if err := s.f(t.Prefix(i+1), &t.Entries[i]); err != nil {
				j.fail(err)
				s.told = -1
			}
		}
	}
}

func (j *Join) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = err
	}
}

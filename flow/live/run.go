package live

import (
	"context"
	"sync"
	"time"

	"doorstep/flow"
)

// A Run is a trace being written: it hands each step to a stepper and appends what the stepper, or our listener, saw.
// It is safe for concurrent use.
type Run struct {
	stepper Stepper
	now     func() time.Time
	started time.Time // with its monotonic reading

	mu      sync.Mutex
	trace   flow.Trace
	sinks   []*sink
	changed chan struct{}
	outside func() int // see Outside; nil: there is no listener
}

// A sink hears of entries until it errs.
type sink struct {
	take func(flow.Trace, *flow.Entry) error
	err  error
}

// A Stepper carries out one step that s, the state of t, calls for. It reports what it saw through emit, in the order
// in which it happened, and gets back each entry as it stands in the trace.
type Stepper interface {
	Do(ctx context.Context, t flow.Trace, s flow.State, step flow.Step, emit func(flow.Entry) flow.Entry)
	// Progress returns how far the step that is being done has got.
	Progress() flow.Progress
}

// NewRun returns a run that has done nothing yet. now tells the time; nil: the system's clock.
func NewRun(h flow.Header, s Stepper, now func() time.Time) *Run {
	if now == nil {
		now = time.Now
	}
	started := now()
	h.Created, h.LeftOut = started.UTC().Round(time.Millisecond), flow.LeftOut
	return &Run{stepper: s, now: now, started: started, trace: flow.Trace{Header: h}, changed: make(chan struct{}, 1)}
}

// Sink has f called with every entry as it is appended, in order, and the trace up to it. f's first error is kept
// (see Err) and ends its calls; the run and the other sinks go on.
func (r *Run) Sink(f func(flow.Trace, *flow.Entry) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sinks = append(r.sinks, &sink{take: f})
}

// Err returns the error of the first sink that has one.
func (r *Run) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sinks {
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// Trace returns the trace so far. It is never changed; later entries are in later traces.
func (r *Run) Trace() flow.Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.trace.Prefix(len(r.trace.Entries))
}

// LeaveAnyway has the room left although that ends a membership that is not the join's: somebody was asked and said so.
func (r *Run) LeaveAnyway() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trace.Header.LeaveSure = true
}

// Outside returns how many requests reached our listener that the trace has no room for.
func (r *Run) Outside() int {
	if r.outside == nil {
		return 0
	}
	return r.outside()
}

// Changed receives a value after entries were appended.
func (r *Run) Changed() <-chan struct{} { return r.changed }

// Elapsed is the time since the run was made, on the monotonic clock.
func (r *Run) Elapsed() time.Duration { return r.now().Sub(r.started) }

// Emit appends an entry, setting its Seq, and At where it is zero, and returns it as appended.
func (r *Run) Emit(e flow.Entry) flow.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Seq = len(r.trace.Entries) + 1
	if e.At == 0 {
		e.At = r.now().Sub(r.started)
	}
	if n := len(r.trace.Entries); n > 0 {
		e.At = max(e.At, r.trace.Entries[n-1].At)
	}
	e = e.Remembering()
	r.trace.Entries = append(r.trace.Entries, e)
	for _, s := range r.sinks {
		if s.err == nil {
			s.err = s.take(r.trace.Prefix(e.Seq), &r.trace.Entries[e.Seq-1])
		}
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
	return e
}

// Progress returns how far the step that is being done has got; of Nothing where that is not known.
func (r *Run) Progress() flow.Progress {
	if r.stepper == nil {
		return flow.Progress{}
	}
	return r.stepper.Progress()
}

// Step does the next step of the handshake; false when there was none to do.
func (r *Run) Step(ctx context.Context) bool {
	t := r.Trace()
	s := flow.Fold(t)
	step, ok := flow.VerifyAgain, true
	if !s.AboutToVerify() || s.Reply.WantEvents(ctx, s.Template.RoomVersion) { // else it is given up, whatever came next
		step, ok = s.Next()
	}
	if !ok {
		return false
	}
	r.stepper.Do(ctx, t, s, step, r.Emit)
	return true
}

// Again asks once more for the keys that the verification lacks, and verifies the answer again with those that came;
// false where there is nothing to ask for.
func (r *Run) Again(ctx context.Context) bool {
	t := r.Trace()
	s := flow.Fold(t)
	step, why := s.KeysAgain()
	if why != "" {
		return false
	}
	r.stepper.Do(ctx, t, s, step, r.Emit)
	t = r.Trace()
	came := flow.Fold(t)
	if len(came.Keys.Lacking(step.Servers)) < len(step.Servers) {
		r.stepper.Do(context.WithoutCancel(ctx), t, came, flow.VerifyAgain, r.Emit)
	}
	return true
}

// Finish does every step that is left. A step that leaves no evidence ends it: nothing would change.
func (r *Run) Finish(ctx context.Context) {
	for {
		before := len(r.Trace().Entries)
		if !r.Step(ctx) || len(r.Trace().Entries) == before {
			return
		}
	}
}

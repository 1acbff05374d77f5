package hold

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"doorstep/flow/answer"
)

// A Pace says which answers wait.
type Pace string

// The paces.
const (
	Step  Pace = "step"   // every answer of the handshake waits to be let go
	RunOn Pace = "run on" // none does
)

// Options say how much is held, and how long. The zero value will do.
type Options struct {
	Pace    Pace             // to begin with; empty: Step
	Most    int              // answers held at once: one more is given as it is; 0: DefaultMost
	Longest time.Duration    // an answer that was held so long is given as it is; 0: DefaultLongest
	Now     func() time.Time // tells the time; nil: the system's clock
}

// The defaults. Homeservers give up on send_join after a few minutes; what is held longer helps nobody.
const (
	DefaultMost    = 100
	DefaultLongest = 10 * time.Minute
)

// A Held is an answer that waits.
type Held struct {
	ID    int // from 1, in the order in which they came
	Draft answer.Draft
	Known answer.Known
	Since time.Time
}

// An End says what became of an answer that waits no more.
type End string

// What becomes of one that nobody let go.
const (
	Abandoned End = "abandoned" // whoever asked gave up
	Expired   End = "expired"   // it was held too long, and given as it was
	Crowded   End = "crowded"   // too many waited, and it was given at once
)

// A Gone is an answer that waits no more, although nobody let it go.
type Gone struct {
	Held
	End    End
	Waited time.Duration
}

// ErrClosed says that an answer is not given because the queue was closed.
var ErrClosed = errors.New("no answer is given any more")

// A Queue holds answers. It is safe for concurrent use.
type Queue struct {
	o       Options
	changed chan struct{}
	closed  chan struct{}
	close   sync.Once

	mu   sync.Mutex
	pace Pace
	last int // the ID given last
	held []*waiting
	gone []Gone
}

// A waiting is an answer that is held, with what is given in its place.
type waiting struct {
	Held
	given chan answer.Draft // takes one
}

// mostGone is how many of those that are gone are told of, at most.
const mostGone = 100

// New returns a queue that holds nothing.
func New(o Options) *Queue {
	o.Pace, o.Most, o.Longest = cmp.Or(o.Pace, Step), cmp.Or(o.Most, DefaultMost), cmp.Or(o.Longest, DefaultLongest)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Queue{o: o, pace: o.Pace, changed: make(chan struct{}, 1), closed: make(chan struct{})}
}

// Pass holds an answer, unless the pace is to run on, until it is let go, ctx ends, it has waited too long or the queue
// is closed. It is an answer.Gate.
func (q *Queue) Pass(ctx context.Context, d answer.Draft, k answer.Known) (answer.Draft, error) {
	w, held, err := q.take(d, k)
	if !held {
		return d, err
	}
	timer := time.NewTimer(q.o.Longest)
	defer timer.Stop()
	select {
	case given := <-w.given:
		return given, nil
	case <-ctx.Done():
		return q.leave(w, Abandoned, ctx.Err())
	case <-timer.C:
		return q.leave(w, Expired, nil)
	case <-q.closed:
		return q.leave(w, "", ErrClosed)
	}
}

// take has an answer wait; held is false where it does not have to, or where err says that it is not to be given.
func (q *Queue) take(d answer.Draft, k answer.Known) (w *waiting, held bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.closed:
		return nil, false, ErrClosed
	default:
	}
	if q.pace == RunOn {
		return nil, false, nil
	}
	q.last++
	w = &waiting{Held{q.last, d, k, q.o.Now()}, make(chan answer.Draft, 1)}
	defer q.tell()
	if len(q.held) >= q.o.Most {
		q.note(w.Held, Crowded)
		return nil, false, nil
	}
	q.held = append(q.held, w)
	return w, true, nil
}

// leave takes an answer out that nobody let go, unless somebody has meanwhile.
func (q *Queue) leave(w *waiting, end End, err error) (answer.Draft, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.held, w)
	if i < 0 {
		if err == nil {
			return <-w.given, nil
		}
		return answer.Draft{}, err
	}
	q.held = slices.Delete(q.held, i, i+1)
	if end != "" {
		q.note(w.Held, end)
	}
	q.tell()
	return w.Draft, err
}

// note keeps what became of an answer. q.mu is held.
func (q *Queue) note(h Held, end End) {
	if len(q.gone) < mostGone {
		q.gone = append(q.gone, Gone{h, end, q.o.Now().Sub(h.Since)})
	}
}

// tell has whoever looks look again.
func (q *Queue) tell() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// Release lets an answer go, as d says. False: it waits no more, and whoever asked has got none.
func (q *Queue) Release(id int, d answer.Draft) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.held, func(w *waiting) bool { return w.ID == id })
	if i < 0 {
		return false
	}
	q.held[i].given <- d
	q.held = slices.Delete(q.held, i, i+1)
	q.tell()
	return true
}

// Held returns the answers that wait, in the order in which they came.
func (q *Queue) Held() []Held {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]Held, len(q.held))
	for i, w := range q.held {
		out[i] = w.Held
	}
	return out
}

// Gone returns what waits no more although nobody let it go, each once.
func (q *Queue) Gone() []Gone {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.gone
	q.gone = nil
	return out
}

// Pace says which answers wait.
func (q *Queue) Pace() Pace {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pace
}

// SetPace sets which answers wait. To run on lets those go that wait, as they are.
func (q *Queue) SetPace(p Pace) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pace = p
	if p == RunOn {
		for _, w := range q.held {
			w.given <- w.Draft
		}
		q.held = nil
	}
	q.tell()
}

// Now is the time by the queue's clock.
func (q *Queue) Now() time.Time { return q.o.Now() }

// Changed receives a value after what waits, or the pace, has changed.
func (q *Queue) Changed() <-chan struct{} { return q.changed }

// Close has nothing be given any more: whoever waits finds the connection closed. It may be called again.
func (q *Queue) Close() { q.close.Do(func() { close(q.closed) }) }

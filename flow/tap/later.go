package tap

import (
	"sync"
	"time"

	"doorstep/client"
)

// A queue does what the watcher is told in the order in which it happened, aside from what passes: that never waits for
// it. How much there is to do is bounded by the bytes that are held, and by the requests under way.
type queue struct {
	mu      sync.Mutex
	waiting []func()
	busy    bool
	idle    sync.Cond
}

func newQueue() *queue {
	q := &queue{}
	q.idle.L = &q.mu
	return q
}

// pause is how long what is to be done waits: as a rule what passes has passed by then, and has had the processor.
const pause = 3 * time.Millisecond

// add has something done after what was added before.
func (q *queue) add(do func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, do)
	if !q.busy {
		q.busy = true
		client.Go(q.work)
	}
}

// work does what there is, and ends.
func (q *queue) work() {
	time.Sleep(pause)
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.busy, q.waiting = false, nil
			q.idle.Broadcast()
			q.mu.Unlock()
			return
		}
		do := q.waiting[0]
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		do()
	}
}

// drain returns when all is done that was added.
func (q *queue) drain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.busy {
		q.idle.Wait()
	}
}

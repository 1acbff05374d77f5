package client

import (
	"sync/atomic"
	"time"
)

// An Arrival tells how much of the body of an answer has come while the rest is on its way. It is no evidence: what
// came is in the Response in the end. The zero value tells of an answer that is not on its way; it is safe for
// concurrent use, and nil takes no notice of anything.
type Arrival struct{ came, of, began, last atomic.Int64 }

// Arrived is what an Arrival tells at a moment.
type Arrived struct {
	Bytes int64         // that have come
	Of    int64         // as announced; 0: nothing was
	Took  time.Duration // since the body began
	Idle  time.Duration // since the last of it came
}

// At returns what has come by now; false before the body begins and once it has ended.
func (a *Arrival) At(now time.Time) (Arrived, bool) {
	if a == nil || a.began.Load() == 0 {
		return Arrived{}, false
	}
	began, last := time.Unix(0, a.began.Load()), time.Unix(0, a.last.Load())
	return Arrived{Bytes: a.came.Load(), Of: a.of.Load(), Took: max(0, now.Sub(began)), Idle: max(0, now.Sub(last))}, true
}

// begin begins a body of so many bytes; 0: that was not announced.
func (a *Arrival) begin(of int64, now time.Time) {
	if a != nil {
		a.came.Store(0)
		a.of.Store(of)
		a.last.Store(now.UnixNano())
		a.began.Store(now.UnixNano())
	}
}

// add counts bytes that have come.
func (a *Arrival) add(n int, now time.Time) {
	if a != nil && n > 0 {
		a.last.Store(now.UnixNano())
		a.came.Add(int64(n))
	}
}

// end ends the body, whether all of it came or not.
func (a *Arrival) end() {
	if a != nil {
		a.began.Store(0)
	}
}

package hold

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"doorstep/flow"
	"doorstep/flow/answer"
)

func draft(i int) answer.Draft {
	return answer.Draft{Step: flow.A5, Status: 200, Server: fmt.Sprint(i)}
}

// passed is what became of an answer that was given to a queue.
type passed struct {
	d   answer.Draft
	err error
}

func pass(ctx context.Context, q *Queue, i int) <-chan passed {
	out := make(chan passed, 1)
	go func() {
		d, err := q.Pass(ctx, draft(i), answer.Known{})
		out <- passed{d, err}
	}()
	return out
}

// Answers wait in the order in which they come, and go one by one, changed or not.
func TestHeldInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{})
		var waits []<-chan passed
		for i := range 3 {
			waits = append(waits, pass(t.Context(), q, i))
			synctest.Wait()
		}
		held := q.Held()
		if len(held) != 3 || held[0].Draft.Server != "0" || held[2].Draft.Server != "2" || held[1].ID != 2 {
			t.Fatalf("held are %+v", held)
		}
		changed := held[1].Draft
		changed.Status = 403
		if !q.Release(2, changed) || q.Release(2, changed) {
			t.Error("it goes twice, or never")
		}
		if got := <-waits[1]; got.err != nil || got.d.Status != 403 {
			t.Errorf("given is %+v", got)
		}
		q.SetPace(RunOn)
		for _, i := range []int{0, 2} {
			if got := <-waits[i]; got.err != nil || got.d.Status != 200 || got.d.Server != fmt.Sprint(i) {
				t.Errorf("given is %+v", got)
			}
		}
		if got := <-pass(t.Context(), q, 9); got.err != nil || got.d.Server != "9" {
			t.Errorf("while it runs on: %+v", got)
		}
		if q.Held() == nil || len(q.Held()) > 0 || q.Gone() != nil {
			t.Error("something is left")
		}
	})
}

// Who gives up, what waits too long, and one too many are told of, once; nothing goes on for ever.
func TestNobodyLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Most: 2, Longest: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		first, second := pass(ctx, q, 1), pass(t.Context(), q, 2)
		synctest.Wait()
		third := pass(t.Context(), q, 3)
		if got := <-third; got.err != nil || got.d.Server != "3" {
			t.Errorf("one too many: %+v", got)
		}
		time.Sleep(12 * time.Second)
		cancel()
		if got := <-first; !errors.Is(got.err, context.Canceled) {
			t.Errorf("who gave up: %+v", got)
		}
		if got := <-second; got.err != nil || got.d.Server != "2" {
			t.Errorf("what waited too long: %+v", got)
		}
		gone := q.Gone()
		if len(gone) != 3 || gone[0].End != Crowded || gone[1].End != Abandoned || gone[1].Waited != 12*time.Second ||
			gone[2].End != Expired || gone[2].Waited != time.Minute {
			t.Errorf("gone are %+v", gone)
		}
		if q.Gone() != nil {
			t.Error("they are told of twice")
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{})
		waits := pass(t.Context(), q, 1)
		synctest.Wait()
		q.Close()
		q.Close()
		if got := <-waits; !errors.Is(got.err, ErrClosed) {
			t.Errorf("closed: %+v", got)
		}
		if _, err := q.Pass(t.Context(), draft(2), answer.Known{}); !errors.Is(err, ErrClosed) {
			t.Errorf("afterwards: %v", err)
		}
		if len(q.Held()) > 0 {
			t.Error("something is left")
		}
	})
}

// Everything at once, for the race detector: every answer is given exactly once, or not at all.
func TestAllAtOnce(t *testing.T) {
	q := New(Options{Most: 20, Longest: 20 * time.Millisecond})
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%40)*time.Millisecond)
			defer cancel()
			_, _ = q.Pass(ctx, draft(i), answer.Known{})
		})
	}
	for range 100 {
		for _, h := range q.Held() {
			q.Release(h.ID, h.Draft)
		}
		q.SetPace([]Pace{Step, RunOn}[len(q.Gone())%2])
		time.Sleep(time.Millisecond)
	}
	q.Close()
	all.Wait()
	if len(q.Held()) > 0 {
		t.Errorf("%d are left", len(q.Held()))
	}
}

package live

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// nowhere resolves no name, and takes until ctx ends for it where it hangs.
type nowhere struct {
	hangs bool
	asked atomic.Int64
}

func (r *nowhere) Resolve(ctx context.Context, server string) client.Discovery {
	r.asked.Add(1)
	if r.hangs {
		<-ctx.Done()
	}
	return client.Discovery{Server: server, Failure: &client.Failure{Kind: client.FailedTimeout, Part: client.PartResolve,
		Message: "no answer"}}
}

// keysOf has a network fetch the keys of so many servers, under a deadline of the whole handshake.
func keysOf(t *testing.T, ctx context.Context, r *nowhere, servers int, deadline time.Duration) []flow.Entry {
	t.Helper()
	step := flow.Step{ID: flow.R, Work: flow.FetchKeys, From: flow.Joining, To: flow.Resident,
		Request: client.KeysRequest()}
	for i := range servers {
		step.Servers = append(step.Servers, fmt.Sprintf("s%d.example", i))
	}
	trace := flow.Trace{Header: flow.Header{Joining: "a.example", Deadline: deadline}}
	n := &Network{Client: &client.Client{}, Resolver: r, Now: time.Now}
	run := NewRun(trace.Header, n, time.Now)
	n.Do(ctx, trace, flow.Fold(trace), step, run.Emit)
	return run.Trace().Entries
}

// Ten thousand servers that keep their answers back hold a handshake up until its deadline, and each of them is told of
// with the limit's name.
func TestHostileServersNamed(t *testing.T) {
	const servers = 10_000
	r := &nowhere{hangs: true}
	begun := time.Now()
	entries := keysOf(t, t.Context(), r, servers, 200*time.Millisecond)
	t.Logf("%d servers named, %d asked, over after %s", servers, r.asked.Load(), time.Since(begun).Round(time.Millisecond))
	if len(entries) != servers || r.asked.Load() > 2*keyFetchers {
		t.Errorf("%d entries, %d servers asked", len(entries), r.asked.Load())
	}
	named := 0
	for _, e := range entries {
		if e.Discovery == nil || e.Discovery.Failure == nil || e.Discovery.Failure.Kind != client.FailedTimeout {
			t.Fatalf("%+v", e)
		}
		if strings.Contains(e.Discovery.Failure.Message, "the limit of 200ms for ") {
			named++
		}
	}
	if named < servers-2*keyFetchers {
		t.Errorf("%d entries name the limit", named)
	}
}

// Once somebody has ended the handshake no other server is asked.
func TestKillKeyFetching(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &nowhere{hangs: true}
	go func() {
		for r.asked.Load() < keyFetchers {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	keysOf(t, ctx, r, 10_000, 0)
	if n := r.asked.Load(); n > 2*keyFetchers {
		t.Errorf("%d servers asked", n)
	}
}

// The keys of all servers together have a limit of bytes: what is over it is not asked for, and says so.
func TestHostileKeyBytes(t *testing.T) {
	budget, cancel := budgeted(t.Context(), time.Hour)
	defer cancel()
	emit := budget.counting(func(e flow.Entry) flow.Entry { return e })
	body := make([]byte, 1<<20)
	for range mostKeyBytes >> 20 {
		emit(flow.Entry{Response: &client.Response{Body: body}})
	}
	if f := budget.spent(); f != nil {
		t.Errorf("within the limit: %s", f.Message)
	}
	emit(flow.Entry{Response: &client.Response{Body: body}})
	if f := budget.spent(); f == nil || !strings.Contains(f.Message, "the limit of 33554432 bytes") {
		t.Errorf("over the limit: %+v", f)
	}
}

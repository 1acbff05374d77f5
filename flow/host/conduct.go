package host

import (
	"context"
	"time"

	"doorstep/flow"
	"doorstep/flow/watch"
)

// longest is how long joins are waited for after the command has ended, while something of them still comes.
const longest = 30 * time.Second

// Conduct runs the command that makes another server join, notes in every join how it ended, waits until nothing more
// of them comes for a while, and has them be over.
func (h *Host) Conduct(ctx context.Context, c Command, authority string, quiet time.Duration) (*flow.Exited, error) {
	exited, err := c.Run(ctx, h.Environment(authority))
	if err != nil {
		return nil, err
	}
	for _, j := range h.Watcher.Joins() {
		j.Append(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Client, To: flow.Client, Exited: exited})
	}
	h.settle(ctx, quiet)
	for _, j := range h.Watcher.Joins() {
		j.End()
		<-j.Done()
	}
	return exited, nil
}

// settle waits until nothing more comes of the joins for a while.
func (h *Host) settle(ctx context.Context, quiet time.Duration) {
	seen, since := -1, time.Now()
	for begun := since; time.Since(begun) < longest; {
		n := 0
		for _, j := range h.Watcher.Joins() {
			n += len(j.Trace().Entries)
		}
		if n != seen {
			seen, since = n, time.Now()
		}
		if time.Since(since) >= quiet {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// Best is the join that tells most of what a server does in the end: the last one in which it was let in, otherwise
// the last; nil where there is none.
func Best(joins []*watch.Join) *watch.Join {
	var out *watch.Join
	for _, j := range joins {
		if out == nil || DeedOf(j.Trace()).Result != Failed || DeedOf(out.Trace()).Result == Failed {
			out = j
		}
	}
	return out
}

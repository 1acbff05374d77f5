package live

import (
	"context"
	"testing"

	"doorstep/client"
	"doorstep/flow"
)

// A handshake that is interrupted has its listener answer our client, which may hear that before it gives up itself. It
// is cancelled either way: a gateway timeout would be told as the outcome.
func TestInterruptedBeforeTheClientGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(flow.Interrupt("SIGTERM"))
	n := &Network{pending: NewPendingJoin(), answered: make(chan heard, 1), asked: 1}
	a := n.pending.Wait(ctx)
	n.answered <- heard{Exchange: client.Exchange{Response: &client.Response{Status: a.Status, Body: a.Body}}}
	trace := flow.Trace{Entries: []flow.Entry{{Seq: 1, Kind: flow.Request, Step: flow.A1, From: flow.Client,
		To: flow.Joining, Request: &client.Request{}}}}
	n.clientHears(ctx, flow.State{}, flow.NoteInterrupt(ctx, func(e flow.Entry) flow.Entry {
		e.Seq = 2
		trace.Entries = append(trace.Entries, e)
		return e
	}))
	s := flow.Fold(trace)
	if e := trace.Entries[1]; e.Kind != flow.Failure || s.Stopped == nil || s.Stopped.Outcome != flow.Cancelled ||
		s.Stopped.By != "SIGTERM" {
		t.Errorf("answered with %d, our client hears %+v, and it ends as %+v", a.Status, e, s.Stopped)
	}
}

package engine

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"doorstep/client"
)

// A telling tells a watcher of one request: of the answer, or that there was none.
type telling struct {
	watch Watcher
	id    int
	told  bool
	held  time.Time // when a gate got the answer; zero: none did
	by    Gated     // what it did
}

// write tells of an answer, and writes it.
func (t *telling) write(ctx context.Context, w http.ResponseWriter, p Prepared) {
	out := client.Response{Status: p.Status, Reason: http.StatusText(p.Status), Body: p.sent()}
	header := w.Header().Clone()
	maps.Copy(header, p.Header)
	out.Header = fieldsOf(header)
	t.told = true
	var why *client.Failure
	if p.broken() {
		why = &client.Failure{Kind: client.FailedClosed, Part: client.PartBody,
			Message: "the connection was closed before all of the answer was sent, as the scenario has it"}
	}
	t.watch.Answered(t.id, out, why, t.by)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime + p.Over))
	p.write(ctx, w)
}

// fieldsOf are header fields sorted by name.
func fieldsOf(h http.Header) []client.Field {
	var out []client.Field
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			out = append(out, client.Field{Name: name, Value: value})
		}
	}
	return out
}

// broken tells that no answer is written.
func (t *telling) broken(ctx context.Context) {
	if t.told {
		return
	}
	f := client.Failure{Kind: client.FailedClosed, Part: client.PartFirstByte,
		Message: "the connection was closed without an answer, as the scenario has it"}
	switch {
	case t.by.Instead != nil:
		f.Message = "the connection was closed without an answer, as somebody chose"
	case !t.held.IsZero():
		t.by.Held = time.Since(t.held)
		f.Message = "the answer was held, and the caller hung up, or we stopped"
	case ctx.Err() != nil:
		f.Kind, f.Message = client.FailedTimeout, "no answer was given, as the scenario has it, until the caller hung up"
	}
	t.watch.Broken(t.id, f, t.by)
}

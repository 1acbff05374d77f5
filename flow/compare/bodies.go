package compare

import (
	"strconv"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// bodies compares two answers of the same sort, part by part.
func (w rowWork) bodies(a, b *flow.Entry) {
	switch {
	case w.x.Entry.Step == flow.A4 || w.x.Entry.Step == flow.U1:
		if w.split(a, b, "event", PartProtoevent) {
			return
		}
	case w.x.Entry.Step == flow.A6 && w.theReplies(a, b):
		w.sets()
		ua, _ := response.UnwrapV1(a.Response.Body)
		ub, _ := response.UnwrapV1(b.Response.Body)
		w.documents(PartBody, "", without(ua.Object, "state", "auth_chain", "event"),
			without(ub.Object, "state", "auth_chain", "event"))
		w.documents(PartReturned, "", w.a.State.Reply.Event, w.b.State.Reply.Event)
		return
	}
	w.documents(PartBody, "", body(a.Response.Body), body(b.Response.Body))
	w.validity(a, b)
}

// split compares a member of two bodies as a part of its own, and then the rest.
func (w rowWork) split(a, b *flow.Entry, key string, p Part) bool {
	va, vb := event.Get(a.Response.Body, key), event.Get(b.Response.Body, key)
	if va == nil || vb == nil {
		return false
	}
	w.documents(p, "", va, vb)
	w.documents(PartBody, "", without(a.Response.Body, key), without(b.Response.Body, key))
	return true
}

// theReplies reports whether both are the answers whose events were read.
func (w rowWork) theReplies(a, b *flow.Entry) bool {
	ra, rb := w.a.State.Reply, w.b.State.Reply
	return ra != nil && rb != nil && ra.Seq == a.Seq && rb.Seq == b.Seq && ra.Usable() && rb.Usable() && len(w.events) > 0
}

// sets compares the events of two answers: which are in state and auth_chain, and what is in them.
func (w rowWork) sets() {
	for _, p := range w.events {
		w.presence(PartState, p, func(e *answerEvent) bool { return e.inState })
		w.presence(PartAuthChain, p, func(e *answerEvent) bool { return e.inChain })
		if p.a != nil && p.b != nil {
			w.row.Events++
			w.documents(PartEvents, p.label, p.a.raw, p.b.raw)
		}
	}
}

// presence says whether an event is in a list of one answer only.
func (w rowWork) presence(part Part, p eventPair, in func(*answerEvent) bool) {
	d := Difference{Kind: Equal}
	switch inA, inB := p.a != nil && in(p.a), p.b != nil && in(p.b); {
	case !inA && !inB:
		return
	case !inB:
		d.Kind, d.A = Removed, p.a.raw
	case !inA:
		d.Kind, d.B = Added, p.b.raw
	}
	w.take(part, p.label, []Difference{d})
}

// validity says where two key documents are valid for another time: when that ends is never the same, how long it is
// from the answer on is what a server was set to.
func (w rowWork) validity(a, b *flow.Entry) {
	if w.row.Endpoint != client.ServerKeys {
		return
	}
	x, okA := hoursValid(w.a.Trace.Header, a)
	y, okB := hoursValid(w.b.Trace.Header, b)
	if okA && okB && (x-y > 1 || y-x > 1) {
		w.take(PartBody, "", []Difference{{Path: "/valid_until_ts", Kind: Replaced, A: Text(strconv.FormatInt(x, 10)),
			B: Text(strconv.FormatInt(y, 10)), Why: OtherValidity}})
	}
}

// hoursValid is for how many hours the keys of an answer are valid when it comes, rounded; false where that is not
// said.
func hoursValid(h flow.Header, e *flow.Entry) (int64, bool) {
	until, err := strconv.ParseInt(string(event.Get(e.Response.Body, "valid_until_ts")), 10, 64)
	const most = 1 << 53
	if err != nil || until < 0 || until > most || h.Created.IsZero() {
		return 0, false
	}
	left := time.Duration(until-h.Created.Add(e.At).UnixMilli()) * time.Millisecond
	if until-h.Created.UnixMilli() > int64(100*365*24*time.Hour/time.Millisecond) {
		return 0, false // as good as for ever
	}
	return int64(left.Round(time.Hour) / time.Hour), true
}

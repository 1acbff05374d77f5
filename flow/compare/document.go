package compare

import "doorstep/flow"

// A Document is one JSON text of a handshake, to be compared with another of the same handshake or of another.
type Document struct {
	Part Part
	Seq  int // entry that it is of
	JSON []byte
	Set  bool // a list of events whose order tells nothing: compared by Events
}

// A Ref names a document: a part of an entry.
type Ref struct {
	Seq  int
	Part Part
}

// RefsOf names the documents of an entry of t, which leads to s: of a request what was sent, of an answer the body and
// what is worth comparing of it by itself, of L1 the protoevent and the event made of it; then the head, and what would
// have been sent or made where somebody changed the step. None is put together for that.
func RefsOf(t flow.Trace, s flow.State, e *flow.Entry) []Ref {
	var out []Ref
	for _, p := range []Part{PartProtoevent, PartEvent, PartSent, PartBody, PartReturned, PartState, PartAuthChain,
		PartHead, PartInstead} {
		if holds(t, s, e, p) {
			out = append(out, Ref{e.Seq, p})
		}
	}
	return out
}

// holds reports whether an entry has a part.
func holds(t flow.Trace, s flow.State, e *flow.Entry, p Part) bool {
	switch p {
	case PartState, PartAuthChain:
		return theReply(s, e)
	case PartHead:
		return e.Request != nil || e.Response != nil || e.Failure != nil || e.Discovery != nil
	}
	return len(text(t, s, e, p)) > 0
}

// theReply reports whether an entry is the answer whose events were read.
func theReply(s flow.State, e *flow.Entry) bool {
	return e.Step == flow.A7 && s.Reply != nil && s.Reply.Seq == e.Seq && s.Reply.Usable()
}

// DocumentOf puts a document of t together, which leads to s; false where there is none.
func DocumentOf(t flow.Trace, s flow.State, r Ref) (Document, bool) {
	e := t.Entry(r.Seq)
	if e == nil || !holds(t, s, e, r.Part) {
		return Document{}, false
	}
	return Document{Part: r.Part, Seq: r.Seq, JSON: text(t, s, e, r.Part),
		Set: r.Part == PartState || r.Part == PartAuthChain}, true
}

// text is a part of an entry; nil where it has none.
func text(t flow.Trace, s flow.State, e *flow.Entry, p Part) []byte {
	answered := e.Response != nil && succeeds(e.Response)
	switch {
	case p == PartHead:
		return head(e)
	case p == PartNotAsked && e.Altered != nil && e.Altered.Request != nil:
		return requestLine(e.Altered.Server, e.Altered.Request)
	case p == PartAsked && e.Kind == flow.Request && e.Request != nil:
		return requestLine(e.Server, e.Request)
	case p == PartInstead && e.Altered != nil && e.Altered.Request != nil:
		return body(e.Altered.Request.Body)
	case p == PartInstead && e.Altered != nil && e.Altered.Response != nil:
		return body(e.Altered.Response.Body)
	case p == PartInstead && e.Altered != nil:
		return body(e.Altered.Event)
	case p == PartProtoevent && e.Build != nil:
		if template := t.Entry(e.Build.Template); template != nil && template.Response != nil {
			return body(template.Template().Event)
		}
	case p == PartEvent && e.Build != nil:
		return body(e.Build.Event)
	case p == PartSent && e.Kind == flow.Request && e.Request != nil:
		return body(e.Request.Body)
	case p == PartBody && e.Build == nil && e.Response != nil:
		return body(e.Response.Body)
	case p == PartProtoevent && answered && (e.Step == flow.A5 || e.Step == flow.U2):
		return body(e.Template().Event)
	case p == PartReturned && theReply(s, e):
		return body(s.Reply.Event)
	case p == PartState && theReply(s, e):
		return joined(s.Reply.State)
	case p == PartAuthChain && theReply(s, e):
		return joined(s.Reply.AuthChain)
	}
	return nil
}

// Of compares two documents: lists of events as sets, all else value by value.
func Of(a, b Document) []Difference {
	if a.Set && b.Set {
		return Events(a.JSON, b.JSON)
	}
	return Values(a.JSON, b.JSON)
}

// Events compares two JSON lists of events as sets, such as state and auth_chain of one answer: an event is in both, or
// in one. Two events are the same when they mean the same, so that the order of keys makes no difference.
func Events(a, b []byte) []Difference {
	d := newDiffer(nil)
	d.sets = true
	d.value(spot{key: "state"}, a, b, 0)
	return d.out
}

// Documents returns what differs between two JSON documents, value by value, to any depth: what is left out is equal.
// What is no JSON is compared as bytes.
//
// Lists are aligned by what is equal in both, whatever its place; then events by type and state key; what is left in
// order. Lists that are sets in Matrix, as auth_events, are compared without regard to order. Swapping the documents
// swaps what the differences say.
func Documents(a, b []byte) []Difference { return Changed(Values(a, b)) }

// Values returns every value of two JSON documents, as Documents does, what is equal too. A value that is equal as a
// whole, with all that is in it, is one.
func Values(a, b []byte) []Difference {
	d := newDiffer(nil)
	d.value(spot{}, a, b, 0)
	return d.out
}

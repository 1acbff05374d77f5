package compare

import "doorstep/flow"

// A Document is one JSON text of a handshake, to be compared with another of the same handshake or of another.
type Document struct {
	Part Part
	Seq  int // entry that it is of
	JSON []byte
	Set  bool // a list of events whose order tells nothing: compared by Events
}

// DocumentsOf returns the documents of an entry of t, which leads to s: of a request what was sent, of an answer the
// body and what is worth comparing of it by itself, of L1 the protoevent and the event made of it. None where the entry
// holds none.
func DocumentsOf(t flow.Trace, s flow.State, e *flow.Entry) []Document {
	var out []Document
	add := func(p Part, text []byte, set bool) {
		if len(text) > 0 {
			out = append(out, Document{Part: p, Seq: e.Seq, JSON: text, Set: set})
		}
	}
	switch {
	case e.Build != nil:
		if template := t.Entry(e.Build.Template); template != nil && template.Response != nil {
			add(PartProtoevent, template.Template().Event, false)
		}
		add(PartEvent, e.Build.Event, false)
	case e.Kind == flow.Request && e.Request != nil:
		add(PartSent, e.Request.Body, false)
	case e.Response != nil:
		add(PartBody, e.Response.Body, false)
		if !succeeds(e.Response) {
			break
		}
		switch e.Step {
		case flow.A5, flow.U2:
			add(PartProtoevent, e.Template().Event, false)
		case flow.A7:
			if r := s.Reply; r != nil && r.Seq == e.Seq && r.Usable() {
				add(PartReturned, r.Event, false)
				add(PartState, joined(r.State), true)
				add(PartAuthChain, joined(r.AuthChain), true)
			}
		}
	}
	return out
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

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

// joined is a JSON list of values.
func joined(values [][]byte) []byte {
	size := 2
	for _, v := range values {
		size += len(v) + 1
	}
	out := append(make([]byte, 0, size), '[')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']')
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
	d := differ{sets: true}
	d.value(spot{key: "state"}, a, b, 0)
	return d.out
}

package compare

import (
	"bytes"
	"slices"

	"doorstep/flow"
)

// A Pair is two documents of one handshake that it makes sense to hold against each other.
type Pair struct {
	Kind PairKind
	A, B Ref
}

// A PairKind says why two documents are held against each other.
type PairKind string

// The kinds, in the order in which they are offered.
const (
	MadeFrom  PairKind = "made_from" // the protoevent, and the event made of it
	Instead   PairKind = "instead"   // what would have been sent or made, and what was
	CameBack  PairKind = "came_back" // our event as it was sent, and as it came back
	TwoLists  PairKind = "lists"     // state and auth_chain of one answer
	TwoOffers PairKind = "offers"    // the protoevents of two join candidates
	SamePart  PairKind = "same_part" // the same part of two entries
	OneEvent  PairKind = "one_event" // one event in two places
)

// Texts puts the documents of a pair together; false where one of them is not there.
func (p Pair) Texts(t flow.Trace, s flow.State) (a, b Document, ok bool) {
	a, okA := DocumentOf(t, s, p.A)
	b, okB := DocumentOf(t, s, p.B)
	return a, b, okA && okB
}

// PairsOf returns the pairs that make sense from an entry of t, which leads to s: the protoevent and the event made of
// it, what a changed step would have been and what it was, the event as it was sent and as it came back, the two lists
// of the answer, the protoevent of a candidate and those of the others.
func PairsOf(t flow.Trace, s flow.State, e *flow.Entry) []Pair {
	if e == nil {
		return nil
	}
	var out []Pair
	add := func(k PairKind, a, b Ref) {
		x, y := t.Entry(a.Seq), t.Entry(b.Seq)
		if x != nil && y != nil && holds(t, s, x, a.Part) && holds(t, s, y, b.Part) {
			out = append(out, Pair{k, a, b})
		}
	}
	m := s.Of(e)
	template := e.Step == flow.A4 || e.Step == flow.A5
	built := buildOf(t, m)
	if e.Altered != nil {
		was, is := instead(t, s, e)
		add(Instead, Ref{e.Seq, was}, Ref{e.Seq, is})
	}
	if m.Template != nil && built > 0 && (!template || m.Made(t, e)) {
		add(MadeFrom, Ref{m.Template.Seq, PartProtoevent}, Ref{built, PartEvent})
	}
	if s.Reply != nil && (e.Step == flow.L1 && !m.Leave || e.Step == flow.A6 || e.Step == flow.A7 || e.Step == flow.L2) {
		add(CameBack, Ref{built, PartEvent}, Ref{s.Reply.Seq, PartReturned})
		if e.Step == flow.A7 || e.Step == flow.L2 {
			add(TwoLists, Ref{s.Reply.Seq, PartState}, Ref{s.Reply.Seq, PartAuthChain})
		}
	}
	if template {
		own := e.Seq
		if e.Kind == flow.Request {
			own = answerTo(t, e.Seq)
		}
		for i := range t.Entries {
			if other := &t.Entries[i]; other.Step == flow.A5 && other.Seq != own {
				add(TwoOffers, Ref{own, PartProtoevent}, Ref{other.Seq, PartProtoevent})
			}
		}
	}
	return out
}

// instead are the parts of a changed step that show what was changed: the event or the body where it was one of these,
// otherwise the request, of which it may be a header alone.
func instead(t flow.Trace, s flow.State, e *flow.Entry) (was, is Part) {
	for _, is := range []Part{PartEvent, PartSent, PartBody} {
		a, b := text(t, s, e, PartInstead), text(t, s, e, is)
		if len(a) > 0 && len(b) > 0 && !bytes.Equal(a, b) {
			return PartInstead, is
		}
	}
	if e.Altered.Request == nil {
		return PartInstead, PartEvent
	}
	return PartNotAsked, PartAsked
}

// PairsBetween returns the pairs of two entries of t, which leads to s: what both have, request with request and answer
// with answer, and an event in one with what became of it in the other. None: they share nothing.
func PairsBetween(t flow.Trace, s flow.State, x, y *flow.Entry) []Pair {
	if x == nil || y == nil || x.Seq == y.Seq {
		return nil
	}
	if x.Seq > y.Seq {
		x, y = y, x
	}
	var out []Pair
	for _, a := range refsOfRow(t, s, x) {
		for _, b := range refsOfRow(t, s, y) {
			ea, eb := t.Entry(a.Seq), t.Entry(b.Seq)
			switch {
			case a.Part == PartInstead || b.Part == PartInstead:
			case a.Part == PartHead && b.Part == PartHead && !ofOneSort(ea, eb):
			case a.Part == b.Part:
				out = append(out, Pair{SamePart, a, b})
			case madeOf(t, s, a, b):
				out = append(out, Pair{MadeFrom, a, b})
			case oneEvent(t, s, a, b):
				out = append(out, Pair{OneEvent, a, b})
			}
		}
	}
	template := func(p Pair) bool { return p.A.Part == PartProtoevent }
	if slices.ContainsFunc(out, template) { // the body around it says no more
		out = slices.DeleteFunc(out, func(p Pair) bool { return p.Kind == SamePart && p.A.Part == PartBody })
	}
	slices.SortStableFunc(out, func(p, q Pair) int { return rank(p) - rank(q) })
	return out
}

// refsOfRow are the documents of an entry, and of the failure that it ended in, where it did.
func refsOfRow(t flow.Trace, s flow.State, e *flow.Entry) []Ref {
	out := RefsOf(t, s, e)
	if a := t.Answers()[e.Seq]; e.Kind == flow.Request && a != nil && a.Kind == flow.Failure {
		out = append(RefsOf(t, s, a), out...)
	}
	return out
}

// rank orders the pairs of two entries: what was made of what first, heads last.
func rank(p Pair) int {
	switch {
	case p.A.Part == PartHead:
		return 2
	case p.Kind == OneEvent || p.Kind == MadeFrom:
		return 0
	}
	return 1
}

// ofOneSort reports whether two entries are both requests, both answers, or both local work.
func ofOneSort(x, y *flow.Entry) bool {
	sort := func(e *flow.Entry) flow.Kind {
		if e.Kind == flow.Failure {
			return flow.Response
		}
		return e.Kind
	}
	return sort(x) == sort(y)
}

// madeOf reports whether one document is the protoevent that the other was made of.
func madeOf(t flow.Trace, s flow.State, a, b Ref) bool {
	m := s.Of(t.Entry(b.Seq))
	return a.Part == PartProtoevent && b.Part == PartEvent && m.Template != nil && m.Template.Seq == a.Seq
}

// oneEvent reports whether two documents are one event at two points of its way: as a protoevent, signed, sent,
// returned.
func oneEvent(t flow.Trace, s flow.State, a, b Ref) bool {
	way := []Part{PartProtoevent, PartEvent, PartSent, PartReturned}
	i, j := slices.Index(way, a.Part), slices.Index(way, b.Part)
	if i < 0 || j <= i {
		return false
	}
	for _, r := range []Ref{a, b} {
		e := t.Entry(r.Seq)
		if r.Part == PartSent && e.Step != flow.A6 && e.Step != flow.U3 {
			return false
		}
	}
	return s.Of(t.Entry(a.Seq)).Leave == s.Of(t.Entry(b.Seq)).Leave
}

// buildOf is the entry that made the event of a handshake; 0: none.
func buildOf(t flow.Trace, m flow.Membership) int {
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Build != nil && e.Build == m.Build {
			return e.Seq
		}
	}
	return 0
}

// answerTo is the entry that answers a request; 0: none.
func answerTo(t flow.Trace, seq int) int {
	if e := t.Answers()[seq]; e != nil {
		return e.Seq
	}
	return 0
}

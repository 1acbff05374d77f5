package story

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/event"
	"doorstep/flow/explain"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
)

// A Comparison is how two documents compare, as it is told: what differs, and the values that are equal. Its words may
// hold remote text.
type Comparison struct {
	Left, Right    string // what the two are
	Changes, Equal []ComparedValue
	Word           string // what became of what is equal, in a word
	Folded, Shown  string // what is said of what is equal, while it is folded and while it is not
}

// A ComparedValue is one value of two documents.
type ComparedValue struct {
	Path   string
	Kind   render.ChangeKind
	Word   string // what became of it, in a word; empty: the kind says it
	A, B   string // JSON text
	Why    string
	Source string // section of the spec that asks for it
}

// PairTitle names a pair in a list of those there are.
func (s *Scene) PairTitle(p compare.Pair) string {
	switch p.Kind {
	case compare.MadeFrom:
		if s.leaves(p.B) {
			return "leave template / leave event"
		}
		return "protoevent / join event"
	case compare.Instead:
		if p.A.Part == compare.PartNotAsked {
			return "request as it would have been / as it was"
		}
		return "as it would have been / as it was"
	case compare.CameBack:
		return "join event sent / returned"
	case compare.TwoLists:
		return "state / auth_chain"
	case compare.TwoOffers:
		return "protoevent of " + s.serverOf(p.A) + " / of " + s.serverOf(p.B)
	}
	a, b := s.partWords(p.A), s.partWords(p.B)
	if a == b {
		return "both marked: " + a
	}
	return "marked: " + a + " / " + b
}

// PairRemark says what a pair is compared for.
func (s *Scene) PairRemark(p compare.Pair) string {
	switch p.Kind {
	case compare.MadeFrom:
		return "what the joining server set, and why"
	case compare.Instead:
		return "what was changed before the step was done"
	case compare.CameBack:
		return "whether the event came back as it was sent"
	case compare.TwoLists:
		return "which events are in one of the two lists only"
	case compare.TwoOffers:
		return "what the two candidates disagree on"
	}
	return fmt.Sprintf("entries %d and %d", p.A.Seq, p.B.Seq)
}

// PairCaption says which pair is shown, how much differs, as counts say, and how to get the others.
func (s *Scene) PairCaption(c PairChoice, counts string) string {
	words := s.PairTitle(c.Pair())
	if counts != "" {
		words += ": " + counts
	}
	if len(c.Pairs) > 1 {
		words = fmt.Sprintf("%d of %d: %s", c.At+1, len(c.Pairs), words)
	}
	if s.Keyless {
		return words
	}
	if len(c.Pairs) > 1 {
		words += " · " + s.Phrases.Press(keymap.ActNextPair) + " next pair"
	}
	return string(s.Own(words + " · " + s.Phrases.Press(keymap.ActShowDiff) + " others"))
}

func (s *Scene) leaves(r compare.Ref) bool {
	e := s.Trace.Entry(r.Seq)
	return e != nil && s.State.Of(e).Leave
}

func (s *Scene) serverOf(r compare.Ref) string {
	if e := s.Trace.Entry(r.Seq); e != nil && e.Server != "" {
		return e.Server
	}
	return fmt.Sprintf("entry %d", r.Seq)
}

// partWords say what a document is.
func (s *Scene) partWords(r compare.Ref) string {
	what := "join event"
	if s.leaves(r) {
		what = "leave event"
	}
	e := s.Trace.Entry(r.Seq)
	switch r.Part {
	case compare.PartProtoevent:
		if s.leaves(r) {
			return "leave template"
		}
		return "protoevent"
	case compare.PartEvent:
		return what + " as signed"
	case compare.PartReturned:
		return what + " as it came back"
	case compare.PartAsked:
		return "request as it was"
	case compare.PartNotAsked:
		return "request as it would have been"
	case compare.PartInstead:
		return "as it would have been"
	case compare.PartSent:
		if e != nil && (e.Step == flow.A6 || e.Step == flow.U3) {
			return what + " as sent"
		}
		return "body that was sent"
	case compare.PartBody:
		return "body"
	case compare.PartHead:
		switch {
		case e != nil && e.Discovery != nil:
			return "what was found"
		case e != nil && e.Kind == flow.Failure && e.Response == nil:
			return "failure"
		}
		return "head"
	}
	return string(r.Part)
}

// sideOf names one side of a comparison: what it is, and of which entry.
func (s *Scene) sideOf(p compare.Pair, r compare.Ref) string {
	words := s.partWords(r)
	if p.Kind == compare.TwoOffers {
		words += " of " + s.serverOf(r)
	}
	step := ""
	if e := s.Trace.Entry(r.Seq); e != nil {
		step = " " + string(e.Step)
	}
	return fmt.Sprintf("#%d%s %s", r.Seq, step, words)
}

// PairSize is about how many bytes there are to compare.
func (s *Scene) PairSize(p compare.Pair) int {
	n := 0
	for _, r := range []compare.Ref{p.A, p.B} {
		if e := s.Trace.Entry(r.Seq); e != nil {
			n += len(Payload(e))
		}
	}
	return n
}

// Compare compares the two documents of a pair.
func (s *Scene) Compare(p compare.Pair) Comparison {
	out := s.compared(p)
	out.Word = "equal"
	if p.Kind == compare.MadeFrom {
		out.Word = copied
	}
	s.equalWords(&out, p.Kind)
	return out
}

func (s *Scene) compared(p compare.Pair) Comparison {
	out := Comparison{Left: s.sideOf(p, p.A), Right: s.sideOf(p, p.B)}
	if p.Kind == compare.MadeFrom {
		m := s.State.Of(s.Trace.Entry(p.B.Seq))
		out.Left, out.Right = "protoevent, as received", "join event, as signed"
		if m.Leave {
			out.Left, out.Right = "leave template, as received", "leave event, as signed"
		}
		s.take(&out, m.Diff(s.Trace.Header.Form))
		return out
	}
	a, b, ok := p.Texts(s.Trace, s.State)
	if !ok {
		return out
	}
	if m := s.State.Of(s.Trace.Entry(p.A.Seq)); p.Kind == compare.OneEvent && p.A.Part == compare.PartProtoevent &&
		m.Template != nil && m.Template.RoomVersion != nil && (p.A.Seq == m.Template.Seq || m.Build != nil) {
		s.take(&out, flow.Diff(m.Template.RoomVersion, s.Trace.Header.Form, a.JSON, b.JSON))
		return out
	}
	for _, d := range compare.Of(a, b) {
		v := ComparedValue{Path: d.Path, Kind: render.Replaced, A: string(d.A), B: string(d.B)}
		if a.Set && b.Set {
			v.Path, v.A, v.B = listed(d), content(d.A), content(d.B)
		}
		if v.Path == "" {
			v.Path = "all of it"
		}
		if d.Kind == compare.Equal {
			v.Kind, v.Word = render.Copied, "equal"
			out.Equal = append(out.Equal, v)
			continue
		}
		v.Kind, v.Word = pairKind(p, d)
		v.Why = string(s.Own(s.pairWhy(p, d)))
		out.Changes = append(out.Changes, v)
	}
	if len(out.Equal) == 1 && out.Equal[0].Path == "all of it" && !a.Set {
		out.Equal = fieldsOf(a.JSON)
	}
	return out
}

// fieldsOf are the fields of an object as values that are equal: all of it, where it has none.
func fieldsOf(object []byte) []ComparedValue {
	var out []ComparedValue
	for _, f := range flow.FieldsOf(object) {
		out = append(out, ComparedValue{Path: f.Path, Kind: render.Copied, Word: "equal", A: string(f.Value),
			B: string(f.Value)})
	}
	if out == nil {
		out = []ComparedValue{{Path: "all of it", Kind: render.Copied, Word: "equal", A: string(object), B: string(object)}}
	}
	return out
}

// copied is what became of a field that the joining server took over from the protoevent.
const copied = "copied"

// Counts say how much differs and how much does not.
func (c *Comparison) Counts() string {
	differ := "differ"
	switch {
	case c.Word == copied:
		differ = "set"
	case len(c.Changes) == 1:
		differ = "differs"
	}
	return fmt.Sprintf("%d %s, %d %s", len(c.Changes), differ, len(c.Equal), c.Word)
}

// take takes over what happened to every field from a protoevent on.
func (s *Scene) take(c *Comparison, changes []flow.Change) {
	for _, x := range changes {
		v := ComparedValue{Path: x.Path, Kind: render.ChangeKind(x.Kind), A: string(x.From), B: string(x.To),
			Why: string(s.Own(x.Why)), Source: x.Source}
		if x.Kind == flow.Copied {
			c.Equal = append(c.Equal, v)
		} else {
			c.Changes = append(c.Changes, v)
		}
	}
}

// pairKind says what became of a value: on the way of one event it was added, removed or replaced; of two others one
// has it only, or each has its own.
func pairKind(p compare.Pair, d compare.Difference) (render.ChangeKind, string) {
	oneWay := p.Kind == compare.CameBack || p.Kind == compare.OneEvent || p.Kind == compare.Instead
	kind, word := render.Replaced, "differs"
	switch d.Kind {
	case compare.Added:
		kind, word = render.Added, "only 2nd"
	case compare.Removed:
		kind, word = render.Removed, "only 1st"
	case compare.Reordered:
		return render.Replaced, "order"
	}
	if oneWay {
		word = ""
	}
	return kind, word
}

// equalWords say how much is equal, and that nothing else is there where that is so.
func (s *Scene) equalWords(c *Comparison, k compare.PairKind) {
	noun := "value"
	switch k {
	case compare.TwoLists:
		noun = "event"
	case compare.MadeFrom:
		noun = "field"
	}
	switch n := len(c.Equal); {
	case n == 0:
		c.Folded, c.Shown = "nothing", "nothing"
		return
	case len(c.Changes) == 0:
		c.Folded = "the two are the same: " + wording.Count(n, noun)
		c.Shown = c.Folded
	default:
		c.Folded = wording.Count(n, noun)
		c.Shown = c.Folded + ", as both have them"
		if k == compare.MadeFrom {
			c.Shown = c.Folded + ", signed as they came"
		}
	}
	if !s.Keyless {
		c.Folded += ": " + s.Phrases.Press(keymap.ActRight) + " shows them"
	}
}

// content is that of an event, which is what there is to tell of one that is in a list or is not; all of what is no
// event.
func content(raw []byte) string {
	if c := event.Get(raw, "content"); c != nil {
		return string(c)
	}
	return string(raw)
}

// listed names the event of a difference of two lists.
func listed(d compare.Difference) string {
	raw := d.A
	if raw == nil {
		raw = d.B
	}
	typ, ok := event.GetString(raw, "type")
	if !ok {
		return d.Path
	}
	if key, has := event.GetString(raw, "state_key"); has && key != "" {
		typ += " " + wording.Clip(key)
	}
	typ = wording.Clip(typ)
	if depth := event.Get(raw, "depth"); depth != nil {
		typ += ", depth " + wording.Clip(string(depth))
	}
	return typ
}

// pairWhy says what a difference comes to; empty where nothing is known but what it is.
func (s *Scene) pairWhy(p compare.Pair, d compare.Difference) string {
	switch p.Kind {
	case compare.TwoLists:
		return map[compare.Kind]string{
			compare.Removed: "listed as in force just before the join, and not as something that others rest on",
			compare.Added: "listed as something that the state or the join rests on, and not as in force just before the " +
				"join"}[d.Kind]
	case compare.CameBack:
		return cameBackWhy(d)
	case compare.OneEvent:
		if p.B.Part == compare.PartReturned {
			return cameBackWhy(d)
		}
	case compare.TwoOffers:
		return offerWhy[topLevel(d.Path)]
	}
	return ""
}

// cameBackWhy says of an event that was signed and sent what it means that it came back with a difference.
func cameBackWhy(d compare.Difference) string {
	switch top := topLevel(d.Path); {
	case top == "signatures" && d.Kind == compare.Added:
		return "a signature was added: a restricted join needs that of the resident server, and Dendrite adds its own to " +
			"every join"
	case top == "signatures":
		return "the signature that was sent did not come back as it was"
	case top == "unsigned":
		return "no part of the event: neither hashed nor signed"
	}
	return "the content hash or the signature covers this: what came back is another event, or a redacted copy"
}

// offerWhy says what the protoevents of two candidates differ in, by members of theirs.
var offerWhy = map[string]string{
	"origin_server_ts": "when each of them made it; the joining server sets its own",
	"origin":           "who made it; in the join event it is the joining server",
	"auth_events":      "the events that allow the join, as each of them knows the room",
	"prev_events":      "where the join would attach: the latest events that each of them knows of",
	"depth":            "one more than the deepest of the previous events that each of them names",
	"event_id":         "a placeholder: the joining server names the event, or its hash does",
}

// topLevel is the first member of a JSON pointer.
func topLevel(path string) string {
	top, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return top
}

// OfPair points at what a pair is compared for: where the event comes from, or else the step of the row.
func (s *Scene) OfPair(p compare.Pair) Pointed {
	switch p.Kind {
	case compare.MadeFrom:
		return OfTerm("protoevent")
	case compare.TwoLists:
		return OfTerm("why both state and auth_chain")
	}
	return s.ofRow()
}

// Sides are the documents of a pair whose fields can be asked about, the later first: none of those too large to be
// looked through.
func (s *Scene) Sides(p compare.Pair) []explain.Body {
	if s.PairSize(p) > walkable {
		return nil
	}
	a, b, ok := p.Texts(s.Trace, s.State)
	if !ok {
		return nil
	}
	var sides []explain.Body
	for _, d := range []compare.Document{b, a} {
		if o := s.objectOf(d); o != "" {
			sides = append(sides, explain.Body{Object: o, Bytes: d.JSON})
		}
	}
	return sides
}

// objectOf is what a document is; empty where its fields have no entries.
func (s *Scene) objectOf(d compare.Document) explain.Object {
	e := s.Trace.Entry(d.Seq)
	switch {
	case e == nil || d.Set:
		return ""
	case d.Part == compare.PartProtoevent || d.Part == compare.PartEvent || d.Part == compare.PartReturned:
		return explain.Event
	case d.Part == compare.PartBody || d.Part == compare.PartSent:
		body, _ := explain.BodyOf(s.Trace, e)
		return body.Object
	case d.Part == compare.PartInstead && e.Altered.Response != nil:
		body, _ := explain.BodyOf(s.Trace, e)
		return body.Object
	case d.Part == compare.PartInstead && e.Altered.Request == nil:
		return explain.Event
	}
	return ""
}

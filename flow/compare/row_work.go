package compare

import (
	"strings"

	"doorstep/flow/event"
)

// rowWork is the comparison of two exchanges.
type rowWork struct {
	*comparer
	row  *StepRow
	x, y *Exchange
}

// take adds what a comparison of two documents came to.
func (w rowWork) take(p Part, in string, list []Difference) {
	for _, d := range list {
		switch d.Part = p; d.Kind {
		case Equal:
			w.row.Alike++
		case AsAny:
			w.row.AsAny++
		default:
			if in != "" {
				d.In = []string{in}
			}
			if w.follows(d) {
				w.row.Follows++
				continue
			}
			w.row.Differences = append(w.row.Differences, d)
		}
	}
}

// follows reports whether a difference of our event, or of the one that came back, was told of what it was made from.
func (w rowWork) follows(d Difference) bool {
	if d.Part != PartProtoevent && d.Part != PartEvent && d.Part != PartReturned {
		return false
	}
	k := w.likeness(d)
	k.part = ""
	if d.Part != PartProtoevent && w.copied[k] {
		return true
	}
	w.copied[k] = true
	return false
}

// fact compares one thing that is no JSON, but that a status is a number; empty is absent.
func (w rowWork) fact(p Part, path, a, b string) {
	d := Difference{Part: p, Path: path, Kind: Replaced}
	for _, side := range []struct {
		says string
		text *Text
	}{{a, &d.A}, {b, &d.B}} {
		switch {
		case side.says == "":
		case p == PartStatus:
			*side.text = Text(side.says)
		default:
			*side.text = event.Quote(strings.ToValidUTF8(side.says, "\uFFFD"))
		}
	}
	switch {
	case a == "" && b == "":
		return
	case a == b:
		d.Kind = Equal
	case a == "":
		d.Kind = Added
	case b == "":
		d.Kind = Removed
	}
	w.take(p, "", []Difference{d})
}

// documents compares two JSON documents, name for name.
func (w rowWork) documents(p Part, in string, a, b []byte) {
	switch {
	case a == nil && b == nil:
		return
	case b == nil:
		w.take(p, in, []Difference{{Kind: Removed, A: a}})
		return
	case a == nil:
		w.take(p, in, []Difference{{Kind: Added, B: b}})
		return
	}
	d := newDiffer(w.names)
	d.value(spot{}, a, b, 0)
	w.take(p, in, d.out)
}

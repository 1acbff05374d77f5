package compare

import (
	"strings"

	"doorstep/flow/event"
)

// A comparer is one comparison on its way.
type comparer struct {
	a, b   Side
	names  *names
	events []eventPair
	copied map[likeness]bool // what differs in the protoevents, and in the events made of them
}

// A likeness is what two differences have in common that are told as one.
type likeness struct {
	part              Part
	path, other, a, b string
	kind              Kind
	why               Reason
	about             string
}

// likeness is that of a difference. Names, times and hashes that only one side has are one as good as another.
func (c *comparer) likeness(d Difference) likeness {
	value := func(v Text, second bool) string {
		if d.Kind == Added || d.Kind == Removed {
			if s, ok := event.String(v); ok && c.names.classOf(s, second) >= anEvent {
				return "a name"
			}
			key := d.Path[strings.LastIndexByte(d.Path, '/')+1:]
			if times[key] || key == "unsigned" || key == "signatures" || key == "hashes" {
				return key
			}
		}
		return string(v)
	}
	return likeness{d.Part, d.Path, d.Other, value(d.A, false), value(d.B, true), d.Kind, d.Why, d.About}
}

// grouped makes one of the differences that are the same in several events.
func (c *comparer) grouped(all []Difference) []Difference {
	out := make([]Difference, 0, len(all))
	at := map[likeness]int{}
	for _, d := range all {
		k := c.likeness(d)
		if d.Part == PartState || d.Part == PartAuthChain { // which events they are is what there is to tell
			k.a, k.b = "", ""
		}
		if i, ok := at[k]; ok && len(d.In) > 0 {
			out[i].In = append(out[i].In, d.In...)
			continue
		}
		at[k] = len(out)
		out = append(out, d)
	}
	return out
}

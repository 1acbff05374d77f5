package verify

import (
	"bytes"

	"doorstep/flow/event"
)

// A Field is one field of a JSON object: its path, as a JSON pointer, and its value as JSON text.
type Field struct {
	Path  string
	Value []byte
}

// FieldsOf returns the fields of an object that a diff compares, the members of content each as one; none where it
// cannot be read.
func FieldsOf(raw []byte) []Field {
	members, err := event.Members(raw)
	if err != nil {
		return nil
	}
	var out []Field
	for _, m := range members {
		if m.Key == "content" {
			if content, err := event.Members(m.Value); err == nil && len(content) > 0 {
				for _, c := range content {
					out = append(out, Field{"/content/" + event.PointerToken(c.Key), c.Value})
				}
				continue
			}
		}
		out = append(out, Field{"/" + event.PointerToken(m.Key), m.Value})
	}
	return out
}

// SameValue reports whether two JSON texts are the same value: how they are spelled makes no difference, but for
// numbers, whose text counts.
func SameValue(a, b []byte) bool {
	if a == nil || b == nil || bytes.Equal(a, b) {
		return bytes.Equal(a, b) && (a == nil) == (b == nil)
	}
	x, errX := event.Canonical(a, false)
	y, errY := event.Canonical(b, false)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// A Differing is a field that is not the same in a template and in the event made of it.
type Differing struct {
	Path     string
	From, To []byte // nil: it is not there
}

// DifferingFields returns the fields that are not the same in two objects, those of the first in its order, then those
// that only the second has.
func DifferingFields(template, made []byte) []Differing {
	before, after := FieldsOf(template), FieldsOf(made)
	at := func(list []Field, path string) []byte {
		for _, f := range list {
			if f.Path == path {
				return f.Value
			}
		}
		return nil
	}
	var out []Differing
	for _, f := range before {
		if to := at(after, f.Path); !SameValue(f.Value, to) {
			out = append(out, Differing{f.Path, f.Value, to})
		}
	}
	for _, f := range after {
		if at(before, f.Path) == nil {
			out = append(out, Differing{f.Path, nil, f.Value})
		}
	}
	return out
}

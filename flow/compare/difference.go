package compare

import (
	"encoding/json"
	"strings"
)

// A Kind says what became of a value of one document in the other.
type Kind string

// The kinds.
const (
	Equal     Kind = "equal"     // the same by meaning: numbers by value, strings by text, objects whatever their order
	Added     Kind = "added"     // only the second has it
	Removed   Kind = "removed"   // only the first has it
	Replaced  Kind = "replaced"  // each has its own
	Reordered Kind = "reordered" // a list has the same elements in both, in another order, and order counts there
	// AsAny is what differs between any two runs: a name that always stands for the same one in the other, a time, a
	// hash, a signature. Only a comparison of two handshakes has it.
	AsAny Kind = "as_any_two_runs"
)

// A Difference is what became of one value of a document in another.
type Difference struct {
	Part  Part   `json:"part,omitempty"`  // which part of a step it is in; empty in a comparison of documents
	Path  string `json:"path"`            // JSON pointer in the first document; in the second where only that has it
	Other string `json:"other,omitempty"` // JSON pointer in the second document, where both have it and it is another
	Kind  Kind   `json:"change"`
	A     Text   `json:"a"` // JSON text in the first; nil: absent
	B     Text   `json:"b"` // JSON text in the second; nil: absent
	// Why is what the difference comes to, where more is known than the values say.
	Why   Reason `json:"why,omitempty"`
	About string `json:"about,omitempty"` // of a reference to an event: the event, by type and state key
	// In are the events it is in, by type and state key; empty: it is in no event of a list. Names and times that only
	// one side has differ from event to event; then the value is that of the first.
	In []string `json:"in,omitempty"`
}

// A Text is JSON text. It is written as it is; what is no JSON is written as a string.
type Text []byte

// A Reason says what a difference comes to.
type Reason string

// The reasons.
const (
	// OtherName: a name that stands for another one elsewhere in the two handshakes.
	OtherName Reason = "stands_for_another"
	// OtherReferences: event IDs in one, pairs of ID and hash in the other: room versions 1 and 2 have the pairs. The
	// values are "ids" and "pairs"; which events are named is told by itself.
	OtherReferences Reason = "other_form_of_references"
	// OtherValidity: keys that are valid for another time. The values are how many hours that is, from the answer on.
	OtherValidity Reason = "other_validity"
)

// Changed are the differences of a list without what is equal or as in any two runs.
func Changed(list []Difference) []Difference {
	var out []Difference
	for _, d := range list {
		if d.Kind != Equal && d.Kind != AsAny {
			out = append(out, d)
		}
	}
	return out
}

// Count is how many of a list are of a kind.
func Count(list []Difference, k Kind) int {
	n := 0
	for _, d := range list {
		if d.Kind == k {
			n++
		}
	}
	return n
}

// MarshalJSON writes the text as it is where it is JSON, as a string otherwise, and null where there is none.
func (t Text) MarshalJSON() ([]byte, error) {
	switch {
	case t == nil:
		return []byte("null"), nil
	case json.Valid(t):
		return t, nil
	}
	return json.Marshal(strings.ToValidUTF8(string(t), "\uFFFD"))
}

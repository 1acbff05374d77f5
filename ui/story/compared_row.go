package story

import (
	"doorstep/flow/compare"
)

// A ComparedGroup says what a row of a comparison is about.
type ComparedGroup int

// The groups, in the order in which they are told.
const (
	ComparedWhole ComparedGroup = iota
	ComparedSteps
	ComparedChecks
	ComparedFindings
)

// A ComparedRow is one row of the comparison of two handshakes: what it is about, what each of the two says, and in
// what that differs. Its words may hold remote text.
type ComparedRow struct {
	Group   ComparedGroup
	Name    string
	Sort    string // the name without the server
	A, B    string // empty: it is in the other one only
	Differs string // in short; empty: it does not
	Quiet   string // what there is to say of it all the same, where it does not differ
	Changes []ComparedChange
	Asides  []ComparedChange // headers and TLS facts that differ, which count for nothing
	About   Pointed          // what the reader asks about on it; nothing: nothing is known
}

// Alike reports whether nothing of the row differs, but for what does between any two runs.
func (r ComparedRow) Alike() bool { return r.Differs == "" }

// A ComparedChange is one thing that differs, or that differs in the same way in several events.
type ComparedChange struct {
	Kind  compare.Kind
	Where string // part and path
	A, B  string // JSON text or words; empty: it is not there
	Note  string // in which events, and what it comes to; may be empty
	Many  int    // how many events; 0: it is in no event of a list
}

// KindWords says what became of a value, in a word or two.
func (c ComparedChange) KindWords() string {
	switch c.Kind {
	case compare.Added:
		return "only B"
	case compare.Removed:
		return "only A"
	case compare.Reordered:
		return "order"
	}
	return "differs"
}

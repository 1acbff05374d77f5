package answer

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/alter"
)

var mutations = slices.Concat(directoryAnswers, templates, rooms, roomLists, wholeAnswers, deliveries)

// Mutations returns all of them, in the order of the handshake.
func Mutations() []Mutation { return slices.Clone(mutations) }

// Lookup returns the mutation of that name; false when there is none.
func Lookup(name string) (Mutation, bool) {
	i := slices.IndexFunc(mutations, func(m Mutation) bool { return m.Name == name })
	if i < 0 {
		return Mutation{}, false
	}
	return mutations[i], true
}

// A Ready change is what there is to say of one, to a request or to an answer.
type Ready struct{ Name, Title, Teaches string }

// ReadyChange returns the ready change that was made to an entry; false where it was changed by hand, or not at all.
func ReadyChange(e *flow.Entry) (Ready, bool) {
	if e == nil || e.Altered == nil {
		return Ready{}, false
	}
	if e.Altered.Response != nil {
		m, ok := Lookup(e.Altered.Mutation)
		return Ready{m.Name, m.Title, m.Teaches}, ok
	}
	m, ok := alter.Lookup(e.Altered.Mutation)
	return Ready{m.Name, m.Title, m.Teaches}, ok
}

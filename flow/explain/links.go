package explain

import (
	"slices"
	"sync"
)

// Entry is the entry that r names; nil where there is none, or where several have that name and the address is needed.
func (r Reference) Entry() *Entry {
	if e := Find(At(r.Kind, r.Name)); e != nil {
		return e
	}
	if found := Of(r.Kind, r.Name); len(found) == 1 {
		return found[0]
	}
	return nil
}

// Reference is how other entries name e.
func (e *Entry) Reference() Reference {
	if len(Of(e.Kind, e.Name)) > 1 {
		return Reference{e.Kind, e.At[0].Where}
	}
	return Reference{e.Kind, e.Name}
}

// Related returns what e names, in its order, then what names e: links can be followed both ways.
func (e *Entry) Related() []Reference {
	related := slices.Clone(e.See)
	for _, from := range namedBy()[e] {
		if !slices.ContainsFunc(related, func(r Reference) bool { return r.Entry() == from }) {
			related = append(related, from.Reference())
		}
	}
	return related
}

// Gloss says of an entry in a list of others what its name does not say: what is done in a step, what a finding has
// found, what something is. Of a rule nothing: its name says it.
func (e *Entry) Gloss() string {
	switch {
	case e.Title != "":
		return e.Title
	case e.Kind == Rule:
		return ""
	}
	return e.Gist()
}

// namedBy are, for each entry, those that name it, in their order.
var namedBy = sync.OnceValue(func() map[*Entry][]*Entry {
	named := map[*Entry][]*Entry{}
	for i := range read().entries {
		from := &read().entries[i]
		for _, r := range from.See {
			if to := r.Entry(); to != nil && to != from {
				named[to] = append(named[to], from)
			}
		}
	}
	return named
})

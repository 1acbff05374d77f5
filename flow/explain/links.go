package explain

import (
	"slices"
	"sync"
)

// Entry is the entry that r names; nil where there is none, or where several have that name and the address is needed.
func (r Reference) Entry() *Entry {
	if e := links().to[r]; e != nil {
		return e
	}
	return r.find()
}

// find is Entry without what has been worked out before.
func (r Reference) find() *Entry {
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

// Related returns what e names, in its order, then what names e: links can be followed both ways. The caller must not
// change them.
func (e *Entry) Related() []Reference { return links().related[e] }

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

// A linking is how entries name each other: where references lead, and what each entry is related to.
type linking struct {
	to      map[Reference]*Entry
	related map[*Entry][]Reference
}

// links works that out once: frames that offer what is related wait for none of it.
var links = sync.OnceValue(func() linking {
	l := linking{map[Reference]*Entry{}, map[*Entry][]Reference{}}
	entries := read().entries
	namedBy := map[*Entry][]*Entry{}
	for i := range entries {
		from := &entries[i]
		l.to[from.Reference()] = from
		for _, r := range from.See {
			if to := r.find(); to != nil {
				l.to[r] = to
				if to != from {
					namedBy[to] = append(namedBy[to], from)
				}
			}
		}
	}
	for i := range entries {
		e := &entries[i]
		related := slices.Clone(e.See)
		for _, from := range namedBy[e] {
			if !slices.ContainsFunc(related, func(r Reference) bool { return l.to[r] == from }) {
				related = append(related, from.Reference())
			}
		}
		l.related[e] = slices.Clip(related)
	}
	return l
})

package explain

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed entries/*.md
var files embed.FS

// An index is all entries, and the ways to find one.
type index struct {
	entries []Entry
	byPlace map[Address]*Entry
	byName  map[string][]*Entry // by folded names and other words
	names   []string            // of entries, each once
}

// read reads all entries once. What is embedded in the program can be read: a test sees to that.
var read = sync.OnceValue(func() *index {
	entries, err := readAll(files)
	if err != nil {
		panic(err)
	}
	return newIndex(entries)
})

// readAll reads the entries of all files, in the order of the files' names.
func readAll(from fs.FS) ([]Entry, error) {
	names, err := fs.Glob(from, "entries/*.md")
	if err != nil {
		return nil, fmt.Errorf("entries: %w", err)
	}
	var entries []Entry
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		of, err := Parse(name, text)
		if err != nil {
			return nil, err
		}
		entries = append(entries, of...)
	}
	return entries, nil
}

func newIndex(entries []Entry) *index {
	x := &index{entries: entries, byPlace: map[Address]*Entry{}, byName: map[string][]*Entry{}}
	slices.SortStableFunc(x.entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Kind.place(), b.Kind.place()), cmp.Compare(b2i(!a.ofEvent()), b2i(!b.ofEvent())))
	})
	for i := range x.entries {
		e := &x.entries[i]
		for _, at := range e.At {
			x.byPlace[at] = e
		}
		for _, word := range append([]string{e.Name}, e.Also...) {
			if f := folded(word); !slices.Contains(x.byName[f], e) {
				x.byName[f] = append(x.byName[f], e)
			}
		}
		if !slices.Contains(x.names, e.Name) {
			x.names = append(x.names, e.Name)
		}
	}
	for word, found := range x.byName { // what has the name before what is also called so
		slices.SortStableFunc(found, func(a, b *Entry) int {
			return cmp.Compare(b2i(folded(a.Name) != word), b2i(folded(b.Name) != word))
		})
	}
	return x
}

// ofEvent reports whether an entry is about a field of every event: the most general of the fields of its name.
func (e *Entry) ofEvent() bool {
	return slices.ContainsFunc(e.At, func(a Address) bool { return strings.HasPrefix(a.Where, string(Event)+" ") })
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// folded is a word without what does not tell names apart: case, blanks, underscores and hyphens.
func folded(word string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '\t', '\n':
			return -1
		}
		return r
	}, strings.ToLower(word))
}

// All returns every entry, by kind, in the order of the files. The caller must not change them.
func All() []Entry { return read().entries }

// Names returns the names of all entries, each once.
func Names() []string { return slices.Clone(read().names) }

// Of returns the entries of a kind and name; several where fields of different objects have one name.
func Of(k Kind, name string) []*Entry {
	var found []*Entry
	for _, e := range read().byName[folded(name)] {
		if e.Kind == k && folded(e.Name) == folded(name) {
			found = append(found, e)
		}
	}
	return found
}

// Find returns the entry of an address; nil where there is none.
func Find(a Address) *Entry { return read().byPlace[a] }

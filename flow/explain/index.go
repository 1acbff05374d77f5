package explain

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"doorstep/flow/wording"
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

// Ask returns the entries that somebody asks for by these words: by name, by another word for it, or by address,
// whatever the case, blanks, underscores and hyphens, the general ones first. The kind may come first, as in "field
// depth" or "field/depth". A rule is found by its number too: see RuleAsked. Where there is none, near holds the names that are nearest, at most three.
func Ask(words string) (found []*Entry, near []string) {
	x := read()
	if found = slices.Clone(x.byName[folded(words)]); len(found) == 0 {
		found = x.byKind(words)
	}
	if number, version, ok := RuleAsked(words); ok {
		for _, n := range RulesOf(number, version) {
			if !slices.Contains(found, n.Entry) {
				found = append(found, n.Entry)
			}
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, x.nearest(folded(words))
}

// byKind returns the entries that are asked for with their kind, or by their address.
func (x *index) byKind(words string) (found []*Entry) {
	for _, row := range kinds {
		name, only := afterKind(words, row.Kind)
		if e := x.byPlace[At(row.Kind, name)]; e != nil {
			found = append(found, e)
			continue
		}
		if !only {
			continue
		}
		if named := Of(row.Kind, name); len(named) > 0 { // what only is also called so is another thing
			found = append(found, named...)
			continue
		}
		for _, e := range x.byName[folded(name)] {
			if e.Kind == row.Kind {
				found = append(found, e)
			}
		}
	}
	return found
}

// afterKind returns what stands after the name of a kind, and whether that stands first.
func afterKind(words string, k Kind) (rest string, ok bool) {
	words = strings.Join(strings.Fields(words), " ")
	n := len(k)
	if len(words) <= n || !strings.EqualFold(words[:n], string(k)) || words[n] != ' ' && words[n] != '/' {
		return words, false
	}
	return words[n+1:], true
}

// nearest returns the names that somebody may have meant by a folded word.
func (x *index) nearest(word string) []string {
	const most, longest = 3, 64
	if word == "" || len(word) > longest {
		return nil
	}
	bound := max(1, len([]rune(word))/3)
	far := map[string]int{}
	for key, entries := range x.byName {
		d := wording.Changes(word, key)
		switch {
		case d <= bound:
		case len(word) >= 3 && strings.HasPrefix(key, word):
			d = bound + 1
		case len(word) >= 3 && strings.Contains(key, word):
			d = bound + 2
		default:
			continue
		}
		for _, e := range entries {
			if old, ok := far[e.Name]; !ok || d < old {
				far[e.Name] = d
			}
		}
	}
	var names []string
	for _, name := range x.names {
		if _, ok := far[name]; ok {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(far[a], far[b]) })
	return names[:min(len(names), most)]
}

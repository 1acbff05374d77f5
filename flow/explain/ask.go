package explain

import (
	"cmp"
	"slices"
	"strings"

	"doorstep/flow/wording"
)

// Ask returns the entries that somebody asks for by these words: by name, by another word for it, or by address,
// whatever the case, blanks, underscores and hyphens, the general ones first. The kind may come first, as in "field
// depth" or "field/depth". A rule is found by its number too: see RuleAsked. Where there is none,
// near holds the names that are nearest, at most three.
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
		d := wording.ChangesUpTo(bound, word, key)
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

package wording

import (
	"cmp"
	"slices"
	"strings"
)

// DidYouMean offers the names that are nearest to one that does not exist, each after prefix; empty where none is near.
func DidYouMean(name string, names []string, prefix string) string {
	near := Nearest(name, names)
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = prefix + near[i]
	}
	last := len(near) - 1
	if last == 0 {
		return " (did you mean " + near[0] + "?)"
	}
	return " (did you mean " + strings.Join(near[:last], ", ") + " or " + near[last] + "?)"
}

// Nearest returns at most three names that somebody may have meant, the nearest first: those that need few changes,
// then those that begin with what was said, then those that hold it.
func Nearest(said string, names []string) []string {
	const most = 3
	type candidate struct {
		name string
		far  int
	}
	said = strings.ToLower(said)
	bound := max(1, len([]rune(said))/3)
	if len(said) > 64 {
		return nil
	}
	var near []candidate
	for _, name := range names {
		lower := strings.ToLower(name)
		switch far := ChangesUpTo(bound, said, lower); {
		case far <= bound:
			near = append(near, candidate{name, far})
		case len(said) >= 3 && strings.HasPrefix(lower, said):
			near = append(near, candidate{name, bound + 1})
		case len(said) >= 3 && strings.Contains(lower, said):
			near = append(near, candidate{name, bound + 2})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var found []string
	for _, c := range near[:min(len(near), most)] {
		found = append(found, c.name)
	}
	return found
}

package command

import (
	"cmp"
	"slices"
	"strings"

	"doorstep/flow/wording"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// didYouMean offers the names that are nearest to one that does not exist, each after prefix; empty where none is near.
func didYouMean(name string, names []string, prefix string) string {
	near := nearest(name, names)
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

// nearest returns at most three names that somebody may have meant, the nearest first: those that need few changes,
// then those that begin with what was said, then those that hold it.
func nearest(said string, names []string) []string {
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
		switch far := wording.Changes(said, lower); {
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

// flagNames are the names of the flags that a command takes.
func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	slices.Sort(names)
	return slices.Compact(names) // those that hold everywhere are in both
}

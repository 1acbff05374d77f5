package command

import (
	"slices"

	"doorstep/flow/wording"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// didYouMean offers the names that are nearest to one that does not exist.
func didYouMean(name string, names []string, prefix string) string {
	return wording.DidYouMean(name, names, prefix)
}

// flagNames are the names of the flags that a command takes.
func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	slices.Sort(names)
	return slices.Compact(names) // those that hold everywhere are in both
}

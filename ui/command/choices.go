package command

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/host"
	"doorstep/flow/kept"
	"doorstep/flow/recording"
	"doorstep/recordings"
	"doorstep/ui/document"
	"doorstep/ui/theme"
)

// choices are the flags that take one of a few values, or some of them, by name.
var choices = map[string]func() []string{
	"theme":         theme.Names,
	"color":         func() []string { return []string{"auto", "always", "never"} },
	"format":        formatNames,
	"part":          document.PictureParts,
	"form":          func() []string { return []string{string(flow.FormCurrent), string(flow.Form2015)} },
	"candidates":    func() []string { return []string{candidatesFirst, candidatesAll} },
	"like":          flow.PolicyNames,
	"room-version":  roomVersions,
	"room-versions": roomVersions,
	"work":          func() []string { return []string{"join"} },
	"list":          thingKinds,
	"profile":       profileNames,
	"alter":         func() []string { return append(mutationNames(), listAlterations) },
	"expect":        func() []string { return []string{string(host.ExpectJoined), string(host.ExpectRefused)} },
}

// free are the flags of choices that take other values as well.
var free = []string{"work", "alter", "profile"}

// The values of --candidates.
const (
	candidatesFirst = "first"
	candidatesAll   = "all"
)

func roomVersions() []string {
	var ids []string
	for _, v := range event.Versions() {
		ids = append(ids, v.ID)
	}
	return ids
}

// formatNames are the forms of export.
func formatNames() []string {
	var names []string
	for _, f := range document.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// checkChoices looks at the flags of a command that take one of a few values. It is the first thing a command does.
func checkChoices(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		values := choices[f.Name]
		if err != nil || values == nil || slices.Contains(free, f.Name) || f.Value.Type() == "bool" {
			return
		}
		for _, said := range valuesOf(f) {
			if said != "" && !slices.Contains(values(), said) {
				err = seeHelp(c, fmt.Errorf("--%s %q%s: there are %s", f.Name, said, didYouMean(said, values(), ""),
					strings.Join(values(), ", ")))
				return
			}
		}
	})
	return err
}

// valuesOf returns the values that a flag was given.
func valuesOf(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// completeFlags has a shell offer for every flag what it takes: its choices, files where it is a FILE, folders where it
// is a DIR, otherwise nothing.
func completeFlags(c *cobra.Command) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.NoOptDefVal != "" || f.Name == "help" || f.Name == "version" {
			return
		}
		offer := cobra.NoFileCompletions
		if values := choices[f.Name]; values != nil {
			offer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return values(), cobra.ShellCompDirectiveNoFileComp
			}
		} else if takes, _ := pflag.UnquoteUsage(f); takes == "FILE" {
			offer = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
		} else if takes == "DIR" {
			offer = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
		}
		_ = c.RegisterFlagCompletionFunc(f.Name, offer) // an error says that a command has said so itself
	})
}

// completeRecordings offers the names of recordings with their titles, and files.
func completeRecordings(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offered []string
	for _, name := range recordings.Names() {
		title := ""
		if r, err := recordings.Open(name); err == nil {
			title = titleIn(r)
		}
		offered = append(offered, name+"\t"+title)
	}
	own, _ := kept.List() // a folder that cannot be read holds nothing to offer
	if len(own) > 0 {
		offered = append(offered, kept.Last+"\tyour newest run")
	}
	for _, r := range own {
		h, _ := recording.ReadHeader(r.File)
		offered = append(offered, r.Name+"\t"+theme.SafeText(h.Title))
	}
	return offered, cobra.ShellCompDirectiveDefault
}

// titleIn is the title of a recording; empty where it has none.
func titleIn(r io.Reader) string {
	h, _ := recording.HeaderIn(r) // a recording that cannot be read has no title
	return theme.SafeText(h.Title)
}

package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/flow/kept"
	"doorstep/flow/sandbox"
	"doorstep/recordings"
	"doorstep/ui/keymap"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

func (p *program) infoCommand() *cobra.Command {
	var keys bool
	c := &cobra.Command{
		Use:   "info",
		Short: "Print version, terminal, folders and settings, for a bug report",
		Long: `Info prints what a bug report should hold: the version, what is known of the
terminal, the folders, and every setting that is in force with who says so: a
flag, the environment, the file of settings, or nobody (default).

The file is JSON, and everything in it may be left out:

  {"theme": "terminal", "ascii": false, "mouse": true, "links": true,
   "color": "auto", "record": true, "keep": 50,
   "keys": {"zoom": ["z", "f5"]},
   "profiles": {"mine": {"user": "@me:my.example", "key": "~/my.key"}}}

A profile, chosen by --profile NAME, says what flags of those names would: user,
key, server_name, listen, tls_cert, tls_key, ca, resolve, allow_private, notary,
timeout and others; also what is a setting otherwise, such as record. A flag
goes before the profile, that before the settings.

--keys lists what keys can be settled, by the names of the actions.`,
		Args:              takes(0, 0, ""),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			if keys {
				return p.listKeys()
			}
			facts := append([]terminal.Fact{{Name: "version", Value: thisBuild().String()}}, terminal.Facts(p.ascii)...)
			facts = append(facts,
				terminal.Fact{Name: "recordings", Value: fmt.Sprintf("%d, in the program", len(recordings.Names()))},
				terminal.Fact{Name: "own runs", Value: p.ownRuns()},
				terminal.Fact{Name: "scenarios", Value: fmt.Sprintf("%d, in the program", len(sandbox.Scenarios()))})
			facts = append(facts, p.settings.facts()...)
			if p.wantsJSON() {
				doc := map[string]string{}
				for _, f := range facts {
					if before, more := doc[f.Name]; more {
						f.Value = before + "; " + f.Value
					}
					doc[f.Name] = f.Value
				}
				return p.writeJSON(doc)
			}
			for _, f := range facts {
				fmt.Fprintf(p.stdout, "%-10s  %s\n", f.Name, p.spelled(theme.SafeText(f.Value)))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&keys, "keys", false, "list the actions and their keys instead")
	return c
}

// listKeys prints the actions by their names, each with its keys and what it does.
func (p *program) listKeys() error {
	type row struct {
		Action string   `json:"action"`
		Keys   []string `json:"keys"`
		Does   string   `json:"does"`
	}
	var rows []row
	width := 0
	for _, b := range p.settings.bindings {
		rows = append(rows, row{string(b.Action), keymap.Written(b.Keys()), b.Help().Desc})
		width = max(width, len(b.Action))
	}
	if p.wantsJSON() {
		return p.writeJSON(rows)
	}
	for _, r := range rows {
		fmt.Fprintf(p.stdout, "%-*s  %-15s  %s\n", width, r.Action, strings.Join(r.Keys, " "), r.Does)
	}
	return nil
}

// ownRuns says where runs are recorded, and how many there are.
func (p *program) ownRuns() string {
	folder, err := kept.Folder()
	if err != nil {
		return "not recorded: " + err.Error()
	}
	all, err := kept.List()
	if err != nil {
		return "not recorded: " + err.Error()
	}
	return fmt.Sprintf("%d of at most %d recorded, in %s", len(all), p.settings.Keep, folder)
}

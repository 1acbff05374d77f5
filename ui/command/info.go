package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/flow/kept"
	"doorstep/flow/sandbox"
	"doorstep/recordings"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

func (p *program) infoCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "info",
		Short:             "Print version, terminal and folders, for a report of a fault",
		Args:              takes(0, 0, ""),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			facts := append([]terminal.Fact{{Name: "version", Value: buildVersion()}}, terminal.Facts(p.ascii)...)
			facts = append(facts,
				terminal.Fact{Name: "recordings", Value: fmt.Sprintf("%d, in the program", len(recordings.Names()))},
				terminal.Fact{Name: "own runs", Value: ownRuns()},
				terminal.Fact{Name: "scenarios", Value: fmt.Sprintf("%d, in the program", len(sandbox.Scenarios()))})
			if p.wantsJSON() {
				doc := map[string]string{}
				for _, f := range facts {
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
}

// ownRuns says where runs are recorded, and how many there are.
func ownRuns() string {
	folder, err := kept.Folder()
	if err != nil {
		return "not recorded: " + err.Error()
	}
	all, err := kept.List()
	if err != nil {
		return "not recorded: " + err.Error()
	}
	return fmt.Sprintf("%d of at most %d recorded, in %s", len(all), kept.Most, folder)
}

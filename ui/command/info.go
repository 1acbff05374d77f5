package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/flow/sandbox"
	"doorstep/recordings"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

func (p *program) infoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Print version, terminal and folders, for a bug report",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			facts := append([]terminal.Fact{{Name: "version", Value: buildVersion()}}, terminal.Facts(p.ascii)...)
			facts = append(facts,
				terminal.Fact{Name: "recordings", Value: fmt.Sprintf("%d, in the program", len(recordings.Names()))},
				terminal.Fact{Name: "scenarios", Value: fmt.Sprintf("%d, in the program", len(sandbox.Scenarios()))})
			if p.wantsJSON() {
				doc := map[string]string{}
				for _, f := range facts {
					doc[f.Name] = f.Value
				}
				return p.writeJSON(doc)
			}
			for _, f := range facts {
				fmt.Fprintf(p.stdout, "%-10s  %s\n", f.Name, theme.SafeText(f.Value))
			}
			return nil
		},
	}
}

package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/flow/diagnose"
	"doorstep/ui/text"
)

func (p *program) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [FINDING]",
		Short: "Print one entry of the catalogue of causes, or name them all",
		Args:  takes(0, 1, ""),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var ids []string
			for _, c := range diagnose.Catalogue() {
				ids = append(ids, c.ID+"\t"+c.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, c := range diagnose.Catalogue() {
					fmt.Fprintf(p.stdout, "%-28s %s\n", c.ID, c.Title)
				}
				return nil
			}
			c, ok := diagnose.CauseOf(args[0])
			if !ok {
				return fmt.Errorf("no finding %q%s; doorstep explain names them all", args[0],
					didYouMean(args[0], findingNames(), ""))
			}
			return text.Explain(p.stdout, c, p.spellsOut())
		},
	}
}

func findingNames() []string {
	var names []string
	for _, c := range diagnose.Catalogue() {
		names = append(names, c.ID)
	}
	return names
}

package command

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"doorstep/flow/tour"
	"doorstep/ui"
	"doorstep/ui/keymap"
	"doorstep/ui/terminal"
	"doorstep/ui/text"
	uitour "doorstep/ui/tour"
)

func (p *program) learnCommand() *cobra.Command {
	var list, restart bool
	c := &cobra.Command{
		Use:   "learn [CHAPTER]",
		Short: "Take the tour: real handshakes, with questions",
		Long: `Learn is a tour of the remote join handshake for those who know HTTP and JSON
and nothing of Matrix. Real handshakes of the sandbox are stopped wherever there
is something to see; the next step is done once a question is answered. It goes
on where it was left, unless --no-record keeps it from being noted.

Where there is no terminal, and with --plain or --linear, the tour is printed,
with the answers at the end of each chapter; export --lesson makes a page of it.`,
		Example: `  doorstep learn
  doorstep learn failures
  doorstep learn --list
  doorstep learn --plain | less`,
		Args: takes(0, 1, ""),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var offers []string
			for _, c := range tour.Chapters() {
				if len(args) == 0 {
					offers = append(offers, c.Name+"\t"+c.Title)
				}
			}
			return offers, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			chapters := tour.Chapters()
			name := ""
			if len(args) == 1 {
				name = args[0]
				one, err := chapterOf(chapters, name)
				if err != nil {
					return err
				}
				chapters = []tour.Chapter{one}
			}
			if restart {
				if err := forgetTour(); err != nil {
					return err
				}
			}
			return p.learn(c.Context(), chapters, name, list)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "name the chapters and their stops")
	c.Flags().BoolVar(&restart, "restart", false, "forget how far you were, and begin anew")
	return c
}

// learn shows the tour, from a chapter on if one was asked for, or prints its chapters.
func (p *program) learn(ctx context.Context, chapters []tour.Chapter, name string, list bool) error {
	spelled := func(s string) string { return uitour.Spelled(s, p.keyOf) }
	switch {
	case p.wantsJSON():
		return p.writeJSON(withKeys(chapters, spelled))
	case list:
		return text.Chapters(p.stdout, chapters, p.spellsOut())
	case p.form != nil || p.linear || !terminal.ShowsScreen():
		return text.Tour(p.stdout, chapters, spelled, p.spellsOut())
	}
	t := p.tour()
	t.Open, t.Chapter = true, name
	return p.screen(ctx, ui.Options{Tour: t})
}

// withKeys gives chapters with the keys that their texts name.
func withKeys(chapters []tour.Chapter, spelled func(string) string) []tour.Chapter {
	chapters = slices.Clone(chapters)
	for i := range chapters {
		chapters[i].Stops = slices.Clone(chapters[i].Stops)
		for j := range chapters[i].Stops {
			chapters[i].Stops[j].Text = spelled(chapters[i].Stops[j].Text)
		}
	}
	return chapters
}

// keyOf spells the key of an action.
func (p *program) keyOf(a keymap.Action) string { return keymap.KeyOf(p.settings.bindings, a) }

func chapterOf(chapters []tour.Chapter, name string) (tour.Chapter, error) {
	var names []string
	for _, c := range chapters {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return tour.Chapter{}, fmt.Errorf("no chapter %q%s; doorstep learn --list names them all", name,
		didYouMean(name, names, ""))
}

// forgetTour forgets how far somebody has come.
func forgetTour() error {
	path, err := tourFile()
	if err != nil {
		return nil // nothing was kept either
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

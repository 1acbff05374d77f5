package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/termenv"
	"github.com/spf13/cobra"

	"doorstep/flow/sandbox"
	"doorstep/recordings"
	"doorstep/ui"
)

// A fact is one line of what doorstep info prints.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (p *program) infoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Print what a report of a fault should hold: version, terminal, folders",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			facts := p.facts()
			if p.json || p.ndjson {
				doc := map[string]string{}
				for _, f := range facts {
					doc[strings.ReplaceAll(f.Name, " ", "_")] = f.Value
				}
				return p.writeJSON(doc)
			}
			for _, f := range facts {
				fmt.Fprintf(p.stdout, "%-10s  %s\n", f.Name, ui.SafeText(f.Value))
			}
			return nil
		},
	}
}

// facts is what is known about the program and where it runs. The terminal is asked nothing.
func (p *program) facts() []fact {
	size := "not a terminal"
	if term.IsTerminal(os.Stdout.Fd()) {
		size = "unknown"
		if width, height, err := term.GetSize(os.Stdout.Fd()); err == nil {
			size = fmt.Sprintf("%dx%d", width, height)
		}
	}
	shows := "lines: there is no terminal that can show a screen"
	if ui.IsTerminal() {
		shows = "the screen"
	}
	program, err := os.Executable()
	if err != nil {
		program = "unknown: " + err.Error()
	}
	folder, err := os.Getwd()
	if err != nil {
		folder = "unknown: " + err.Error()
	}
	return []fact{
		{"version", buildVersion()},
		{"go", runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{"program", program},
		{"folder", folder},
		{"TERM", orUnset(os.Getenv("TERM"))},
		{"size", size},
		{"colours", colours()},
		{"characters", characters(p.ascii)},
		{"shows", shows},
		{"recordings", fmt.Sprintf("%d, in the program", len(recordings.Names()))},
		{"scenarios", fmt.Sprintf("%d, in the program", len(sandbox.Scenarios()))},
		{"settings", "none are kept: no file is read or written that was not named"},
	}
}

// colours says how many colours the environment promises.
func colours() string {
	if os.Getenv("NO_COLOR") != "" {
		return "none: NO_COLOR is set"
	}
	switch termenv.EnvColorProfile() {
	case termenv.TrueColor:
		return "16 million"
	case termenv.ANSI256:
		return "256"
	case termenv.ANSI:
		return "16"
	}
	return "none"
}

func characters(ascii bool) string {
	switch {
	case ascii:
		return "ASCII: --ascii was given"
	case !ui.SpeaksUTF8():
		return "ASCII: the locale does not say UTF-8"
	}
	return "UTF-8"
}

func orUnset(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

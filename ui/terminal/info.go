package terminal

import (
	"fmt"
	"os"
	"runtime"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/termenv"
)

// A Fact is one line of what a report of a fault should hold.
type Fact struct{ Name, Value string }

// Facts is what is known about where the program runs: terminal, characters, folders. The terminal is asked nothing.
// ascii says that ASCII was asked for.
func Facts(ascii bool) []Fact {
	size := "not a terminal"
	if term.IsTerminal(os.Stdout.Fd()) {
		size = "unknown"
		if width, height, err := term.GetSize(os.Stdout.Fd()); err == nil {
			size = fmt.Sprintf("%dx%d", width, height)
		}
	}
	shows := "lines: there is no terminal that can show a screen"
	if ShowsScreen() {
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
	return []Fact{
		{"go", runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{"program", program},
		{"folder", folder},
		{"TERM", orUnset(os.Getenv("TERM"))},
		{"size", size},
		{"colours", colours()},
		{"characters", characters(ascii)},
		{"shows", shows},
		{"settings", "none are kept"},
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
	case !SpeaksUTF8():
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

package command

import (
	"bytes"
	"strings"
	"testing"

	"doorstep/render"
)

// Where the locale does not say UTF-8, lines are ASCII; and lines are as wide as they are said to be, but for words
// that are wider alone and commands that can be copied.
func TestLinesInAnyLocale(t *testing.T) {
	for _, args := range [][]string{
		{"replay", "banned", "--plain"}, {"replay", "public-v12", "--plain", "--all-checks"}, {"verify", "public-v12"},
		{"explain", "banned"}, {"explain"}, {"learn"}, {"learn", "--list"},
		{"sandbox", "--list"}, {"replay", "--list"}, {"info"}, {"man"},
		{"man", "join"}, {"--help"}, {"join", "--help"}, {"join"}, {"sandbox", "bannd"}, {"join", "foo"},
	} {
		for locale, ascii := range map[string]bool{"C": true, "C.UTF-8": false} {
			t.Setenv("LC_ALL", locale)
			var stdout, stderr bytes.Buffer
			Run(args, &stdout, &stderr)
			said := stdout.String() + stderr.String()
			if i := strings.IndexFunc(said, func(c rune) bool { return c > '~' }); ascii && i >= 0 {
				t.Errorf("%s %q: not ASCII: %.80s", locale, args, said[max(0, i-40):])
			}
		}
	}
}

func TestLinesAreBroken(t *testing.T) {
	for _, args := range [][]string{
		{"replay", "banned", "--plain"}, {"replay", "public-v12", "--plain", "--all-checks"},
		{"replay", "synapse-and-dendrite-dry-run", "--plain"}, {"verify", "public-v12", "--all-checks"},
	} {
		var stdout, stderr bytes.Buffer
		Run(args, &stdout, &stderr)
		for _, line := range strings.Split(stdout.String(), "\n") {
			words := strings.Fields(line)
			if len(words) > 1 && words[0] != "try:" && render.Width(line) > 80 && render.Width(words[len(words)-1]) < 60 {
				t.Errorf("%q: %s", args, line)
			}
		}
	}
}

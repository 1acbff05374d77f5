package tour

import (
	"regexp"
	"strings"

	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

var action = regexp.MustCompile(`\{[a-z ]+\}`)

// Spelled is a text of the tour with the keys of the actions that it names in braces.
func Spelled(text string, press func(keymap.Action) string) string {
	return action.ReplaceAllStringFunc(text, func(name string) string {
		return press(keymap.Action(strings.Trim(name, "{}")))
	})
}

// wrapped is a text of the tour as drawn lines of at most width cells. What stands in backquotes is set off, and loses
// them.
func wrapped(l theme.Look, text string, width, hang int, plain func(...string) string) []string {
	var out []string
	literal := false
	for _, line := range theme.Wrap(l.Own(Spelled(text, l.Press)), width, hang) {
		drawn := ""
		for i, part := range strings.Split(line, "`") {
			if i > 0 {
				literal = !literal
			}
			if part == "" {
				continue
			}
			if literal {
				drawn += l.Key.Render(part)
			} else {
				drawn += plain(part)
			}
		}
		out = append(out, drawn)
	}
	return out
}

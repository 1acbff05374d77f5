package pane

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"doorstep/render"
	"doorstep/ui/theme"
)

// lead is the first line of a window in which a line stands with what is around it: a third of the way down.
func lead(line, height int) int { return max(line-height/3, 0) }

// markedLine marks what is searched for in a line of prose, and the line where the cursor is on it. What goes on from
// the line before keeps its look.
func markedLine(l theme.Look, line string, find render.Needle, cursor bool) string {
	width := render.Width(ansi.Strip(line))
	line = withMatches(l, line, find)
	if cursor {
		line = l.Styles.Cursor.Render(l.Glyphs.Cursor) + strings.TrimPrefix(line, " ")
	}
	return theme.Fit(line, width)
}

// withMatches marks what is searched for in a line; one that holds none of that stays as it is.
func withMatches(l theme.Look, line string, needle render.Needle) string {
	if needle.Empty() {
		return line
	}
	plain, marked := strings.TrimRight(ansi.Strip(line), " "), ""
	finder, from := needle.In([]byte(plain)), 0
	for at := finder.Next(0, len(plain)); at >= 0; at = finder.Next(from, len(plain)) {
		marked += plain[from:at] + l.Match.Render(plain[at:finder.End()])
		from = finder.End()
	}
	if marked == "" {
		return line
	}
	return marked + plain[from:]
}

package pane

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"doorstep/render"
	"doorstep/ui/theme"
)

// A foundAt is the byte of a text that a search led to, and the line that shows it.
type foundAt struct {
	is          bool
	offset      int
	line, width int // as last laid out
}

// Find marks the line of a text that shows a byte of it, or none where it is negative. scroll brings it into view.
func (c *Content) Find(offset int, scroll bool) {
	if c.Text == nil || offset < 0 {
		c.found = foundAt{}
		return
	}
	if at := (foundAt{is: true, offset: offset}); !c.found.is || c.found.offset != offset || c.found.width != c.width {
		at.line, at.width = c.Text.LineOf(offset), c.width
		c.found = at
	}
	if scroll {
		c.Top = lead(c.found.line, c.height)
		c.Settle()
	}
}

// lead is the first line of a window in which a line stands with what is around it: a third of the way down.
func lead(line, height int) int { return max(line-height/3, 0) }

// drawFound marks the line that a search led to among those of a window.
func (c *Content) drawFound(l theme.Look, lines []string, needle render.Needle) []string {
	y := c.found.line - c.Top
	if !c.found.is || y < 0 || y >= len(lines) {
		return lines
	}
	lines = slices.Clone(lines) // they are kept as they were drawn
	plain := strings.TrimRight(ansi.Strip(lines[y]), " ")
	text, width := "", render.Width(ansi.Strip(lines[y]))
	finder, from := needle.In([]byte(plain)), 0
	for at := finder.Next(0, len(plain)); at >= 0; at = finder.Next(from, len(plain)) {
		text += plain[from:at] + l.Match.Render(plain[at:finder.End()])
		from = finder.End()
	}
	text += plain[from:]
	if text == plain { // it goes on from the line before: that keeps its look
		text = lines[y]
	}
	lines[y] = theme.Fit(l.Styles.Cursor.Render(l.Glyphs.Cursor)+strings.TrimPrefix(text, " "), width)
	return lines
}

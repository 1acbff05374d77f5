package pane

import (
	"slices"

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

// drawFound marks the line that a search led to among those of a window.
func (c *Content) drawFound(l theme.Look, lines []string, needle render.Needle) []string {
	y := c.found.line - c.Top
	if !c.found.is || y < 0 || y >= len(lines) {
		return lines
	}
	lines = slices.Clone(lines) // they are kept as they were drawn
	lines[y] = markedLine(l, lines[y], needle, true)
	return lines
}

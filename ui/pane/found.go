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
		c.Cursor, c.Top = c.found.line, lead(c.found.line, c.height)
		c.Settle()
	}
}

// drawText marks the line that the cursor is on among those of a window, where it shows, and in the line that a search
// led to what was searched for.
func (c *Content) drawText(l theme.Look, lines []string, cursor bool, needle render.Needle) []string {
	lines = slices.Clone(lines) // they are kept as they were drawn
	for y := range lines {
		on, found := cursor && c.Top+y == c.Cursor, c.found.is && c.Top+y == c.found.line
		switch {
		case found:
			lines[y] = markedLine(l, lines[y], needle, on)
		case on:
			lines[y] = markedLine(l, lines[y], render.Needle{}, true)
		}
	}
	return lines
}

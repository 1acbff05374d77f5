package story

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"doorstep/render"
	"doorstep/ui/theme"
)

// WideEnough is how many cells two texts need to stand next to each other; with fewer, one stands below the other.
const WideEnough = 72

// columns are two texts, each with a title, that say the same of two times.
type columns struct {
	look  theme.Look
	left  column
	right column
}

// A column is one of them. All of it is drawable.
type column struct {
	title string
	texts []string
}

// all is a column as it is searched.
func (c column) all() string { return c.title + " " + strings.Join(c.texts, "\n") }

// below is a column on its own: the title goes before the first paragraph.
func (c column) below(width int) []string {
	lines := theme.Wrap(c.title+" "+c.texts[0], width, 2)
	for _, text := range c.texts[1:] {
		lines = append(lines, theme.Wrap(text, width, 0)...)
	}
	return lines
}

// narrow is a column under its title.
func (c column) narrow(width int) []string {
	lines := theme.Wrap(c.title, width, 0)
	for _, text := range c.texts {
		lines = append(lines, theme.Wrap(text, width, 0)...)
	}
	return lines
}

// columnWidth is the room for each of two columns.
func columnWidth(width int) int { return (width - 3) / 2 }

func (c *columns) wrap(width int) []string {
	text, key := c.look.Text, c.look.Key
	if width < WideEnough {
		var out []string
		for _, side := range []column{c.left, c.right} {
			for i, line := range side.below(width) {
				if rest, ok := strings.CutPrefix(line, side.title); ok && i == 0 {
					out = append(out, key.Render(side.title)+text.Render(rest))
					continue
				}
				out = append(out, text.Render(line))
			}
		}
		return out
	}
	room := columnWidth(width)
	var out []string
	between := " " + c.look.Border.Render(c.look.Glyphs.Lane) + " "
	for i, row := range Abreast(c.left.narrow(room), c.right.narrow(room), room) {
		style := text
		if i == 0 {
			style = key
		}
		out = append(out, style.Render(row[0])+between+style.Render(row[1]))
	}
	return out
}

// Abreast pairs lines that stand next to each other, the left ones filled up to room cells.
func Abreast(left, right []string, room int) [][2]string {
	rows := make([][2]string, max(len(left), len(right)))
	for i := range rows {
		if i < len(left) {
			rows[i][0] = left[i]
		}
		if i < len(right) {
			rows[i][1] = right[i]
		}
		rows[i][0] += strings.Repeat(" ", max(room-render.Width(rows[i][0]), 0))
	}
	return rows
}

// lineOf is the line that shows what comes after so many characters that are no blanks.
func (c *columns) lineOf(width, before int) int {
	if width < WideEnough {
		return lineAfter(append(c.left.below(width), c.right.below(width)...), before)
	}
	room := columnWidth(width)
	if n := inked(c.left.all()); before >= n {
		return lineAfter(c.right.narrow(room), before-n)
	}
	return lineAfter(c.left.narrow(room), before)
}

// lineAfter returns which of the lines of a paragraph shows what comes after so many characters; blanks, which wrapping
// adds and takes away, do not count.
func lineAfter(wrapped []string, before int) int {
	for i, line := range wrapped {
		if before -= inked(ansi.Strip(line)); before < 0 {
			return i
		}
	}
	return len(wrapped) - 1
}

// inked counts the characters of a text that are no blanks.
func inked(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

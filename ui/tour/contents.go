package tour

import (
	"fmt"

	"doorstep/flow/tour"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// Contents is the tour as the reader goes through it: the list of its chapters, and what of them is done.
type Contents struct {
	theme.Look
	*course
	cursor int
}

// New returns the contents of a tour of which something is done already. The cursor is on the chapter to go on with.
func New(l theme.Look, chapters []tour.Chapter, p Progress) *Contents {
	c := &Contents{Look: l, course: newCourse(chapters, p)}
	c.toUndone()
	return c
}

// toUndone puts the cursor on the chapter that was looked at last, or the first after it that is not done.
func (c *Contents) toUndone() {
	c.cursor, _, _ = tour.Find(c.chapters, c.at)
	for range c.chapters {
		if c.doneIn(c.cursor) < len(c.chapters[c.cursor].Stops) {
			return
		}
		c.cursor = (c.cursor + 1) % len(c.chapters)
	}
}

// Progress is how far the reader is.
func (c *Contents) Progress() Progress { return c.progress() }

// Chapter is the chapter under the cursor, and the stop to begin it at.
func (c *Contents) Chapter() (chapter, stop int) { return c.cursor, c.entry(c.cursor) }

// To puts the cursor on the chapter of that name; false where there is none.
func (c *Contents) To(name string) bool {
	for i := range c.chapters {
		if c.chapters[i].Name == name {
			c.cursor = i
			return true
		}
	}
	return false
}

// Stop is a stop of a chapter; nil where there is none.
func (c *Contents) Stop(chapter, stop int) *tour.Stop {
	if chapter < 0 || chapter >= len(c.chapters) || stop < 0 || stop >= len(c.chapters[chapter].Stops) {
		return nil
	}
	return &c.chapters[chapter].Stops[stop]
}

// Reached notes the stop that is looked at.
func (c *Contents) Reached(s *tour.Stop) { c.at = s.Name }

// Answered notes that the question of a stop has been answered.
func (c *Contents) Answered(s *tour.Stop) { c.done[s.Name] = true }

// Finished notes that a chapter is through: the cursor goes to the one to go on with.
func (c *Contents) Finished(chapter int) {
	c.cursor = chapter
	if next := c.Stop(chapter+1, 0); next != nil {
		c.cursor = chapter + 1
	}
}

// Panel returns the panel of a stop.
func (c *Contents) Panel(chapter, stop int) *Panel {
	s := c.Stop(chapter, stop)
	p := newPanel(c.Look, s, fmt.Sprintf("%d of %d", stop+1, len(c.chapters[chapter].Stops)), c.chapters[chapter].Title)
	if c.done[s.Name] {
		p.answered, p.byReader = true, true // with the text in view
	}
	return p
}

// Move moves the cursor.
func (c *Contents) Move(a keymap.Action) {
	n := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActToFirst: -len(c.chapters),
		keymap.ActToLast: len(c.chapters), keymap.ActPageUp: -len(c.chapters), keymap.ActPageDown: len(c.chapters),
		keymap.ActHalfUp: -2, keymap.ActHalfDown: 2}[a]
	c.cursor = min(max(c.cursor+n, 0), len(c.chapters)-1)
}

// Introduction says what the tour is.
const Introduction = "Real handshakes between servers inside this program, stopped wherever there is something to " +
	"see, with a question before each next step. All you need to know is HTTP and JSON; nothing about Matrix."

// Draw returns the list of chapters as exactly height lines of width cells.
func (c *Contents) Draw(width, height int, notice, footer string) []string {
	head := []string{" " + c.Title.Render("Doorstep") + "  the tour"}
	if height >= 20 {
		head = append(head, "")
		for _, line := range theme.Wrap(Introduction, min(width-2, textCells), 0) {
			head = append(head, " "+c.Dim.Render(line))
		}
	}
	lines := append(head, "")
	for i := range c.chapters {
		lines = append(lines, c.lines(i, width, height)...)
	}
	status := ""
	if notice != "" {
		status = " " + c.Warn.Render(c.Safe(notice, width-1))
	}
	lines = append(theme.Box(lines, width, height-2), theme.Fit(status, width), theme.Fit(footer, width))
	return theme.Box(lines, width, height)
}

// lines are those of one chapter.
func (c *Contents) lines(i, width, height int) []string {
	chapter := &c.chapters[i]
	mark, style := "  ", c.Text
	if i == c.cursor {
		mark, style = c.Cursor.Render(c.Glyphs.Cursor)+" ", c.Selected
	}
	n, all := c.doneIn(i), len(chapter.Stops)
	state, look := fmt.Sprintf("%d of %d", n, all), c.Dim
	if n == all {
		state, look = c.Glyphs.OK+" "+state, c.OK
	}
	const cells = 10
	line := " " + mark + style.Render(c.Safe(c.Own(chapter.Title), max(width-cells-4, 1)))
	out := []string{theme.Fit(theme.Fit(line, width-cells-1)+look.Render(state), width)}
	for _, l := range theme.Wrap(c.Own(chapter.About), min(width-4, textCells), 0) {
		out = append(out, "   "+c.Dim.Render(l))
	}
	if height >= 20 {
		out = append(out, "")
	}
	return out
}

// ChapterAt is the chapter that is drawn on line y of a screen of that size; false where there is none.
func (c *Contents) ChapterAt(y, width, height int) (int, bool) {
	at := len(c.Draw(width, height, "", "")) - height + 2
	if height >= 20 {
		at += 1 + len(theme.Wrap(Introduction, min(width-2, textCells), 0))
	}
	for i := range c.chapters {
		n := len(c.lines(i, width, height))
		if y >= at && y < at+n {
			return i, true
		}
		at += n
	}
	return 0, false
}

// Select puts the cursor on a chapter; false where it was there.
func (c *Contents) Select(i int) bool {
	was := c.cursor
	c.cursor = i
	return was != i
}

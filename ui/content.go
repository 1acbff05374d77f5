package ui

import (
	"doorstep/flow"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A content is what a pane shows: a document, prose, the explained diff, or the events of an answer. It keeps where in it the reader is.
type content struct {
	doc  *render.Document
	text *story.Prose
	diff *render.Diff
	// The events of the answer, with a cursor of their own that outlives c; top and cursor of c stay 0.
	events *events

	diffLines  []string // as last laid out
	diffStarts []int    // the line each change starts on
	layout     render.DiffLayout

	cursor, top, left int // lines and cells; in a diff the cursor counts changes
	width, height     int // as last laid out
}

// layOut prepares c for a size and brings the cursor into view.
func (c *content) layOut(l theme.Look, width, height int) {
	c.width, c.height = width, height
	switch {
	case c.events != nil:
		c.events.layOut(l, width, height)
		return
	case c.doc != nil:
		c.doc.View(l.Styles, l.Glyphs, width, 1, 0, -1, render.ViewOptions{}) // tells it the width, on which its lines depend
	case c.text != nil:
		c.text.LayOut(width)
	case c.diff != nil:
		c.diff.Cursor = c.cursor
		c.diffLines, c.diffStarts = c.diff.Draw(l.Styles, l.Glyphs, width, c.layout)
	}
	c.settle()
}

// lines is the number of lines there are.
func (c *content) lines() int {
	switch {
	case c.doc != nil:
		return c.doc.Lines()
	case c.text != nil:
		return len(c.text.Lines)
	}
	return len(c.diffLines)
}

// settle keeps cursor and window within what there is, and the cursor within the window.
func (c *content) settle() {
	last := max(c.lines()-c.height, 0)
	switch {
	case c.doc != nil:
		c.cursor = max(min(c.cursor, c.lines()-1), 0)
		c.top = max(min(c.top, c.cursor), c.cursor-c.height+1)
	case c.diff != nil && len(c.diffStarts) > 0:
		c.cursor = max(min(c.cursor, len(c.diffStarts)-1), 0)
		start, end := c.diffStarts[c.cursor], len(c.diffLines)
		if c.cursor+1 < len(c.diffStarts) {
			end = c.diffStarts[c.cursor+1]
		}
		c.top = min(max(c.top, end-c.height), start)
		if c.cursor == 0 {
			c.top = 0
		}
	}
	c.top = max(min(c.top, last), 0)
}

// move goes n lines or changes on; where there is no cursor it scrolls.
func (c *content) move(n int) {
	if c.events != nil {
		c.events.move(n)
		return
	}
	if c.doc != nil || c.diff != nil {
		c.cursor += n
	} else {
		c.top += n
	}
	c.settle()
}

// page goes half a window on for every half.
func (c *content) page(halves int) {
	n := halves * max(c.height/2, 1)
	if c.diff != nil {
		n = halves * 2
	}
	c.move(n)
}

// end goes to the first line, or to the last.
func (c *content) end(last bool) {
	if c.events != nil {
		c.events.end(last)
		return
	}
	c.cursor, c.top = 0, 0
	if last {
		c.cursor, c.top = c.lines(), c.lines()
	}
	c.settle()
}

// scroll moves the window, and the cursor only as far as it has to.
func (c *content) scroll(n int) {
	if c.doc == nil {
		c.move(n)
		return
	}
	c.top = max(min(c.top+n, c.lines()-c.height), 0)
	c.cursor = max(min(c.cursor, c.top+c.height-1), c.top)
	c.settle()
}

// draw returns c as exactly height lines of width cells. The cursor shows where the pane has the keys.
func (c *content) draw(l theme.Look, width, height int, focused bool, find string) []string {
	switch {
	case c.events != nil:
		return c.events.draw(l, width, height)
	case c.doc != nil:
		cursor := -1
		if focused {
			cursor = c.cursor
		}
		return c.doc.View(l.Styles, l.Glyphs, width, height, c.top, cursor, render.ViewOptions{Left: c.left, Find: []byte(find)})
	case c.text != nil:
		return c.text.Draw(width, height, c.top)
	}
	return theme.Box(c.diffLines[min(c.top, len(c.diffLines)):], width, height)
}

// path is the JSON pointer of the line the cursor is on; empty where there is none.
func (c *content) path() string {
	if c == nil || c.doc == nil {
		return ""
	}
	return string(c.doc.PathAt(c.cursor))
}

// diffOf gives the explained differences as render draws them: those of our join, or of our leave.
func diffOf(l theme.Look, changes []flow.Change, leave bool) *render.Diff {
	d := &render.Diff{Left: "protoevent, as received", Right: "join event, as signed"}
	if leave {
		d.Left, d.Right = "leave template, as received", "leave event, as signed"
	}
	for _, c := range changes {
		d.Changes = append(d.Changes, render.Change{
			Path: render.Untrusted(c.Path), Kind: render.ChangeKind(c.Kind),
			From: render.Untrusted(c.From), To: render.Untrusted(c.To),
			Why: render.Untrusted(l.Own(c.Why)), Source: render.Untrusted(c.Source),
		})
	}
	return d
}

func between(n, low, high int) int { return max(min(n, high), low) }

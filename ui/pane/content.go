package pane

import (
	"doorstep/flow/explain"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A Content is what a pane shows: a document, prose, the explained diff, or the events of an answer. It keeps where
// in it the reader is.
type Content struct {
	Doc *render.Document
	// Received is the document of what came where Doc is another form of it; nil: Doc is what came.
	Received *render.Document
	Notice   string // drawn above it: what the reader should know, besides what the document says itself
	Caption  string // drawn above it: what it is, and what else there is
	Counts   string // of a comparison: how much differs
	Text     *story.Prose
	Diff     *render.Diff
	About    story.Pointed  // what all of Diff is about
	Sides    []explain.Body // that the paths of Diff lead into, that of the later first
	// The events of the answer, with a cursor of their own that outlives c; top and cursor of c stay 0.
	Events *Events

	differs  []render.Change // of a comparison: what differs
	alike    alike           // ... and what does not
	unfolded bool            // ... which is shown

	diffLines  []string // as last laid out
	diffStarts []int    // the line each change starts on
	Layout     render.DiffLayout

	caption []string // as last laid out
	notice  []string
	found   foundAt

	Cursor, Top, Left int // lines and cells; in a diff the cursor counts changes
	width, height     int // as last laid out
}

// alike is what is equal in a comparison.
type alike struct {
	drawn []render.Change
	all   int    // of which those are drawn that there is room for
	word  string // for each and for all of them
	folds string // what is said of them while they are folded
	shows string // ... and while they are not
}

// Canonical shows the body as canonical JSON, which is what is hashed and signed; false where there is none.
func (c *Content) Canonical() bool {
	if c.Doc == nil || c.Received != nil {
		return false
	}
	canonical, ok := story.Canonical(c.Doc.Raw())
	if !ok {
		return false
	}
	c.Received, c.Doc = c.Doc, render.NewDocument(canonical, nil)
	c.Doc.SetMode(render.Raw)
	c.Doc.SetTitle("canonical JSON: keys sorted, no spaces")
	return true
}

// AsReceived shows the body as it came again.
func (c *Content) AsReceived() {
	if c.Received != nil {
		c.Doc, c.Received = c.Received, nil
	}
}

// LayOut prepares c for a size and brings the cursor into view.
func (c *Content) LayOut(l theme.Look, width, height int) {
	c.caption, c.notice = nil, nil
	if c.Caption != "" && height > 2 {
		c.caption = theme.Wrap(l.Safe(c.Caption, story.CellsOfText), width-2, 0)
		c.caption = c.caption[:min(len(c.caption), 2, height/2)]
		height -= len(c.caption)
	}
	if c.Notice != "" && height > 2 {
		c.notice = theme.Wrap(l.Safe(c.Notice, story.CellsOfText), width-2, 0)
		c.notice = c.notice[:min(len(c.notice), height/2)]
		height -= len(c.notice)
	}
	c.width, c.height = width, height
	switch {
	case c.Events != nil:
		c.Events.layOut(l, width, height)
		return
	case c.Doc != nil:
		c.Doc.View(l.Styles, l.Glyphs, width, 1, 0, -1, render.ViewOptions{}) // tells it the width, on which its lines depend
	case c.Text != nil:
		paragraph, into := c.Text.Place(c.Cursor)
		if c.Text.LayOut(width); paragraph >= 0 { // the cursor stays on what it is on
			c.Cursor = c.Text.LineAt(paragraph, into)
		}
	case c.Diff != nil:
		c.Diff.Cursor = c.Cursor
		c.diffLines, c.diffStarts = c.Diff.Draw(l.Styles, l.Glyphs, width, c.Layout)
	}
	c.Settle()
}

// lines is the number of lines there are.
func (c *Content) lines() int {
	switch {
	case c.Doc != nil:
		return c.Doc.Lines()
	case c.Text != nil:
		return len(c.Text.Lines)
	}
	return len(c.diffLines)
}

// Settle keeps cursor and window within what there is, and the cursor within the window.
func (c *Content) Settle() {
	last := max(c.lines()-c.height, 0)
	switch {
	case c.Doc != nil, c.Text != nil:
		c.Cursor = max(min(c.Cursor, c.lines()-1), 0)
		c.Top = max(min(c.Top, c.Cursor), c.Cursor-c.height+1)
	case c.Diff != nil && len(c.diffStarts) > 0:
		c.Cursor = max(min(c.Cursor, len(c.diffStarts)-1), 0)
		start, end := c.diffStarts[c.Cursor], len(c.diffLines)
		if c.Cursor+1 < len(c.diffStarts) {
			end = c.diffStarts[c.Cursor+1]
		}
		c.Top = min(max(c.Top, end-c.height), start)
		if c.Cursor == 0 {
			c.Top = 0
		}
	}
	c.Top = max(min(c.Top, last), 0)
}

// Move goes n lines or changes on.
func (c *Content) Move(n int) {
	if c.Events != nil {
		c.Events.Move(n)
		return
	}
	c.Cursor += n
	c.Settle()
}

// Page goes half a window on for every half.
func (c *Content) Page(halves int) {
	n := halves * max(c.height/2, 1)
	if c.Diff != nil {
		n = halves * 2
	}
	c.Move(n)
}

// ToEnd goes to the first line, or to the last.
func (c *Content) ToEnd(last bool) {
	if c.Events != nil {
		c.Events.ToEnd(last)
		return
	}
	c.Cursor, c.Top, c.Left = 0, 0, 0
	if last {
		c.Cursor, c.Top = c.lines(), c.lines()
	}
	c.Settle()
}

// Do moves as an action asks.
func (c *Content) Do(a keymap.Action) {
	switch a {
	case keymap.ActUp:
		c.Move(-1)
	case keymap.ActDown:
		c.Move(1)
	case keymap.ActPageUp:
		c.Page(-2)
	case keymap.ActPageDown:
		c.Page(2)
	case keymap.ActHalfUp:
		c.Page(-1)
	case keymap.ActHalfDown:
		c.Page(1)
	case keymap.ActToFirst:
		c.ToEnd(false)
	case keymap.ActToLast:
		c.ToEnd(true)
	}
}

// Scroll moves the window, and the cursor only as far as it has to.
func (c *Content) Scroll(n int) {
	switch {
	case c.Events != nil:
		c.Events.scroll(n)
		return
	case c.Diff != nil:
		c.Move(n)
		return
	}
	c.Top = max(min(c.Top+n, c.lines()-c.height), 0)
	c.Cursor = max(min(c.Cursor, c.Top+c.height-1), c.Top)
	c.Settle()
}

// GoTo puts the cursor of a document on the byte at an offset, which comes into view in as many columns, and with it
// what is around it.
func (c *Content) GoTo(offset, width int, g render.Glyphs) {
	c.Cursor = c.Doc.Reveal(offset)
	c.Top = lead(c.Cursor, c.height)
	c.Left = c.Doc.Scroll(offset, width, g)
	c.Settle()
}

// Draw returns c as exactly height lines of width cells. The cursor shows where the pane has the keys.
func (c *Content) Draw(l theme.Look, width, height int, focused bool, find render.Needle) []string {
	var out []string
	for _, line := range c.caption[:min(len(c.caption), height)] {
		out = append(out, theme.Fit(" "+l.Dim.Render(line), width))
	}
	for _, line := range c.notice[:min(len(c.notice), height-len(out))] {
		out = append(out, theme.Fit(" "+l.Warn.Render(line), width))
	}
	return append(out, c.draw(l, width, height-len(out), focused, find)...)
}

// Click puts the cursor of a document or a text on the line drawn y lines below the top of the pane, or that of the
// events on what is drawn there.
func (c *Content) Click(x, y int) {
	switch {
	case c.Events != nil:
		c.Events.Click(x, y)
	case c.Doc != nil, c.Text != nil:
		c.Cursor = c.Top + y - len(c.caption) - len(c.notice)
		c.Settle()
	}
}

func (c *Content) draw(l theme.Look, width, height int, focused bool, find render.Needle) []string {
	switch {
	case c.Events != nil:
		return c.Events.draw(l, width, height, focused, find)
	case c.Doc != nil:
		cursor := -1
		if focused {
			cursor = c.Cursor
		}
		return c.Doc.View(l.Styles, l.Glyphs, width, height, c.Top, cursor, render.ViewOptions{Left: c.Left,
			Find: find})
	case c.Text != nil:
		return c.drawText(l, c.Text.Draw(width, height, c.Top), focused, find)
	}
	return theme.Box(c.diffLines[min(c.Top, len(c.diffLines)):], width, height)
}

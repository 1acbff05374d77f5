package pane

import "doorstep/render"

// field is the document under the cursor and the line of it, that of a body or of a page; nil where the cursor is on
// something else.
func (c *Content) field() (doc *render.Document, line int) {
	switch {
	case c == nil:
		return nil, 0
	case c.Doc != nil:
		return c.Doc, c.Cursor
	case c.Events != nil && c.Events.Page() != nil:
		return c.Events.Page().field()
	}
	return nil, 0
}

// Path is the JSON pointer of the field under the cursor; empty where there is none.
func (c *Content) Path() string {
	if doc, line := c.field(); doc != nil {
		return string(doc.PathAt(line))
	}
	return ""
}

// Key is the name of the field under the cursor, or the index of an element.
func (c *Content) Key() string {
	if doc, line := c.field(); doc != nil {
		return string(doc.KeyAt(line))
	}
	return ""
}

// JQ is the path of the field under the cursor as jq wants it.
func (c *Content) JQ() string {
	if doc, line := c.field(); doc != nil {
		return string(doc.JQAt(line))
	}
	return ""
}

// Value is the field under the cursor as it came; nil where there is none.
func (c *Content) Value() []byte {
	if doc, line := c.field(); doc != nil {
		return doc.ValueAt(line)
	}
	return nil
}

// Folds reports whether c has a body, or an event, whose fields can be folded.
func (c *Content) Folds() bool {
	switch {
	case c == nil:
		return false
	case c.Events != nil && c.Events.Page() != nil:
		doc, _ := c.Events.Page().fields()
		return doc != nil
	}
	return c.Doc != nil && c.Doc.Mode() == render.Pretty
}

// FoldTo leaves so many levels open, or with 0 all of them. The cursor stays on its field, or goes to what hides it.
func (c *Content) FoldTo(levels int) {
	if c.Events != nil {
		c.Events.Page().foldTo(levels)
		return
	}
	offset := c.Doc.Offset(c.Cursor)
	if levels == 0 {
		c.Doc.UnfoldAll()
	} else {
		c.Doc.FoldAll(levels)
	}
	c.Cursor = c.Doc.At(offset)
	c.Settle()
}

// Sideways folds what is under the cursor, or with 1 unfolds it, or scrolls to the side where there is nothing to fold.
func (c *Content) Sideways(n int) {
	const cells = 8
	switch {
	case c.Events != nil:
		if p := c.Events.Page(); p != nil && p.Kind != GraphPage {
			p.sideways(n, cells)
		}
	case c.Diff != nil:
		c.UnfoldEqual(n > 0)
	case c.Doc == nil:
	case n > 0 && c.Doc.Unfold(c.Cursor):
	case n > 0:
		c.Left += cells
	case c.Left > 0:
		c.Left = max(c.Left-cells, 0)
	case c.Doc.Mode() == render.Pretty:
		c.Cursor = c.Doc.Fold(c.Cursor)
	}
}

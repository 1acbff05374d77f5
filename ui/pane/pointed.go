package pane

import (
	"doorstep/flow/event"
	"doorstep/ui/story"
)

// Pointed is what the cursor of c is on, but for a body: the scene knows which object that is.
func (c *Content) Pointed() story.Pointed {
	switch {
	case c == nil:
		return story.Pointed{}
	case c.Events != nil:
		return c.Events.pointed()
	case c.Text != nil:
		return c.Text.AboutLine(c.Cursor)
	case c.Diff != nil:
		return c.changed()
	}
	return story.Pointed{}
}

// Offers reports whether the cursor is on a line of a text that offers something to be explained.
func (c *Content) Offers() bool { return c != nil && c.Text != nil && c.Text.Offers(c.Cursor) }

// changed is the field that the cursor of a diff is on, in the later of the two that has it. On a line that stands for
// others, and in what is no object whose fields are known, it is what all of the diff is about.
func (c *Content) changed() story.Pointed {
	if c.Cursor >= len(c.Diff.Changes) || c.OnEqual() || len(c.Sides) == 0 {
		return c.About
	}
	path := string(c.Diff.Changes[c.Cursor].Path)
	p := story.Pointed{Path: path}
	for _, side := range c.Sides {
		p.Body = side
		if _, there := side.At(path); there {
			break
		}
	}
	return p
}

// pointed is what the cursor of the list or of a page is on: the type of an event, a field, what a line is about.
func (ev *Events) pointed() story.Pointed {
	p := ev.Page()
	switch {
	case p == nil && ev.shown.View == ServersView:
		return story.OfTerm("server name")
	case p == nil && ev.shown.View == ChartsView:
		return story.OfTerm("event")
	case p != nil && p.Kind != GraphPage:
		return p.pointed(ev)
	}
	id, where := ev.Current()
	of := story.OfType(ev.typeOf(id, where))
	of.Listed = p == nil
	return of
}

// pointed is the field, or what the line is about, that the cursor of a page is on.
func (p *EventPage) pointed(ev *Events) story.Pointed {
	part, first := p.partAt(p.cursor)
	switch {
	case part == nil:
		return story.Pointed{}
	case part.doc == nil:
		return part.Text.AboutLine(p.cursor - first)
	}
	if path := string(part.doc.PathAt(p.cursor - first)); path != "" {
		return story.FieldOf(path, part.doc.Raw())
	}
	typ, _ := event.GetString(part.doc.Raw(), "type")
	return story.OfType(typ)
}

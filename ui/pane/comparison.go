package pane

import (
	"fmt"
	"slices"

	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/story"
)

// mostCompared is how many changes are drawn of one comparison, and how many values that are equal.
const mostCompared = 400

// Comparison shows how two documents compare: what differs first, then what is equal, folded.
func Comparison(c story.Comparison) *Content {
	out := &Content{Diff: &render.Diff{Left: render.Untrusted(c.Left), Right: render.Untrusted(c.Right)}}
	for _, x := range c.Changes[:min(len(c.Changes), mostCompared)] {
		out.differs = append(out.differs, changeOf(x))
	}
	if more := len(c.Changes) - mostCompared; more > 0 {
		out.differs = append(out.differs, render.Change{Kind: render.Replaced, Word: "more",
			Path: render.Untrusted(wording.Count(more, "further difference") + " not drawn")})
	}
	out.alike = alike{all: len(c.Equal), word: c.Word, folds: c.Folded, shows: c.Shown}
	for _, x := range c.Equal[:min(len(c.Equal), mostCompared)] {
		out.alike.drawn = append(out.alike.drawn, changeOf(x))
	}
	out.layEqual()
	out.Counts = c.Counts()
	return out
}

func changeOf(x story.ComparedValue) render.Change {
	return render.Change{Path: render.Untrusted(x.Path), Kind: x.Kind, Word: x.Word, From: render.Untrusted(x.A),
		To: render.Untrusted(x.B), Why: render.Untrusted(x.Why), Source: render.Untrusted(x.Source)}
}

// layEqual has the values that are equal stand below those that differ, or one line for all of them.
func (c *Content) layEqual() {
	c.Diff.Changes = c.differs[:len(c.differs):len(c.differs)]
	says := c.alike.folds
	if c.unfolded {
		if says = c.alike.shows; c.alike.all > len(c.alike.drawn) {
			says += fmt.Sprintf("; the first %d are drawn", len(c.alike.drawn))
		}
	}
	c.Diff.Changes = append(c.Diff.Changes,
		render.Change{Kind: render.Copied, Word: c.alike.word, Path: render.Untrusted(says)})
	if c.unfolded {
		c.Diff.Changes = append(c.Diff.Changes, c.alike.drawn...)
	}
}

// UnfoldEqual shows the values of a comparison that are equal, or folds them away; false where there is nothing to do.
func (c *Content) UnfoldEqual(unfold bool) bool {
	if c.Diff == nil || c.alike.all == 0 || c.unfolded == unfold {
		return false
	}
	c.unfolded = unfold
	c.layEqual()
	return true
}

// OnEqual reports whether the cursor is on the line that stands for the values that are equal.
func (c *Content) OnEqual() bool {
	return c.Diff != nil && c.alike.all > 0 && c.Cursor == len(c.differs)
}

// Unfolded reports whether the values that are equal are shown.
func (c *Content) Unfolded() bool { return c.unfolded }

// ToField puts the cursor of a document or a comparison on a field, unfolding what hides it.
func (c *Content) ToField(path render.Untrusted) {
	switch {
	case c.Doc != nil:
		if line, ok := c.Doc.LineOf(path); ok {
			c.Cursor, c.Top = line, max(line-1, 0)
		}
	case c.Diff != nil:
		if slices.ContainsFunc(c.alike.drawn, func(x render.Change) bool { return x.Path == path }) {
			c.UnfoldEqual(true)
		}
		if i := slices.IndexFunc(c.Diff.Changes, func(x render.Change) bool { return x.Path == path }); i >= 0 {
			c.Cursor = i
		}
	}
}

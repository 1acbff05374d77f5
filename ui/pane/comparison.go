package pane

import (
	"fmt"

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
		out.Diff.Changes = append(out.Diff.Changes, changeOf(x))
	}
	if more := len(c.Changes) - mostCompared; more > 0 {
		out.Diff.Changes = append(out.Diff.Changes, render.Change{Kind: render.Replaced, Word: "more",
			Path: render.Untrusted(wording.Count(more, "further difference") + " not drawn")})
	}
	out.whole = out.Diff.Changes
	for _, x := range c.Equal[:min(len(c.Equal), mostCompared)] {
		out.equal = append(out.equal, changeOf(x))
	}
	out.equals, out.word, out.folds, out.shows = len(c.Equal), c.Word, c.Folded, c.Shown
	out.layEqual()
	return out
}

func changeOf(x story.ComparedValue) render.Change {
	return render.Change{Path: render.Untrusted(x.Path), Kind: x.Kind, Word: x.Word, From: render.Untrusted(x.A),
		To: render.Untrusted(x.B), Why: render.Untrusted(x.Why), Source: render.Untrusted(x.Source)}
}

// layEqual has the values that are equal stand below those that differ, or one line for all of them.
func (c *Content) layEqual() {
	c.Diff.Changes = c.whole[:len(c.whole):len(c.whole)]
	says := c.folds
	if c.unfolded {
		if says = c.shows; c.equals > len(c.equal) {
			says += fmt.Sprintf("; the first %d are drawn", len(c.equal))
		}
	}
	c.Diff.Changes = append(c.Diff.Changes,
		render.Change{Kind: render.Copied, Word: c.word, Path: render.Untrusted(says)})
	if c.unfolded {
		c.Diff.Changes = append(c.Diff.Changes, c.equal...)
	}
}

// UnfoldEqual shows the values of a comparison that are equal, or folds them away; false where there is nothing to do.
func (c *Content) UnfoldEqual(unfold bool) bool {
	if c.Diff == nil || c.equals == 0 || c.unfolded == unfold {
		return false
	}
	c.unfolded = unfold
	c.layEqual()
	return true
}

// OnEqual reports whether the cursor is on the line that stands for the values that are equal.
func (c *Content) OnEqual() bool { return c.Diff != nil && c.equals > 0 && c.Cursor == len(c.whole) }

// Unfolded reports whether the values that are equal are shown.
func (c *Content) Unfolded() bool { return c.unfolded }

package render

import "cmp"

// A ChangeKind says what happened to a field on the way from one text to the other.
type ChangeKind string

// The kinds of change.
const (
	Copied   ChangeKind = "copied"
	Replaced ChangeKind = "replaced"
	Added    ChangeKind = "added"
	Removed  ChangeKind = "removed"
)

func (k ChangeKind) sign(g Glyphs) (string, ink) {
	switch k {
	case Copied:
		return g.Copied, inkCopied
	case Replaced:
		return g.Replaced, inkReplaced
	case Added:
		return g.Added, inkAdded
	case Removed:
		return g.Removed, inkRemoved
	}
	return "?", inkText
}

// A Change is what happened to one field.
type Change struct {
	Path     Untrusted // JSON pointer
	Kind     ChangeKind
	Word     string    // in place of the kind, in at most as many cells as the longest; empty: the kind says it
	From, To Untrusted // JSON text; empty where there is none
	Why      Untrusted // in words
	Source   Untrusted // section of the spec that asks for it
}

// A Diff explains how one text became another, field by field.
type Diff struct {
	Left, Right Untrusted // what the sides are
	Changes     []Change
	Cursor      int // the selected change; -1 for none
}

// A DiffLayout says where the two values of a field stand.
type DiffLayout int

// The layouts.
const (
	DiffAuto    DiffLayout = iota // side by side from 80 columns on
	SideBySide                    // left and right
	UnifiedDiff                   // one under the other
)

const (
	sideWidth  = 80
	valueLines = 8 // a longer value is cut
	whyLines   = 6
	diffIndent = 4
)

// Draw returns all lines of d, each of exactly width cells, and for every change the line it starts on. A change is a
// line with its kind and path, its values, and why it happened with the section that asks for it.
func (d Diff) Draw(st Styles, g Glyphs, width int, layout DiffLayout) (lines []string, starts []int) {
	c := newCanvas(width, 0, g)
	v := diffView{canvas: c, side: layout == SideBySide || layout == DiffAuto && width >= sideWidth}
	v.titles(d)
	for i, change := range d.Changes {
		starts = append(starts, v.y)
		v.change(change, i == d.Cursor)
	}
	return c.lines(&st), starts
}

type diffView struct {
	*canvas
	side bool
	y    int // the next free line
}

// columns returns where the values of the two sides start and how wide they are.
func (v *diffView) columns() (left, right, width int) {
	width = max((v.w-diffIndent-3)/2, 1)
	return diffIndent, diffIndent + width + 3, width
}

func (v *diffView) titles(d Diff) {
	left, right, width := v.columns()
	v.need(2)
	if v.side {
		v.text(left, 0, width, d.Left, inkHeader)
		v.text(right, 0, width, d.Right, inkHeader)
	} else {
		x := v.glyph(gutter, 0, v.g.Removed, inkRemoved)
		x = v.text(x+1, 0, (v.w-8)/2, d.Left, inkHeader) + 2
		x = v.glyph(x, 0, v.g.Added, inkAdded)
		v.text(x+1, 0, v.w-x-1, d.Right, inkHeader)
	}
	v.fill(0, 1, v.w, v.g.Rule, inkLane)
	v.y = 2
}

func (v *diffView) change(c Change, selected bool) {
	v.need(v.y + 1)
	sign, k := c.Kind.sign(v.g)
	if selected {
		v.glyph(0, v.y, v.g.Cursor, inkCursor)
	}
	x := v.glyph(gutter, v.y, sign, k) + 1
	v.text(x, v.y, min(len(Replaced), v.w-x), Untrusted(cmp.Or(c.Word, string(c.Kind))), k)
	x += len(Replaced) + 2
	pathInk := inkKey
	if selected {
		pathInk = inkSelected
	}
	v.text(x, v.y, v.w-x, c.Path, pathInk)
	v.y++
	if v.side {
		v.sides(c)
	} else {
		v.unified(c)
	}
	v.why(c)
}

func (v *diffView) sides(c Change) {
	if c.Kind == Copied && c.From == "" && c.To == "" { // a line that stands for others
		return
	}
	left, right, width := v.columns()
	from, to := inkRemoved, inkAdded
	if c.Kind == Copied {
		from, to = inkCopied, inkCopied
	}
	n := max(v.block(left, v.y, width, c.From, from), v.block(right, v.y, width, c.To, to))
	for range n {
		v.fill(right-2, v.y, 1, v.g.Lane, inkLane)
		v.y++
	}
}

func (v *diffView) unified(c Change) {
	put := func(sign string, u Untrusted, k ink) {
		v.need(v.y + 1)
		v.glyph(diffIndent, v.y, sign, k)
		v.y += v.block(diffIndent+2, v.y, v.w-diffIndent-2, u, k)
	}
	if c.Kind == Copied {
		if c.To != "" {
			put(v.g.Copied, c.To, inkCopied)
		}
		return
	}
	if c.From != "" {
		put(v.g.Removed, c.From, inkRemoved)
	}
	if c.To != "" {
		put(v.g.Added, c.To, inkAdded)
	}
}

// block draws u wrapped from x, y on and returns the lines it took.
func (v *diffView) block(x, y, width int, u Untrusted, k ink) int {
	lines := v.wrapped(u, width, valueLines, false)
	v.need(y + len(lines))
	for i, line := range lines {
		v.pieces(x, y+i, line, k)
	}
	return len(lines)
}

func (v *diffView) why(c Change) {
	const most = whyLines * lineCells // bytes; more is never in view
	text, source := c.Why[:min(len(c.Why), most)], c.Source[:min(len(c.Source), most)]
	if source != "" {
		if text != "" {
			text += " "
		}
		text += "[" + source + "]"
	}
	if text == "" {
		return
	}
	for _, line := range v.wrapped(text, v.w-diffIndent, whyLines, true) {
		v.need(v.y + 1)
		v.pieces(diffIndent, v.y, line, inkDim)
		v.y++
	}
}

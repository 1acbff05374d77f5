package render

import (
	"fmt"
	"unicode/utf8"
)

// ViewOptions say how the lines of a [Document] are drawn.
type ViewOptions struct {
	Left    int    // cells scrolled to the left
	Find    Needle // where it is found is marked
	Numbers bool   // line numbers; in Raw and Hex, offsets are always shown in Hex
}

// View draws the lines from top on as exactly height lines of exactly width cells, the cursor line with a marker; a
// cursor outside the window marks none. A line too long is cut with an ellipsis: Left scrolls to the rest, and
// [Document.ValueAt] has all of it.
func (d *Document) View(st Styles, g Glyphs, width, height, top, cursor int, opt ViewOptions) []string {
	d.setWidth(width, g.ASCII)
	c := newCanvas(width, height, g)
	if len(d.raw) == 0 {
		c.text(gutter, 0, width-gutter, Untrusted("("+d.notice+")"), inkDim)
		return c.lines(&st)
	}
	v := viewer{canvas: c, d: d, top: min(max(top, 0), d.Lines()), opt: opt}
	v.opt.Left = max(opt.Left, 0)
	switch d.mode {
	case Pretty:
		v.pretty()
	case Raw:
		v.raw()
	case Hex:
		v.hex()
	}
	if cursor >= v.top && cursor-v.top < height && cursor < d.Lines() {
		y := cursor - v.top
		c.glyph(0, y, g.Cursor, inkCursor)
		v.selectLine(y)
	}
	return c.lines(&st)
}

// A viewer draws one window of a document.
type viewer struct {
	*canvas
	d    *Document
	top  int
	opt  ViewOptions
	left int // first column of text, after the gutter and line numbers
	hits []hit

	finder *Finder // of what is searched for; nil: nothing was yet
}

// A hit is where the bytes hold what is searched for.
type hit struct{ from, to int }

// A shownLine is one line of pretty-printed JSON as it is drawn.
type shownLine struct {
	line   jsonLine
	indent int
	ink    ink    // of the value
	fold   string // what stands for hidden members, after the value
	tail   string // after fold
}

func (v *viewer) pretty() {
	v.left = gutter
	total := v.d.Lines()
	if v.opt.Numbers {
		v.left += len(itoa(total)) + 1
	}
	for y := 0; y < v.h && v.top+y < total; y++ {
		line := v.top + y
		if v.opt.Numbers {
			v.text(gutter, y, v.left-gutter, Untrusted(itoa(line+1)), inkDim)
		}
		i, ok := v.d.at(line)
		if !ok {
			more := fmt.Sprintf("%s more: %d of %d bytes so far", v.g.Ellipsis, v.d.rest.pos, len(v.d.raw))
			v.pieces(v.left, y, cut(&scanner{s: more}, max(v.w-v.left, 0), v.g.Ellipsis), inkDim)
			break
		}
		v.drawLine(y, v.line(i))
	}
}

// line says how line i is drawn.
func (v *viewer) line(i int) shownLine {
	l := v.d.line(i)
	out := shownLine{line: l, indent: v.indent(l), ink: valueInk(v.d.raw[l.val])}
	next := i + 1
	switch l.kind {
	case deepLine:
		out.ink = inkText
	case openLine:
		if !v.d.isFolded(i) {
			return out
		}
		out.fold, out.tail = v.g.Ellipsis, string(v.d.raw[l.val]+2) // the closing bracket, in ASCII
		if l.link >= 0 {
			out.fold += itoa(int(v.d.line(int(l.link)).n))
		}
		next = v.d.last(i) + 1
	}
	if next < v.d.lines.n {
		if after := v.d.line(next); after.kind != closeLine && after.parent == l.parent {
			out.tail += ","
		}
	}
	return out
}

func (v *viewer) indent(l jsonLine) int { return min(int(l.depth)*indent, v.w/2) }

// valueInk is the look of a value that begins with c, or of a bracket.
func valueInk(c byte) ink {
	switch {
	case c == '"':
		return inkString
	case c == '-' || c >= '0' && c <= '9':
		return inkNumber
	case c == 't' || c == 'f' || c == 'n':
		return inkLiteral
	}
	return inkPunct
}

// drawLine draws what of a line is in view. However long it is, it looks no further.
func (v *viewer) drawLine(y int, l shownLine) {
	x := v.left + l.indent - v.opt.Left
	from, end := int(l.line.off), int(l.line.end)
	if l.line.keyed {
		key := v.d.keyEnd(l.line)
		if x = v.draw(x, y, from, key, inkKey); x <= v.w {
			x = v.own(x, y, ":", inkPunct) + 1
		}
		from = int(l.line.val)
	}
	if l.line.kind == scalarLine && l.ink == inkPunct && x <= v.w { // an empty container, without blanks inside
		x = v.draw(x, y, from, from+1, l.ink)
		from = end - 1
	}
	if x <= v.w {
		x = v.draw(x, y, from, end, l.ink)
	}
	if x <= v.w {
		x = v.own(x, y, l.fold, inkDim)
		x = v.own(x, y, l.tail, inkPunct)
	}
	if x > v.w {
		w := Width(v.g.Ellipsis)
		v.fill(v.w-w, y, w, " ", inkDim)
		v.glyph(v.w-w, y, v.g.Ellipsis, inkDim)
	}
}

// own draws text of ours.
func (v *viewer) own(x, y int, text string, k ink) int {
	s := scanner{s: text}
	for p, ok := s.next(); ok; p, ok = s.next() {
		x = v.put(x, y, p, k)
	}
	return x
}

// draw draws the bytes from from to end, of which column x is the first, as far as they are in view. The column it
// returns is that after them; one beyond the view when they go on there.
func (v *viewer) draw(x, y, from, end int, k ink) int {
	s := scanner{ascii: v.g.ASCII}
	from += v.d.skip(&s, from, end, v.left-x, end-from)
	x += s.col
	to := min(end, from+(v.w+1)*(1+marksKept)*utf8.UTFMax)
	s.s = string(v.d.raw[from:to])
	v.find(from, to)
	for at := from; x <= v.w; {
		p, ok := s.next()
		if !ok {
			break
		}
		as := k
		if v.hit(at) {
			as = inkMatch
		}
		x = v.put(x, y, p, as)
		at += p.n
	}
	if s.s != "" || to < end {
		return v.w + 1
	}
	return x
}

// put draws a piece unless it lies left of the text and returns the column after it.
func (v *viewer) put(x, y int, p piece, k ink) int {
	if x >= v.left {
		if p.esc {
			k = inkEscape
		}
		v.set(x, y, p, k)
	}
	return x + p.w
}

// find looks for what is searched for in the bytes from from to to, or across their ends.
func (v *viewer) find(from, to int) {
	v.hits = v.hits[:0]
	if v.opt.Find.Empty() {
		return
	}
	if v.finder == nil {
		v.finder = v.opt.Find.In(v.d.raw)
	}
	for at := v.finder.Next(v.opt.Find.reach(v.d.raw, from), to); at >= 0; at = v.finder.Next(v.finder.End(), to) {
		v.hits = append(v.hits, hit{at, v.finder.End()})
	}
}

// hit reports whether the byte at an offset, which is no less than that of the call before, is of a hit.
func (v *viewer) hit(at int) bool {
	for len(v.hits) > 0 && v.hits[0].to <= at {
		v.hits = v.hits[1:]
	}
	return len(v.hits) > 0 && v.hits[0].from <= at
}

// selectLine shows which line the cursor is on without taking the colours away.
func (v *viewer) selectLine(y int) {
	for x := range v.w {
		if at := &v.cells[y*v.w+x]; at.ink == inkText && at.r != ' ' {
			at.ink = inkSelected
		}
	}
}

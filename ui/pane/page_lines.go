package pane

import (
	"slices"
	"sort"

	"doorstep/render"
	"doorstep/ui/theme"
)

// lines is how many lines a page of text has, as last laid out.
func (p *EventPage) lines() int {
	n := 0
	for _, part := range p.Parts {
		n += part.lines()
	}
	return n
}

// partAt is the part that holds a line, and the first line of it; nil where there is no such line.
func (p *EventPage) partAt(line int) (part *pagePart, first int) {
	for i := range p.Parts {
		n := p.Parts[i].lines()
		if line < first+n {
			return &p.Parts[i], first
		}
		first += n
	}
	return nil, first
}

// settle keeps the cursor within what there is, and in view.
func (p *EventPage) settle() {
	if p.Kind == GraphPage {
		p.cursor = Between(p.cursor, 0, max(len(p.tree.Rows)-1, 0))
		p.top = max(min(p.top, p.cursor), p.cursor-max(p.treeHeight(), 1)+1, 0)
		return
	}
	p.cursor = Between(p.cursor, 0, max(p.lines()-1, 0))
	p.top = Between(max(min(p.top, p.cursor), p.cursor-p.height+1), 0, max(p.lines()-p.height, 0))
}

// drawLines draws as many lines from top on as there are, height at most.
func (p *EventPage) drawLines(l theme.Look, width, height, top, cursor int, find render.Needle) []string {
	var out []string
	for len(out) < height {
		at := top + len(out)
		part, first := p.partAt(at)
		if part == nil {
			break
		}
		n := min(part.lines()-(at-first), height-len(out))
		if part.doc != nil {
			out = append(out, part.doc.View(l.Styles, l.Glyphs, width, n, at-first, cursor-first,
				render.ViewOptions{Left: p.left, Find: find})...)
			continue
		}
		for y, line := range part.Text.Draw(width, n, at-first) {
			out = append(out, markedLine(l, line, find, at+y == cursor))
		}
	}
	return out
}

// fields is the document of a page, with the first line that shows it; nil where the page has none.
func (p *EventPage) fields() (doc *render.Document, first int) {
	for _, part := range p.Parts {
		if part.doc != nil {
			return part.doc, first
		}
		first += part.lines()
	}
	return nil, 0
}

// field is the document of a page and the line of it that the cursor is on; nil where the cursor is elsewhere.
func (p *EventPage) field() (doc *render.Document, line int) {
	doc, first := p.fields()
	if doc == nil || p.cursor < first || p.cursor >= first+doc.Lines() {
		return nil, 0
	}
	return doc, p.cursor - first
}

// foldTo leaves so many levels of the event open, or with 0 all of them. A cursor on a field stays on it, or goes to
// what hides it.
func (p *EventPage) foldTo(levels int) {
	doc, first := p.fields()
	if doc == nil {
		return
	}
	on, line := p.field()
	offset := doc.Offset(line)
	if levels == 0 {
		doc.UnfoldAll()
	} else {
		doc.FoldAll(levels)
	}
	if on != nil {
		p.cursor = first + doc.At(offset)
	}
	p.settle()
}

// sideways folds or unfolds the field under the cursor, or scrolls lines that are too long.
func (p *EventPage) sideways(n, cells int) {
	doc, line := p.field()
	switch {
	case doc != nil && n > 0 && doc.Unfold(line):
	case doc != nil && n < 0 && p.left == 0:
		p.cursor += doc.Fold(line) - line
	default:
		p.left = max(p.left+n*cells, 0)
	}
	p.settle()
}

// hits are all places of a page that hold what is searched for, from the top down.
func (p *EventPage) hits(needle render.Needle) []hit {
	var out []hit
	in := func(part int, raw []byte) {
		finder := needle.In(raw)
		for at := finder.Next(0, len(raw)); at >= 0; at = finder.Next(finder.End(), len(raw)) {
			out = append(out, hit{part, at})
		}
	}
	for i, part := range p.Parts {
		if part.doc != nil {
			in(i, part.doc.Raw())
		} else {
			in(i, part.Text.Bytes())
		}
	}
	for row := range p.tree.Rows {
		words := []byte(p.rowWords(row))
		if needle.In(words).Next(0, len(words)) >= 0 {
			out = append(out, hit{0, row})
		}
	}
	return out
}

// lineOf is the line that shows a hit, or what hides it; in a tree the row.
func (p *EventPage) lineOf(h hit) int {
	if p.Kind == GraphPage {
		return h.at
	}
	first := 0
	for _, part := range p.Parts[:h.part] {
		first += part.lines()
	}
	if part := p.Parts[h.part]; part.doc != nil {
		return first + part.doc.At(h.at)
	}
	return first + p.Parts[h.part].Text.LineOf(h.at)
}

// Seek puts the cursor on the next place that holds what is searched for, or with direction -1 on the one before. It
// returns which of how many that is, counted from 1, and whether it went around the end; of none there is nothing.
func (p *EventPage) Seek(needle render.Needle, direction int, g render.Glyphs) (k, n int, wrapped bool) {
	found := p.hits(needle)
	if n = len(found); n == 0 {
		return 0, 0, false
	}
	k = slices.Index(found, p.sought)
	if k >= 0 && p.lineOf(p.sought) == p.cursor {
		k += direction
	} else { // from the line the reader is on
		k = sort.Search(n, func(i int) bool { return p.lineOf(found[i]) >= p.cursor })
		if direction < 0 {
			k--
		}
	}
	if wrapped = k < 0 || k >= n; wrapped {
		k = (k + n) % n
	}
	p.sought = found[k]
	p.show(p.sought, g)
	return k + 1, n, wrapped
}

// show puts the cursor on a hit, opens what hides it, and brings it into view with what is around it.
func (p *EventPage) show(h hit, g render.Glyphs) {
	if p.Kind != GraphPage {
		if doc := p.Parts[h.part].doc; doc != nil {
			doc.Reveal(h.at)
			p.left = doc.Scroll(h.at, p.width, g)
		}
	}
	p.cursor = p.lineOf(h)
	if p.cursor < p.top || p.cursor >= p.top+p.height {
		p.top = lead(p.cursor, p.height)
	}
	p.settle()
}

// rowWords are the words of a row of the tree.
func (p *EventPage) rowWords(row int) string {
	n := p.tree.Nodes[p.tree.Rows[row].Node]
	return string(n.ID + " " + n.Label)
}

package story

import (
	"bytes"
	"sort"
)

// Bytes returns p as it is searched: a paragraph a line, as if there were room for each.
func (p *Prose) Bytes() []byte {
	var b bytes.Buffer
	for _, a := range p.Paras {
		b.WriteString(a.Label + a.Text)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// LineOf returns the line, as last laid out, that shows the byte at an offset of Bytes.
func (p *Prose) LineOf(offset int) int {
	line := 0
	for _, a := range p.Paras {
		text := a.Label + a.Text
		wrapped := a.wrap(p.width)
		if offset <= len(text) && a.columns != nil {
			return line + a.columns.lineOf(p.width, inked(text[:offset]))
		}
		if offset <= len(text) {
			return line + lineAfter(wrapped, inked(text[:offset]))
		}
		offset -= len(text) + 1
		line += len(wrapped)
	}
	return max(line-1, 0)
}

// AboutLine is what a line, as last laid out, is about.
func (p *Prose) AboutLine(line int) Pointed {
	i, _ := p.Place(line)
	if i < 0 {
		return Pointed{}
	}
	return p.Paras[i].about
}

// Offers reports whether a line, as last laid out, is there to offer what it is about.
func (p *Prose) Offers(line int) bool {
	i, _ := p.Place(line)
	return i >= 0 && p.Paras[i].offers
}

// Place is the paragraph that a line shows, as last laid out, and how many lines into it; -1 where there is none.
func (p *Prose) Place(line int) (paragraph, into int) {
	if line < 0 || line >= len(p.Lines) {
		return -1, 0
	}
	i := sort.Search(len(p.starts), func(i int) bool { return p.starts[i] > line }) - 1
	return i, line - p.starts[i]
}

// LineAt is the line, as last laid out, so many lines into a paragraph, or the last one of it.
func (p *Prose) LineAt(paragraph, into int) int {
	if paragraph < 0 || paragraph >= len(p.starts) {
		return 0
	}
	end := len(p.Lines)
	if paragraph+1 < len(p.starts) {
		end = p.starts[paragraph+1]
	}
	return max(min(p.starts[paragraph]+into, end-1), 0)
}

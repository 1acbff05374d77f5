package story

import (
	"bytes"
	"unicode"

	"github.com/charmbracelet/x/ansi"
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
		if offset <= len(text) {
			return line + a.lineOf(wrapped, inked(text[:offset]))
		}
		offset -= len(text) + 1
		line += len(wrapped)
	}
	return max(line-1, 0)
}

// lineOf returns which of the lines of a shows what comes after so many characters; blanks, which wrapping adds and
// takes away, do not count.
func (a para) lineOf(wrapped []string, before int) int {
	for i, line := range wrapped {
		if before -= inked(ansi.Strip(line)); before < 0 {
			return i
		}
	}
	return len(wrapped) - 1
}

// inked counts the characters of a text that are no blanks.
func inked(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

package render

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// A Run is a piece of a [Line] with a look of its own.
type Run struct {
	Text  Untrusted
	Style lipgloss.Style
}

// Line returns the runs one after the other as one line of exactly width cells, cut with an ellipsis at the right. It
// is for bars and titles that mix our words with those of others: all of it is made safe, and what is spelled out
// gets the Escape look. Signs from [Glyphs] may be part of a run.
func Line(st Styles, g Glyphs, width int, runs ...Run) string {
	width = max(width, 0)
	var all []piece
	var of []int // the run of each piece
	used := 0
	for i, r := range runs {
		s := &scanner{s: string(r.Text[:min(len(r.Text), lineCells*8)]), ascii: g.ASCII}
		for p, ok := s.next(); ok && used <= width; p, ok = s.next() {
			all, of = append(all, p), append(of, i)
			used += p.w
		}
	}
	if used > width {
		tail := cut(&scanner{s: g.Ellipsis}, width, "")
		for used+cells(tail) > width {
			used -= all[len(all)-1].w
			all = all[:len(all)-1]
		}
		all = append(all, tail...)
		used += cells(tail)
		for len(of) < len(all) {
			of = append(of, of[len(of)-1])
		}
	}
	var b strings.Builder
	for i := 0; i < len(all); {
		from := i
		for i < len(all) && of[i] == of[from] {
			i++
		}
		writePieces(&b, all[from:i], runs[of[from]].Style, st.Escape)
	}
	return b.String() + strings.Repeat(" ", width-used)
}

// writePieces writes pieces in runs of one look.
func writePieces(b *strings.Builder, pieces []piece, plain, spelled lipgloss.Style) {
	for i := 0; i < len(pieces); {
		from := i
		for i < len(pieces) && pieces[i].esc == pieces[from].esc {
			i++
		}
		style := plain
		if pieces[from].esc {
			style = spelled
		}
		b.WriteString(style.Inline(true).Render(join(pieces[from:i])))
	}
}

// Paragraph returns u as at most lines lines of exactly width cells, broken at blanks where there are any.
func Paragraph(st Styles, g Glyphs, width, lines int, u Untrusted, style lipgloss.Style) []string {
	c := newCanvas(max(width, 0), 0, g)
	var out []string
	for _, pieces := range c.wrapped(u, width, lines, true) {
		var b strings.Builder
		writePieces(&b, pieces, style, st.Escape)
		out = append(out, b.String()+strings.Repeat(" ", max(width-cells(pieces), 0)))
	}
	return out
}

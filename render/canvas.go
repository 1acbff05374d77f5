package render

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

// An ink names one of the Styles; cells carry the name, and a theme gives it its look when lines are made.
type ink uint8

const (
	inkText ink = iota
	inkDim
	inkTitle
	inkHeader
	inkCursor
	inkSelected
	inkMark
	inkMatch
	inkLane
	inkTime
	inkRequest
	inkResponse
	inkLocal
	inkNote
	inkGhost
	inkOK
	inkWarn
	inkFail
	inkWait
	inkSkipped
	inkAdded
	inkRemoved
	inkReplaced
	inkCopied
	inkKey
	inkString
	inkNumber
	inkLiteral
	inkPunct
	inkEscape
	inkCount
)

func (st *Styles) table() [inkCount]*lipgloss.Style {
	return [inkCount]*lipgloss.Style{
		&st.Text, &st.Dim, &st.Title, &st.Header, &st.Cursor, &st.Selected, &st.Mark, &st.Match, &st.Lane, &st.Time,
		&st.Request, &st.Response, &st.Local, &st.Note, &st.Ghost, &st.OK, &st.Warn, &st.Fail, &st.Wait, &st.Skipped,
		&st.Added, &st.Removed, &st.Replaced, &st.Copied, &st.Key, &st.String, &st.Number, &st.Literal, &st.Punct, &st.Escape,
	}
}

// A cell is one column of one line. The right half of a wide character has w 0.
type cell struct {
	s   string
	w   uint8
	ink ink
}

// A canvas is a grid of cells. Drawing outside it does nothing, so callers need not clip.
type canvas struct {
	w, h  int
	cells []cell
	g     Glyphs
}

func newCanvas(w, h int, g Glyphs) *canvas {
	w, h = max(w, 0), max(h, 0)
	c := &canvas{w: w, g: g, cells: make([]cell, 0, w*h)}
	c.need(h)
	return c
}

// need makes the canvas at least h lines high.
func (c *canvas) need(h int) {
	for ; c.h < h; c.h++ {
		for range c.w {
			c.cells = append(c.cells, cell{s: " ", w: 1})
		}
	}
}

// set draws a piece at x, y. A wide character it covers half of becomes blank.
func (c *canvas) set(x, y int, p piece, k ink) {
	if p.w < 1 || x < 0 || y < 0 || y >= c.h || x+p.w > c.w {
		return
	}
	row := c.cells[y*c.w : (y+1)*c.w]
	if p.w > 2 { // a visible escape: ASCII, a cell each
		for i := range p.w {
			c.set(x+i, y, piece{s: p.s[i : i+1], w: 1}, k)
		}
		return
	}
	if row[x].w == 0 {
		row[x-1] = cell{s: " ", w: 1, ink: row[x-1].ink}
	}
	if end := x + p.w; end < c.w && row[end].w == 0 {
		row[end] = cell{s: " ", w: 1, ink: row[end].ink}
	}
	if p.w == 2 && !p.esc && len(p.s) > 2 {
		row[x], row[x+1] = cell{s: p.s, w: 2, ink: k}, cell{ink: k}
		return
	}
	if p.w == 2 {
		row[x], row[x+1] = cell{s: p.s[:1], w: 1, ink: k}, cell{s: p.s[1:], w: 1, ink: k}
		return
	}
	row[x] = cell{s: p.s, w: 1, ink: k}
}

// glyph draws one of our own signs at x, y and returns the column after it.
func (c *canvas) glyph(x, y int, s string, k ink) int {
	if len(s) == 1 {
		c.set(x, y, piece{s: s, w: 1}, k)
		return x + 1
	}
	rest := s
	for rest != "" {
		cluster, w := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
		c.set(x, y, piece{s: cluster, w: w}, k)
		x += w
		rest = rest[len(cluster):]
	}
	return x
}

// fill draws a one-cell sign n times from x, y on.
func (c *canvas) fill(x, y, n int, s string, k ink) {
	for i := range max(n, 0) {
		c.set(x+i, y, piece{s: s, w: 1}, k)
	}
}

// text draws u from x, y on in at most width cells and returns the column after it. What is spelled out gets the
// escape style.
func (c *canvas) text(x, y, width int, u Untrusted, k ink) int {
	return c.pieces(x, y, c.cut(u, width), k)
}

func (c *canvas) cut(u Untrusted, width int) []piece {
	if width <= 0 {
		return nil
	}
	return cut(&scanner{s: string(u), ascii: c.g.ASCII}, width, c.g.Ellipsis)
}

func (c *canvas) pieces(x, y int, pieces []piece, k ink) int {
	for _, p := range pieces {
		as := k
		switch {
		case p.k != inkText:
			as = p.k
		case p.esc:
			as = inkEscape
		}
		c.set(x, y, p, as)
		x += p.w
	}
	return x
}

// paint changes the style of the cells from x to end on line y that are not spelled-out text.
func (c *canvas) paint(x, end, y int, k ink) {
	if y < 0 || y >= c.h {
		return
	}
	for i := max(x, 0); i < min(end, c.w); i++ {
		if at := &c.cells[y*c.w+i]; at.ink != inkEscape {
			at.ink = k
		}
	}
}

// lines returns the canvas as h strings of w cells, one run of escape sequences per run of the same style.
func (c *canvas) lines(st *Styles) []string {
	var pens [inkCount]struct {
		before, after string
		known         bool
	}
	table := st.table()
	out := make([]string, c.h)
	var b strings.Builder
	for y := range out {
		b.Reset()
		row := c.cells[y*c.w : (y+1)*c.w]
		for x := 0; x < len(row); {
			k := row[x].ink
			pen := &pens[k]
			if !pen.known {
				pen.before, pen.after, _ = strings.Cut(table[k].Inline(true).Render("x"), "x")
				pen.known = true
			}
			b.WriteString(pen.before)
			for ; x < len(row) && row[x].ink == k; x++ {
				b.WriteString(row[x].s)
			}
			b.WriteString(pen.after)
		}
		out[y] = b.String()
	}
	return out
}

package render

import (
	"strings"
	"unicode/utf8"

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

const (
	gutter = 2 // cursor marker and a blank
	indent = 2
)

// A pen is what stands before and after text of an ink.
type pen struct{ before, after string }

// inked returns the pens of st, which a theme holds ready: it takes longer to make them than to draw with them.
func (st *Styles) inked() *[inkCount]pen {
	if st.pens != nil {
		return st.pens
	}
	var pens [inkCount]pen
	for k, style := range st.table() {
		pens[k].before, pens[k].after, _ = strings.Cut(style.Inline(true).Render("x"), "x")
	}
	return &pens
}

// A cell is one column of one line. The right half of a wide character has w 0.
type cell struct {
	r   rune // below 0: one of the clusters of the canvas
	w   uint8
	ink ink
}

// A canvas is a grid of cells. Drawing outside it does nothing, so callers need not clip.
type canvas struct {
	w, h     int
	cells    []cell
	clusters []string // characters of several runes
	g        Glyphs
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
			c.cells = append(c.cells, blankCell)
		}
	}
}

var blankCell = cell{r: ' ', w: 1}

// as returns what stands in a cell for a piece of one character.
func (c *canvas) as(s string) rune {
	r, n := utf8.DecodeRuneInString(s)
	if n == len(s) {
		return r
	}
	c.clusters = append(c.clusters, s)
	return rune(-len(c.clusters))
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
		row[x-1] = cell{r: ' ', w: 1, ink: row[x-1].ink}
	}
	if end := x + p.w; end < c.w && row[end].w == 0 {
		row[end] = cell{r: ' ', w: 1, ink: row[end].ink}
	}
	switch {
	case p.w == 1 && len(p.s) == 1:
		row[x] = cell{r: rune(p.s[0]), w: 1, ink: k}
	case p.w == 1:
		row[x] = cell{r: c.as(p.s), w: 1, ink: k}
	case !p.esc && len(p.s) > 2:
		row[x], row[x+1] = cell{r: c.as(p.s), w: 2, ink: k}, cell{ink: k}
	default:
		row[x], row[x+1] = cell{r: rune(p.s[0]), w: 1, ink: k}, cell{r: rune(p.s[1]), w: 1, ink: k}
	}
}

// glyph draws one of our own signs at x, y and returns the column after it.
func (c *canvas) glyph(x, y int, s string, k ink) int {
	if r, n := utf8.DecodeRuneInString(s); n == len(s) && (n == 1 || isSign(r)) {
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
	if len(u) > width || !isPlain(string(u)) {
		return c.pieces(x, y, c.cut(u, width), k)
	}
	for i := range len(u) {
		c.set(x+i, y, piece{s: string(u[i : i+1]), w: 1}, k)
	}
	return x + len(u)
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
	pens := st.inked()
	ends := make([]int, c.h)
	all := make([]byte, 0, c.h*c.w*5/4)
	for y := range ends {
		row := c.cells[y*c.w : (y+1)*c.w]
		for x := 0; x < len(row); {
			k := row[x].ink
			all = append(all, pens[k].before...)
			for ; x < len(row) && row[x].ink == k; x++ {
				all = c.write(all, row[x])
			}
			all = append(all, pens[k].after...)
		}
		ends[y] = len(all)
	}
	out, text, from := make([]string, c.h), string(all), 0
	for y, end := range ends {
		out[y], from = text[from:end], end
	}
	return out
}

// write appends what stands in a cell.
func (c *canvas) write(to []byte, at cell) []byte {
	switch {
	case at.w == 0:
		return to
	case at.r < 0:
		return append(to, c.clusters[-at.r-1]...)
	case at.r < utf8.RuneSelf:
		return append(to, byte(at.r))
	}
	return utf8.AppendRune(to, at.r)
}

package render

import (
	"strings"
)

// A Table is rows of text in aligned columns, such as the events of an answer.
type Table struct {
	Columns []Column
	Rows    Rows
	Marks   []Status // those the rows have: a first column says how each row stands, as glyph and word; nil: there is none
	Order   *Order   // how the rows are sorted, which the titles show; nil: they cannot be
	Cursor  int      // the selected row; -1 for none
	Top     int      // the first row wanted on screen; the cursor is kept visible all the same
	Wants   []int    // what [Table.Measure] gave; nil: it is measured each time the table is drawn
}

// Rows are the rows of a table, each made when it is drawn.
type Rows interface {
	Len() int
	Row(i int) TableRow
}

// TableRows are rows that are at hand.
type TableRows []TableRow

// Len is how many rows there are.
func (r TableRows) Len() int { return len(r) }

// Row is one of them.
func (r TableRows) Row(i int) TableRow { return r[i] }

// A Column of a [Table].
type Column struct {
	Title string
	Right bool // aligned to the right
	// Min is how many cells of a long text tell something. Goes says when the column gives way to others that would have
	// less than that: the one with the highest number first, one with 0 never. One that can go and has no Min is not cut.
	Min, Goes int
	// Whole is how many cells a column gets before one that can go has any; it is cut after the others. Where nothing is
	// left to go it may be cut to Min all the same.
	Whole int
	Parts bool // a text that does not fit loses what stands before its dots, not its end: the last part tells most
}

// An Order says by which column rows are sorted.
type Order struct {
	Column int // of Table.Columns, or one of those below
	Down   bool
}

// What is not among Table.Columns.
const (
	MarkColumn = -1 // the marks before them
	NoColumn   = -2
)

// A TableRow has a cell for each column; missing ones are empty.
type TableRow struct {
	Status Status
	Cells  []Untrusted
	Ghost  bool // drawn faintly
}

const (
	columnCap    = 60  // cells a column takes of its own accord
	columnMin    = 3   // cells it keeps when there is no room
	columnSample = 500 // rows looked at for a column's width
	columnGap    = 2
)

// Draw returns the titles, which stay while rows scroll, and the rows, as exactly height lines of exactly width cells.
// Where the columns do not fit, the least important ones go, and of the others the widest are cut first.
func (t Table) Draw(st Styles, g Glyphs, width, height int) []string {
	c := newCanvas(width, height, g)
	marks := t.markWidth(g)
	widths := t.widths(g, width-gutter-marks)
	head := t.head(height)
	if head > 0 {
		if t.Order != nil && t.Order.Column == MarkColumn && marks > 0 {
			c.glyph(gutter, 0, t.Order.arrow(g), inkHeader)
		}
		x := gutter + marks
		for i, col := range t.Columns {
			if widths[i] > 0 {
				t.cell(c, x, 0, widths[i], t.title(i, g), Column{Right: col.Right}, inkHeader)
				x += widths[i] + columnGap
			}
		}
	}
	first := t.first(height)
	for y := head; y < height && first+y-head < t.len(); y++ {
		t.row(c, y, first+y-head, marks, widths)
	}
	return c.lines(&st)
}

// title is what stands above a column: its name, and where the rows are sorted by it an arrow.
func (t Table) title(i int, g Glyphs) Untrusted {
	title := t.Columns[i].Title
	if t.Order != nil && t.Order.Column == i {
		title += " " + t.Order.arrow(g)
	}
	return Untrusted(title)
}

func (o Order) arrow(g Glyphs) string {
	if o.Down {
		return g.Down
	}
	return g.Up
}

func (t Table) len() int {
	if t.Rows == nil {
		return 0
	}
	return t.Rows.Len()
}

// RowAt returns the row drawn on line y; false for a line that shows none.
func (t Table) RowAt(height, y int) (row int, ok bool) {
	row = t.first(height) + y - t.head(height)
	return row, y >= t.head(height) && y < height && row < t.len()
}

// TitleAt returns the column whose title is drawn at x on line y; false where there is none.
func (t Table) TitleAt(g Glyphs, width, height, x, y int) (column int, ok bool) {
	marks := t.markWidth(g)
	if y != 0 || t.head(height) == 0 || x < gutter {
		return 0, false
	}
	if at := gutter + marks; x < at {
		return MarkColumn, true
	}
	at := gutter + marks
	for i, w := range t.widths(g, width-gutter-marks) {
		if w > 0 && x >= at && x < at+w+columnGap {
			return i, true
		}
		if w > 0 {
			at += w + columnGap
		}
	}
	return 0, false
}

func (t Table) head(height int) int {
	if height < 3 {
		return 0
	}
	return 1
}

// first returns the first row on screen.
func (t Table) first(height int) int {
	return firstLine(t.Top, t.Cursor, t.len(), height-t.head(height))
}

// firstLine returns the line to start at so that the cursor is among the room lines shown, as near to top as can be.
func firstLine(top, cursor, n, room int) int {
	top = min(max(top, 0), max(n-1, 0))
	if cursor < 0 || cursor >= n || room <= 0 {
		return top
	}
	return min(max(top, cursor-room+1), cursor)
}

func (t Table) row(c *canvas, y, i, marks int, widths []int) {
	r := t.Rows.Row(i)
	k := inkText
	if r.Ghost {
		k = inkGhost
	}
	if i == t.Cursor {
		c.glyph(0, y, c.g.Cursor, inkCursor)
		k = inkSelected
	}
	x := gutter
	if marks > 0 {
		c.status(x, y, r.Status)
		x += marks
	}
	for j, col := range t.Columns {
		if widths[j] == 0 {
			continue
		}
		if j < len(r.Cells) {
			t.cell(c, x, y, widths[j], r.Cells[j], col, k)
		}
		x += widths[j] + columnGap
	}
}

func (t Table) cell(c *canvas, x, y, width int, u Untrusted, col Column, k ink) {
	width = min(width, c.w-x)
	if col.Parts {
		tail := Width(c.g.Ellipsis)
		if rest := lastParts(u, c.g.ASCII, width, width-tail); rest != u {
			x = c.glyph(x, y, c.g.Ellipsis, k)
			u, width = rest, width-tail
		}
	}
	if len(u) <= width && isPlain(string(u)) { // as nearly all are
		if col.Right {
			x += width - len(u)
		}
		c.plain(x, y, string(u), k)
		return
	}
	pieces := c.cut(u, width)
	if col.Right {
		x += width - cells(pieces)
	}
	c.pieces(x, y, pieces, k)
}

// lastParts returns as many of the dotted parts of u, from the end, as fit into room cells, the last one whether it
// does or not; all of u where it fits into width.
func lastParts(u Untrusted, ascii bool, width, room int) Untrusted {
	if room <= 0 || len(u) > lineCells || measure(u, ascii, width+1) <= width {
		return u
	}
	for rest := u; ; {
		_, after, dotted := strings.Cut(string(rest), ".")
		if !dotted || after == "" {
			return rest
		}
		if rest = Untrusted(after); measure(rest, ascii, room+1) <= room {
			return rest
		}
	}
}

// plain draws printable ASCII.
func (c *canvas) plain(x, y int, s string, k ink) {
	for i := range len(s) {
		c.set(x+i, y, piece{s: s[i : i+1], w: 1}, k)
	}
}

// status draws glyph and word of s.
func (c *canvas) status(x, y int, s Status) {
	glyph, word, k := s.Glyph(c.g), s.Word(), s.ink()
	if glyph != word {
		x = c.glyph(c.glyph(x, y, glyph, k), y, " ", k)
	}
	c.plain(x, y, word, k)
}

// markWidth returns the cells of the longest status; 0 when the table has no marks.
func (t Table) markWidth(g Glyphs) int {
	w := 0
	for _, s := range t.Marks {
		w = max(w, measure(Untrusted(s.Label(g)), false, columnCap)+columnGap)
	}
	return w
}

// Measure returns how many cells each column would take, by its title and a sample of the rows.
func (t Table) Measure(g Glyphs) []int {
	out := make([]int, len(t.Columns))
	for i, col := range t.Columns {
		out[i] = measure(Untrusted(col.Title), g.ASCII, columnCap)
		if t.Order != nil && col.Title != "" { // room for the arrow, so that nothing moves when the order changes
			out[i] += 2
		}
	}
	n := min(t.len(), columnSample)
	for at := range n {
		r := t.Rows.Row(t.sampled(at, n))
		for i := range min(len(out), len(r.Cells)) {
			limit := columnCap
			if i == len(out)-1 {
				limit = lineCells
			}
			out[i] = max(out[i], measure(r.Cells[i], g.ASCII, limit))
		}
	}
	return out
}

// sampled is the row that is looked at as one of n: half of them are the first ones, which are seen first, the others
// from all over.
func (t Table) sampled(i, n int) int {
	if i < n/2 {
		return i
	}
	return i * t.len() / n
}

// widths returns the width of every column so that they fill no more than width, if that can be; 0 for columns that
// gave way.
func (t Table) widths(g Glyphs, width int) []int {
	out := make([]int, len(t.Columns))
	if copy(out, t.Wants) < len(out) {
		copy(out, t.Measure(g))
	}
	for t.leastWidth(out) > width {
		goes := -1
		for i, col := range t.Columns {
			if out[i] > 0 && col.Goes > 0 && (goes < 0 || col.Goes > t.Columns[goes].Goes) {
				goes = i
			}
		}
		if goes < 0 {
			break
		}
		out[goes] = 0
	}
	total := -columnGap
	for _, w := range out {
		if w > 0 {
			total += w + columnGap
		}
	}
	return t.narrowed(out, total, width)
}

// leastWidth is what columns take that are cut as far as they can be.
func (t Table) leastWidth(widths []int) int {
	total := -columnGap
	for i, w := range widths {
		if w > 0 {
			total += min(w, max(t.Columns[i].least(w), t.Columns[i].Whole)) + columnGap
		}
	}
	return total
}

// least is what a column that would take width cells is cut to at most.
func (c Column) least(width int) int {
	if c.Goes > 0 && c.Min == 0 {
		return width
	}
	return min(width, max(c.Min, columnMin))
}

// narrowed cuts columns that take total cells to width: the widest first, each to what it has to keep at least, and
// then further where that is not enough. Those that are to be whole come last each time.
func (t Table) narrowed(out []int, total, width int) []int {
	for _, keep := range []bool{true, false} {
		for _, whole := range []bool{false, true} {
			total = t.cutWidest(out, total, width, keep, whole)
		}
	}
	return out
}

// cutWidest cuts the columns that are to be whole, or the others, and returns what all take then.
func (t Table) cutWidest(out []int, total, width int, keep, whole bool) int {
	for ; total > width; total-- {
		widest := -1
		for i, w := range out {
			least := columnMin
			if keep {
				least = t.Columns[i].least(w)
			}
			if t.Columns[i].Whole > 0 == whole && w > least && (widest < 0 || w >= out[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		out[widest]--
	}
	return total
}

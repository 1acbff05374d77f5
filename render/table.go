package render

// A Table is rows of text in aligned columns, such as the checks of an answer or the join candidates.
type Table struct {
	Columns []Column
	Rows    []TableRow
	Marks   bool // a first column says how each row stands, as glyph and word
	Cursor  int  // the selected row; -1 for none
	Top     int  // the first row wanted on screen; the cursor is kept visible all the same
}

// A Column of a [Table].
type Column struct {
	Title string
	Width int  // cells; 0: what the content takes, within limits
	Right bool // aligned to the right
}

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
// Where columns do not fit, the widest ones are cut first.
func (t Table) Draw(st Styles, g Glyphs, width, height int) []string {
	c := newCanvas(width, height, g)
	marks := t.markWidth(g)
	widths := t.widths(g, width-gutter-marks)
	head := t.head(height)
	if head > 0 {
		x := gutter + marks
		for i, col := range t.Columns {
			t.cell(c, x, 0, widths[i], Untrusted(col.Title), col.Right, inkHeader)
			x += widths[i] + columnGap
		}
	}
	first := t.first(height)
	for y := head; y < height && first+y-head < len(t.Rows); y++ {
		t.row(c, y, first+y-head, marks, widths)
	}
	return c.lines(&st)
}

// RowAt returns the row drawn on line y; false for a line that shows none.
func (t Table) RowAt(height, y int) (row int, ok bool) {
	row = t.first(height) + y - t.head(height)
	return row, y >= t.head(height) && y < height && row < len(t.Rows)
}

func (t Table) head(height int) int {
	if height < 3 {
		return 0
	}
	return 1
}

// first returns the first row on screen.
func (t Table) first(height int) int {
	return firstLine(t.Top, t.Cursor, len(t.Rows), height-t.head(height))
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
	r := t.Rows[i]
	k := inkText
	if r.Ghost {
		k = inkGhost
	}
	if i == t.Cursor {
		c.glyph(0, y, c.g.Cursor, inkCursor)
		k = inkSelected
	}
	x := gutter
	if t.Marks {
		c.pieces(x, y, cut(&scanner{s: r.Status.Label(c.g)}, max(min(marks-columnGap, c.w-x), 0), c.g.Ellipsis),
			r.Status.ink())
		x += marks
	}
	for j, col := range t.Columns {
		if j < len(r.Cells) {
			t.cell(c, x, y, widths[j], r.Cells[j], col.Right, k)
		}
		x += widths[j] + columnGap
	}
}

func (t Table) cell(c *canvas, x, y, width int, u Untrusted, right bool, k ink) {
	pieces := c.cut(u, min(width, c.w-x))
	if right {
		x += width - cells(pieces)
	}
	c.pieces(x, y, pieces, k)
}

// markWidth returns the cells of the longest status; 0 when the table has no marks.
func (t Table) markWidth(g Glyphs) int {
	w := 0
	if t.Marks {
		var seen [NotChecked + 1]bool
		for i := range t.Rows { // all of them: a row further down may stand worse, and its word is not to be cut
			seen[t.Rows[i].Status] = true
		}
		for s, there := range seen {
			if there {
				w = max(w, measure(Untrusted(Status(s).Label(g)), false, columnCap)+columnGap)
			}
		}
	}
	return w
}

// widths returns the width of every column so that they fill no more than width, if that can be.
func (t Table) widths(g Glyphs, width int) []int {
	out := make([]int, len(t.Columns))
	total := -columnGap
	for i, col := range t.Columns {
		if out[i] = col.Width; out[i] <= 0 {
			out[i] = measure(Untrusted(col.Title), g.ASCII, columnCap)
			for _, r := range t.Rows[:min(len(t.Rows), columnSample)] {
				if i < len(r.Cells) {
					out[i] = max(out[i], measure(r.Cells[i], g.ASCII, t.cap(i, width)))
				}
			}
		}
		total += out[i] + columnGap
	}
	for ; total > width; total-- {
		widest := 0
		for i := range out {
			if out[i] >= out[widest] {
				widest = i
			}
		}
		if len(out) == 0 || out[widest] <= columnMin {
			break
		}
		out[widest]--
	}
	return out
}

// cap returns the most cells column i takes: the last one may have all there is.
func (t Table) cap(i, width int) int {
	if i == len(t.Columns)-1 {
		return max(width, 1)
	}
	return columnCap
}

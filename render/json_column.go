package render

const (
	markedFrom  = 1 << 12 // bytes of a text from which on places in it are kept
	markedEvery = 1 << 12 // cells from one place to the next
	textsMarked = 256     // texts whose places are kept
	passedAt    = 512     // bytes that are cut into pieces at a time
	longest     = (1 + marksKept) * 4
)

// skip takes s over the pieces of the bytes from from to end that lie in the first cells cells, and before byte most of
// them. It returns how many bytes that is. In a long text it goes on from where it was before, so that a step sideways
// costs the same everywhere.
func (d *Document) skip(s *scanner, from, end, cells, most int) int {
	text := d.raw[from:end]
	switch {
	case cells <= 0 || most <= 0:
		return 0
	case len(text) < markedFrom:
		return s.pass(text, 0, cells, most, nil)
	}
	if d.marks == nil || len(d.marks) >= textsMarked || d.marksASCII != s.ascii {
		d.marks, d.marksASCII = map[int]*[]mark{}, s.ascii
	}
	marks := d.marks[from]
	if marks == nil {
		marks = &[]mark{{}}
		d.marks[from] = marks
	}
	k := len(*marks) - 1
	for k > 0 && ((*marks)[k].col > cells || (*marks)[k].n > most) {
		k--
	}
	m := (*marks)[k]
	s.col, s.base, s.baseW = m.col, m.base, m.baseW
	return s.pass(text, m.n, cells, most, marks)
}

// pass takes s from byte n of text over the pieces that end in the first cells cells and before byte most, and returns
// the byte it got to. Places on the way are added to marks, unless it is nil.
func (s *scanner) pass(text []byte, n, cells, most int, marks *[]mark) int {
	for n < min(len(text), most) {
		room := min(cells-s.col, most-n)
		if marks != nil {
			next := len(*marks) * markedEvery
			if s.col >= next {
				*marks = append(*marks, mark{n, s.col, s.base, s.baseW})
				continue
			}
			room = min(room, next-s.col)
		}
		if k := plainCells(text[n:], room); k > 0 {
			n += k
			s.col += k
			s.base, s.baseW = string(text[n-1:n]), 1
			continue
		}
		to := min(n+passedAt, len(text))
		s.s = string(text[n:to])
		for first := true; first || len(s.s) > longest || to == len(text); first = false {
			before := *s
			p, ok := s.next()
			if !ok {
				break
			}
			if s.col > cells || n+p.n > most {
				*s = before
				return n
			}
			n += p.n
			if plain := s.s != "" && s.s[0] < 0x7f; plain || marks != nil && s.col >= len(*marks)*markedEvery {
				break
			}
		}
	}
	return n
}

// plainCells returns how many of the first most bytes of text are characters of ASCII, each of a cell, that what
// follows does not change.
func plainCells(text []byte, most int) int {
	n := 0
	for n < len(text) && n < most && text[n] >= ' ' && text[n] < 0x7f {
		n++
	}
	if n > 0 && n < len(text) && text[n] >= 0x80 {
		n--
	}
	return n
}

// Scroll returns how far a view of that width is scrolled to the left so that the byte at an offset is in it, which is
// on a line of its own length; 0 where lines are wrapped.
func (d *Document) Scroll(offset, width int, g Glyphs) int {
	if d.mode != Pretty || d.lines.n == 0 {
		return 0
	}
	const most = 1 << 60
	l := d.line(d.lineAt(offset))
	v := viewer{canvas: &canvas{w: width, g: g}, d: d}
	col := gutter + v.indent(l)
	s := scanner{ascii: g.ASCII}
	from, end := int(l.off), int(l.end)
	if l.keyed && offset >= int(l.val) {
		key := d.keyEnd(l)
		d.skip(&s, from, key, most, key-from)
		col += s.col + len(": ")
		s, from = scanner{ascii: g.ASCII}, int(l.val)
	}
	d.skip(&s, from, end, most, offset-from)
	if col += s.col; col < width-width/4 {
		return 0
	}
	return col - width/2
}

// keyEnd returns where the key of a line ends.
func (d *Document) keyEnd(l jsonLine) int {
	end := int(l.val)
	for d.raw[end-1] != ':' {
		end--
	}
	for end--; d.raw[end-1] != '"'; {
		end--
	}
	return end
}

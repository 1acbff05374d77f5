package render

// A span is the space of an arrow: the cells between two lanes.
type span struct {
	left, n  int // first cell and number of cells
	leftward bool
}

// arrow draws a message between two lanes in view, on line y or on y and y+1.
func (d *drawer) arrow(y int, r Row) {
	a, b := d.p.x[r.From], d.p.x[r.To]
	s := span{left: min(a, b) + 1, n: max(a, b) - min(a, b) - 1, leftward: b < a}
	shaftY := y
	if d.tall {
		shaftY = y + 1
		d.fill(s.left, y, s.n, " ", inkText)
	}
	d.fill(s.left, shaftY, s.n, " ", inkText)
	if r.Kind == Failure {
		d.failure(y, shaftY, s, r)
		return
	}
	line, k := d.g.Shaft, inkRequest
	switch {
	case r.Kind == Ghost:
		line, k = d.g.Dash, inkGhost
	case r.Waiting:
		line, k = d.g.Dash, inkWait
	case r.Kind == Response:
		k = brought(r.Status)
	}
	d.fill(s.left, shaftY, s.n, line, k)
	heads := d.heads(shaftY, s, r, k)
	text := inkText
	if r.Kind == Ghost {
		text = inkGhost
	}
	if d.tall {
		pieces := d.cutLabel(d.labelOf(r), s.n-2)
		d.pieces(s.left+(s.n-cells(pieces))/2, y, pieces, text)
		return
	}
	// A blank on either side of the label, one cell of shaft at its tail, and one before the heads.
	pieces := d.cutLabel(d.labelOf(r), s.n-heads-4)
	w := cells(pieces)
	if w == 0 {
		return
	}
	start := (s.n - w - 2) / 2
	if s.leftward {
		start = max(start, heads)
	} else {
		start = min(start, s.n-w-2-heads-1)
	}
	d.fill(s.left+start, y, w+2, " ", inkText)
	d.pieces(s.left+start+1, y, pieces, text)
}

// brought is the ink of an answer: that of what it brought.
func brought(s Status) ink {
	switch s {
	case Warn, Fail:
		return s.ink()
	}
	return inkResponse
}

// heads draws the head of r and returns its cells: doubled on another attempt, a cross on a refusal, none on an answer
// that has not come.
func (d *drawer) heads(y int, s span, r Row, k ink) int {
	if r.Kind == Response && r.Waiting {
		return 0
	}
	head, n := d.g.Right, 1
	if s.leftward {
		head = d.g.Left
	}
	if r.Kind != Response && r.Attempt > 1 {
		n = 2
	}
	if r.Status == Fail && r.Kind == Response {
		head, k = d.g.Fail, inkFail
	}
	n = min(n, s.n)
	if s.leftward {
		d.fill(s.left, y, n, head, k)
	} else {
		d.fill(s.left+s.n-n, y, n, head, k)
	}
	return n
}

// A label is text with a status before it, or none.
type label struct {
	status string
	ink    ink
	text   Untrusted
	tight  Untrusted // with less space between parts
}

func (d *drawer) labelOf(r Row) label {
	l := label{text: r.label("  ", d.tall), tight: r.label(" ", d.tall)}
	switch {
	case r.Kind == Response && r.Status == Fail: // the head says so
	case r.Waiting:
		l.status, l.ink = d.g.Wait, inkWait
	case r.Status == Warn || r.Status == Fail || r.Status == Skipped || r.Status == Wait:
		l.status, l.ink = r.Status.Label(d.g), r.Status.ink()
	}
	return l
}

// cutLabel returns l in at most width cells, the status first.
func (d *drawer) cutLabel(l label, width int) []piece {
	if width <= 0 {
		return nil
	}
	var out []piece
	if l.status != "" {
		for _, p := range d.cutOwn(Untrusted(l.status), width) {
			p.k = l.ink
			out = append(out, p)
			width -= p.w
		}
		if width < 2 || l.text == "" {
			return out
		}
		out = append(out, piece{s: " ", w: 1})
		width--
	}
	if l.tight != "" && measure(l.text, d.g.ASCII, width+1) > width {
		l.text = l.tight
	}
	return append(out, d.cut(l.text, width)...)
}

// failure draws a request that nothing came back to: the shaft stops short, and the reason stands where it stops.
func (d *drawer) failure(y, shaftY int, s span, r Row) {
	clear := min(4, max(1, (s.n-24)/4)) // blanks before the lane that was not reached
	room := max(s.n-clear, 1)
	why := d.cut(r.Reason, room-3)
	stop := 1 // the cross, a blank and the reason
	if len(why) > 0 {
		stop += 1 + cells(why)
	}
	shaft := max(room-stop, 0)
	at := func(i, w int) int { // column of w cells that start i cells from the sender
		if s.leftward {
			return s.left + s.n - i - w
		}
		return s.left + i
	}
	for i := range shaft {
		d.fill(at(i, 1), shaftY, 1, d.g.Dash, inkFail)
	}
	d.fill(at(shaft, 1), shaftY, 1, d.g.Fail, inkFail)
	d.pieces(at(shaft+2, cells(why)), shaftY, why, inkFail)
	text := label{text: r.label("  ", d.tall), tight: r.label(" ", d.tall)}
	if d.tall {
		pieces := d.cutLabel(text, s.n-2)
		d.pieces(s.left+(s.n-cells(pieces))/2, y, pieces, inkText)
		return
	}
	// Two dashes, blank, label, blank, one dash; in a tight place one dash less, or no label.
	lead := 2
	if shaft < 12 {
		lead = 1
	}
	if pieces := d.cutLabel(text, shaft-lead-3); cells(pieces) > Width(d.g.Ellipsis)+1 {
		w := cells(pieces)
		d.fill(at(lead, w+2), shaftY, w+2, " ", inkText)
		d.pieces(at(lead+1, w), shaftY, pieces, inkText)
	}
}

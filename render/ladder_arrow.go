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
		d.above(y, s, d.labelOf(r), text)
		return
	}
	// A blank on either side of the label, one cell of shaft at its tail, and one before the heads.
	inside, beyond := d.divide(r, s, s.n-heads-4)
	pieces := d.cutLabel(inside, s.n-heads-4)
	if w := cells(pieces); w > 0 {
		start := (s.n - w - 2) / 2
		if s.leftward {
			start = max(start, heads)
		} else {
			start = min(start, s.n-w-2-heads-1)
		}
		d.fill(s.left+start, y, w+2, " ", inkText)
		d.pieces(s.left+start+1, y, pieces, text)
	}
	d.beyond(y, s, d.cut(beyond, d.roomBeyond(s)), text)
}

// above draws a label on the line over a shaft: centred, or from its left end on over the lanes beyond it.
func (d *drawer) above(y int, s span, l label, k ink) {
	if pieces := d.cutLabel(l, d.p.right-s.left-2); cells(pieces) > s.n-2 && d.roomBeyond(s) > 0 {
		d.fill(s.left, y, cells(pieces)+2, " ", inkText)
		d.pieces(s.left+1, y, pieces, k)
		return
	}
	pieces := d.cutLabel(l, s.n-2)
	d.pieces(s.left+(s.n-cells(pieces))/2, y, pieces, k)
}

// roomBeyond is how many cells there are for words to the right of an arrow, which no other message of the row needs.
func (d *drawer) roomBeyond(s span) int { return max(d.p.right-(s.left+s.n)-3, 0) }

// beyond draws words to the right of an arrow, over the lanes that stand there.
func (d *drawer) beyond(y int, s span, pieces []piece, k ink) {
	if len(pieces) == 0 {
		return
	}
	x := s.left + s.n + 1
	d.fill(x, y, cells(pieces)+2, " ", inkText)
	d.pieces(x+1, y, pieces, k)
}

// divide returns what of a row stands inside a shaft that has room for width cells, and what beyond its right end: all
// inside where it fits or there is no room elsewhere, and otherwise the parts that are not whole inside beyond it.
func (d *drawer) divide(r Row, s span, width int) (inside label, beyond Untrusted) {
	const worth = 6 // cells: less says nothing
	whole := d.labelOf(r)
	if d.labelWidth(whole, width) <= width || d.roomBeyond(s) < worth {
		return whole, ""
	}
	parts := r.parts(d.tall)
	for n := len(parts) - 1; n > 0; n-- {
		inside = label{status: whole.status, ink: whole.ink, text: joined(parts[:n], "  "), tight: joined(parts[:n], " ")}
		if d.labelWidth(inside, width) <= width {
			return inside, joined(parts[n:], "  ")
		}
	}
	inside = label{status: whole.status, ink: whole.ink}
	if d.labelWidth(inside, width) > width || d.roomBeyond(s) <= width {
		return whole, ""
	}
	return inside, whole.text
}

// labelWidth returns the cells of a label with little space between its parts, or more than limit.
func (d *drawer) labelWidth(l label, limit int) int {
	w := Width(l.status)
	if l.tight == "" {
		return w
	}
	if w > 0 {
		w++
	}
	return w + measure(l.tight, d.g.ASCII, max(limit, 0)+1)
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

// failure draws a request that nothing came back to: the shaft stops short, and the reason stands where it stops. What
// was asked comes first: where there is no room for both, the reason runs on over the lanes to the right.
func (d *drawer) failure(y, shaftY int, s span, r Row) {
	shaftInk, text := inkFail, inkText
	if r.Inferred {
		shaftInk, text = inkGhost, inkGhost
	}
	shaft, asked, why := d.stop(s, r)
	at := func(i, w int) int { // column of w cells that start i cells from the sender
		if s.leftward {
			return s.left + s.n - i - w
		}
		return s.left + i
	}
	for i := range shaft {
		d.fill(at(i, 1), shaftY, 1, d.g.Dash, shaftInk)
	}
	d.fill(at(shaft, 1), shaftY, 1, d.g.Fail, shaftInk)
	if end := shaft + reasonGap + cells(why) + 1; end > s.n+1 {
		d.fill(at(shaft+1, end-shaft-1), shaftY, end-shaft-1, " ", inkText)
	}
	d.pieces(at(shaft+2, cells(why)), shaftY, why, shaftInk)
	if d.tall {
		d.above(y, s, asked, text)
		return
	}
	// Two dashes, blank, label, blank, one dash; in a tight place one dash less, or no label.
	lead := 2
	if shaft < 12 || d.labelWidth(asked, shaft) > shaft-lead-3 {
		lead = 1
	}
	if pieces := d.cutLabel(asked, shaft-lead-3); cells(pieces) > Width(d.g.Ellipsis)+1 {
		w := cells(pieces)
		d.fill(at(lead, w+2), shaftY, w+2, " ", inkText)
		d.pieces(at(lead+1, w), shaftY, pieces, text)
	}
}

// stop returns how long the shaft of a failure is, the label that stands in it, and what stands where it stops.
func (d *drawer) stop(s span, r Row) (shaft int, asked label, why []piece) {
	parts := r.parts(d.tall)
	whole := label{text: joined(parts, "  "), tight: joined(parts, " ")}
	clear := min(4, max(1, (s.n-24)/4)) // blanks before the lane that was not reached
	room := max(s.n-clear, 1)
	if d.stopped(whole, s.n)+reasonGap+measure(r.Reason, d.g.ASCII, lineCells) > room {
		shaft, asked = d.stopEarly(s, r, parts)
		return shaft, asked, d.cut(r.Reason, d.reach(s)-shaft-reasonGap)
	}
	why = d.cut(r.Reason, room-3)
	stop := 1 // the cross, a blank and the reason
	if len(why) > 0 {
		stop += 1 + cells(why)
	}
	return max(room-stop, 0), whole, why
}

// reach is how many cells there are from the sender of a message on, over the lanes beyond the other end, too.
func (d *drawer) reach(s span) int {
	if !s.leftward {
		return d.p.right - s.left
	}
	first := s.left
	for _, x := range d.p.x {
		if x >= 0 {
			first = min(first, x+2)
		}
	}
	return s.left + s.n - first
}

// stopped is how long a shaft is that holds a label and no more.
func (d *drawer) stopped(l label, limit int) int {
	const around = 4 // dashes and blanks
	if d.tall {
		return around
	}
	return around + d.labelWidth(l, limit)
}

// reasonGap is the cross before the reason of a failure, and a blank.
const reasonGap = 2

// stopEarly returns the shaft of a failure whose reason runs on over lanes, and its label: as many of the parts as
// leave room for the words of the reason that say most.
func (d *drawer) stopEarly(s span, r Row, parts []string) (shaft int, asked label) {
	const telling = 9 // cells: "timeout" and "no conne…"
	words := reasonGap + min(measure(r.Reason, d.g.ASCII, lineCells), telling)
	for n := len(parts); ; n-- {
		asked = label{text: joined(parts[:n], "  "), tight: joined(parts[:n], " ")}
		if shaft = d.stopped(asked, s.n); n <= 1 || shaft <= min(d.reach(s)-words, s.n-1) {
			return min(shaft, max(s.n-1, 0)), asked
		}
	}
}

package render

import (
	"math"
	"sort"
	"strings"
	"time"
)

// A drawer draws one frame of a ladder.
type drawer struct {
	*canvas
	l          Ladder
	p          placement
	mode       TimeMode
	tall       bool // two lines an arrow
	spill      bool // local work may cover lanes
	twoLine    bool // header
	head       int  // lines of the header
	first, end int  // rows shown whole
}

func (l Ladder) drawer(g Glyphs, width, height int, opt LadderOptions) *drawer {
	d := &drawer{canvas: &canvas{w: max(width, 0), h: max(height, 0), g: g}, l: l, p: place(l, width, opt),
		mode: opt.timeMode(width, l), spill: opt.Spill}
	d.tall = !d.p.list && (opt.Arrow == ArrowTwo || opt.Arrow == ArrowAuto && height >= tallHeight)
	d.twoLine = !d.p.list && height >= tallHeight
	switch {
	case height < 5:
	case d.twoLine:
		d.head = 3
	default:
		d.head = 2
	}
	d.scroll()
	return d
}

// scroll sets the rows that are shown: from Top on, moved as little as the cursor asks for, and so that no line is left
// empty below while rows are hidden above.
func (d *drawer) scroll() {
	n, room := len(d.l.Rows), d.h-d.head
	d.first = min(max(d.l.Top, 0), max(n-1, 0))
	if d.l.Cursor >= 0 && d.l.Cursor < n {
		d.first = min(d.first, d.l.Cursor)
		used := 0
		for i := d.l.Cursor; i >= d.first; i-- {
			if used += d.rowHeight(i); used > room && i < d.l.Cursor {
				d.first = i + 1
				break
			}
		}
	}
	used, below := 0, 0
	for i := d.first; i < n && below <= room; i++ {
		below += d.rowHeight(i)
	}
	for d.first > 0 && below+d.rowHeight(d.first-1) <= room {
		d.first--
		below += d.rowHeight(d.first)
	}
	for d.end = d.first; d.end < n; d.end++ {
		if used += d.rowHeight(d.end); used > room {
			break
		}
	}
}

func (d *drawer) rowHeight(i int) int {
	r := d.l.Rows[i]
	if !d.tall || r.From == r.To {
		return 1
	}
	switch r.Kind {
	case Request, Response, Failure, Ghost:
		if d.visible(r.From) && d.visible(r.To) {
			return 2
		}
	}
	return 1
}

// visible reports whether a lane is drawn with room for arrows.
func (d *drawer) visible(lane int) bool {
	return d.l.has(lane) && !d.p.list && lane != d.p.first && d.p.x[lane] >= 0
}

func (d *drawer) draw() {
	d.canvas = newCanvas(d.w, d.h, d.g)
	if d.head > 0 {
		d.header()
	}
	y := d.head
	for i := d.first; i < len(d.l.Rows) && y < d.h; i++ {
		d.row(y, i)
		y += d.rowHeight(i)
	}
	for ; y < d.h; y++ {
		d.lanes(y)
	}
}

func (d *drawer) lanes(y int) {
	if d.p.list {
		return
	}
	for _, x := range d.p.x {
		if x >= 0 {
			d.fill(x, y, 1, d.g.Lane, inkLane)
		}
	}
}

func (d *drawer) header() {
	rule := d.head - 1
	d.fill(0, rule, d.w, d.g.Rule, inkLane)
	if d.p.list {
		x := 1
		for _, lane := range d.l.Lanes {
			x = d.text(x, 0, d.w-x, Untrusted(lane.Role), inkHeader) + 1
			x = d.text(x, 0, min(d.w-x, 24), lane.Host, inkDim) + 2
		}
		return
	}
	for _, x := range d.p.x {
		if x >= 0 {
			d.fill(x, rule, 1, d.g.Tee, inkLane)
		}
	}
	if d.twoLine {
		d.headLine(0, Lane.role)
		d.headLine(1, Lane.server)
		return
	}
	d.headLine(0, Lane.head)
}

// A heading is a text for one lane: front, which goes last, and host, whose middle goes first.
type heading struct{ before, host, after Untrusted }

func (l Lane) head() heading {
	if l.Many > 1 {
		return l.role()
	}
	if l.Merged {
		return heading{"", l.Host, Untrusted(" = " + l.Role)}
	}
	if l.Host == "" {
		return heading{before: Untrusted(l.Role)}
	}
	return heading{before: Untrusted(l.Role + " "), host: l.Host}
}

func (l Lane) role() heading {
	if l.Many > 1 {
		return heading{before: Untrusted(itoa(l.Many) + " " + strings.ToLower(l.Role) + "s")}
	}
	if l.Merged {
		return heading{before: Untrusted(strings.ReplaceAll(l.Role, " + ", " = "))}
	}
	return heading{before: Untrusted(l.Role)}
}

func (l Lane) server() heading {
	if l.Sub == "" {
		return heading{host: l.Host}
	}
	return heading{host: l.Host, after: "  " + l.Sub}
}

// fit returns h in at most width cells: the server name loses its middle, then what follows it goes, then the end.
// Roles that a name is left out before stand alone.
func (d *drawer) fit(h heading, width int) []piece {
	whole := d.cut(h.before+h.host+h.after, lineCells)
	if cells(whole) <= width {
		return whole
	}
	if h.before == "" && h.after != "" && strings.HasPrefix(string(h.after), "  ") { // software can go
		return d.fit(heading{host: h.host}, width)
	}
	before, after := d.cut(h.before, labelCells), d.cut(h.after, labelCells)
	if room := width - cells(before) - cells(after); room >= 3+Width(d.g.Ellipsis) {
		return append(append(before, cutMiddle(h.host, d.g.ASCII, room, d.g.Ellipsis)...), after...)
	}
	if h.before == "" && h.after == "" {
		return cutMiddle(h.host, d.g.ASCII, width, d.g.Ellipsis)
	}
	return d.cut(Untrusted(strings.TrimLeft(strings.TrimRight(string(h.before+h.after), " "), " =")), width)
}

// headLine draws a heading over each lane in view, centred or as near to that as its neighbours allow, all cut to the
// longest length at which none touches another.
func (d *drawer) headLine(y int, of func(Lane) heading) {
	widest := 0 // above it no heading changes
	for _, lane := range d.l.Lanes {
		widest = max(widest, cells(d.fit(of(lane), min(d.w, labelCells))))
	}
	out, ok := d.headings(of, widest)
	if !ok { // a name of 200 cells is tried eight times, not two hundred
		narrower := 1 + sort.Search(widest-1, func(n int) bool {
			_, ok := d.headings(of, widest-1-n)
			return ok
		})
		out, _ = d.headings(of, widest-narrower)
	}
	for _, o := range out {
		k := inkHeader
		if o.lane == d.l.Head-1 {
			k = inkSelected
			if o.x > 0 && y == 0 {
				d.glyph(o.x-1, y, d.g.Cursor, inkCursor)
			}
		}
		d.pieces(o.x, y, o.text, k)
	}
}

// A placedHeading is a heading cut to what fits, and the column where it starts.
type placedHeading struct {
	lane int
	x    int
	text []piece
}

// headings places one heading on each lane in view, each cut to width cells; false when they do not all fit.
func (d *drawer) headings(of func(Lane) heading, width int) (out []placedHeading, ok bool) {
	end := 0
	for i, lane := range d.l.Lanes {
		x := d.p.x[i]
		if x < 0 {
			continue
		}
		text := d.fit(of(lane), width)
		if i == d.p.first {
			text = d.cut(Untrusted(initial(lane.Role)), 1)
		}
		w := cells(text)
		at := max(min(x-w/2, d.p.right-w), end)
		if at > x || at+w > d.p.right {
			return out, false
		}
		end = at + w + 1
		out = append(out, placedHeading{i, at, text})
	}
	return out, true
}

func initial(role string) string {
	s := scanner{s: role}
	p, _ := s.next()
	return p.s
}

func (d *drawer) row(y, i int) {
	r := d.l.Rows[i]
	for j := range d.rowHeight(i) {
		d.lanes(y + j)
	}
	if i == d.l.Cursor && d.l.Head == 0 {
		d.glyph(0, y, d.g.Cursor, inkCursor)
	}
	if r.Marked {
		d.glyph(1, y, d.g.Mark, inkMark)
	}
	k := inkTime
	if i == d.l.Cursor {
		k = inkSelected
	}
	d.text(2, y, d.p.timeW, Untrusted(d.l.times(i, d.mode)), k)
	d.number(y, r.Number, k)
	switch {
	case r.Kind == Phase:
		d.phase(y, r)
	case d.p.list:
		d.listRow(y, r)
	case r.Kind == Gap:
		d.gap(y, r)
	case !d.l.has(r.From) || !d.l.has(r.To):
		d.text(2+d.p.timeW+4, y, d.p.right, r.label("  ", false), inkNote)
	case r.Kind == Note && r.From != r.To && d.visible(r.From) && d.visible(r.To):
		d.hang(y, min(d.p.x[r.From], d.p.x[r.To]), max(d.p.x[r.From], d.p.x[r.To]), d.sign(r), r)
	case r.From == r.To || r.Kind == Local || r.Kind == Note:
		d.local(y, r)
	case !d.visible(r.From) || !d.visible(r.To):
		d.aside(y, r)
	default:
		d.arrow(y, r)
	}
	if i == d.l.Cursor {
		d.selectText(y)
	}
	if d.p.bars {
		d.bar(y, r)
	}
}

// number draws the number of a row next to the first lane.
func (d *drawer) number(y, n int, k ink) {
	if n <= 0 || d.p.list {
		return
	}
	end := 2 + d.p.timeW + max(4, 1+d.p.numberW)
	if d.p.numberW < 3 { // there is room for a blank
		end--
	}
	text := itoa(n)
	d.text(end-len(text), y, len(text), Untrusted(text), k)
}

// selectText gives the words on line y, but not lanes and shafts, the look of the selected row.
func (d *drawer) selectText(y int) {
	for x := 2; x < d.p.right; x++ {
		switch d.cells[y*d.w+x].ink {
		case inkText, inkLocal, inkNote, inkGhost, inkTitle:
			if d.cells[y*d.w+x].r != ' ' || x > 2 && d.cells[y*d.w+x-1].ink == inkSelected {
				d.paint(x, x+1, y, inkSelected)
			}
		}
	}
	for x := d.p.right - 1; x >= 2; x-- { // not the blanks after the words
		if at := &d.cells[y*d.w+x]; at.ink == inkSelected && at.r == ' ' && (x+1 == d.w ||
			d.cells[y*d.w+x+1].ink != inkSelected) {
			at.ink = inkText
		}
	}
}

func (d *drawer) phase(y int, r Row) {
	sign := d.g.Open
	if r.Folded {
		sign = d.g.Closed
	}
	x := d.glyph(2, y, sign, inkTitle) + 1
	x = d.text(x, y, d.p.right-x, r.label("  ", false), inkTitle)
	if r.Status != None && x+1 < d.p.right {
		d.fill(x, y, 1, " ", inkText)
		x = d.text(x+1, y, d.p.right-x-1, Untrusted(r.Status.Label(d.g)), r.Status.ink())
	}
	if x < d.p.right {
		d.fill(x, y, 1, " ", inkText)
	}
}

func (d *drawer) gap(y int, r Row) {
	text := Untrusted(d.g.Ellipsis + " " + Duration(r.Took) + " " + d.g.Ellipsis)
	if d.p.list {
		d.text(2, y, d.w-2, text, inkNote)
		return
	}
	n := len(d.p.x)
	a := d.p.x[(n-1)/2]
	b := d.p.right
	if n > 1 && d.p.x[(n-1)/2+1] > a {
		b = d.p.x[(n-1)/2+1]
	}
	pieces := d.cutOwn(text, b-a-1)
	d.pieces(a+1+(b-a-1-cells(pieces))/2, y, pieces, inkNote)
}

// cutOwn is cut for text with our own glyphs in it, which are drawn as they are.
func (d *drawer) cutOwn(u Untrusted, width int) []piece {
	return cut(&scanner{s: string(u)}, max(width, 0), d.g.Ellipsis)
}

// sign returns what marks a row that hangs on a lane.
func (d *drawer) sign(r Row) string {
	switch r.Status {
	case Warn, Fail, Wait, Skipped, NotChecked:
		return r.Status.Label(d.g)
	}
	switch r.Kind {
	case Note:
		return d.g.Note
	case Request:
		return d.g.Right
	case Response:
		return d.g.Left
	case Failure:
		return d.g.Fail
	}
	return d.g.Local
}

// local draws work of one lane next to it: on the right, or for the last lane on the left unless there is room. Good
// news keeps to the space before the next lane; what went wrong may run on over the lanes.
func (d *drawer) local(y int, r Row) {
	if !d.visible(r.From) {
		d.aside(y, r)
		return
	}
	at := d.p.x[r.From]
	before, after := -1, d.p.right
	for _, x := range d.p.x {
		if x >= 0 && x < at {
			before = max(before, x)
		}
		if x > at {
			after = min(after, x)
		}
	}
	need := 3 + Width(d.sign(r)) + measure(r.hanging(), d.g.ASCII, d.w)
	runsOn := d.spill || r.Kind == Note || r.Status != None && r.Status != OK
	switch {
	case after == d.p.right && before >= 0 && after-at <= need:
		if runsOn {
			before = d.p.timeW + 2
		}
		d.hang(y, max(before, at-1-need), at, d.sign(r), r)
	case runsOn:
		d.hang(y, at, min(d.p.right, max(after, at+1+need)), d.sign(r), r)
	default:
		d.hang(y, at, after, d.sign(r), r)
	}
}

// hanging returns the text of a row that hangs on a lane.
func (r Row) hanging() Untrusted {
	if r.Kind == Failure {
		return r.Reason + "  " + r.label("  ", false)
	}
	return r.label("  ", false)
}

// hang draws sign and text of r between columns a and b.
func (d *drawer) hang(y, a, b int, sign string, r Row) {
	k := map[RowKind]ink{Note: inkNote, Ghost: inkGhost, Local: inkLocal}[r.Kind]
	signInk := k
	switch {
	case r.Status != None && r.Status != OK:
		signInk = r.Status.ink()
	case r.Kind == Failure:
		signInk = inkFail
	}
	end := min(b, d.p.right)
	d.fill(a+1, y, end-a-1, " ", inkText)
	x := a + 2
	for _, p := range d.cutOwn(Untrusted(sign), end-x-1) {
		d.set(x, y, p, signInk)
		x += p.w
	}
	d.text(x+1, y, end-x-2, r.hanging(), k)
}

// aside draws a message of which only one lane, or none, is in view as a remark on that lane, with the initial of the
// other: before the head if it comes from there, after it if it goes there.
func (d *drawer) aside(y int, r Row) {
	on, other, sign := r.From, r.To, d.g.Right
	switch {
	case r.Kind == Failure || r.Status == Fail:
		sign = d.g.Fail
	case r.Kind == Ghost || r.Waiting:
		sign = d.g.Dash
	}
	switch {
	case r.From == r.To:
		on, sign = 1, initial(d.l.Lanes[other].Role)+d.sign(r)
	case d.visible(r.From):
		sign += initial(d.l.Lanes[other].Role)
	case d.visible(r.To):
		on, other = r.To, r.From
		sign = initial(d.l.Lanes[other].Role) + sign
	default:
		on, sign = 1, initial(d.l.Lanes[r.From].Role)+sign+initial(d.l.Lanes[r.To].Role)
	}
	next := d.p.right
	for _, x := range d.p.x {
		if x > d.p.x[on] {
			next = min(next, x)
		}
	}
	d.hang(y, d.p.x[on], next, sign, r)
}

func (d *drawer) bar(y int, r Row) {
	if r.Took <= 0 || r.Kind == Gap {
		return
	}
	// One block a factor of ten from a millisecond on.
	blocks := min(1+int(math.Log10(float64(max(r.Took, time.Millisecond))/float64(time.Millisecond))), 6)
	d.fill(d.p.right+1, y, blocks, d.g.Bar, inkTime)
	d.text(d.p.right+1+blocks+1, y, barColumns-blocks-2, Untrusted(Duration(r.Took)), inkTime)
}

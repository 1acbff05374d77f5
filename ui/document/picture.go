package document

import (
	"fmt"
	"math"
	"strings"

	"doorstep/render"
	"doorstep/ui/theme"
)

// A picture lays the ladder out. Its letters are as wide as those of the usual fonts of one width, and a little more.
type picture struct {
	*Document
	narrow bool
	links  bool // rows lead to their payloads

	x      []float64 // of the lanes
	left   float64   // where the rows begin: after numbers and times
	width  float64
	height float64
}

// Sizes, in pixels.
const (
	titleSize   = 20
	letter      = 7.6 // width of a cell of a label, of 12.5 pixels
	smallLetter = 6.8 // ... of 11 pixels
	lineHeight  = 16
	pagePad     = 20
	gutter      = 104 // numbers and times
	leastPitch  = 168 // between lanes
	mostPitch   = 330
	narrowWidth = 350
	narrowEdge  = 36 // from the edge to the outer lanes, where there is little room
	smallRole   = 12 // pixels, of a role where there is little room
	headHeight  = 64
	phaseHeight = 38
	gapHeight   = 30
	mostLines   = 3 // of a label
)

// layOut places the lanes: as far apart as the labels between them ask for, within bounds.
func (p *picture) layOut() {
	n := len(p.Lanes)
	if p.narrow {
		p.width, p.left = narrowWidth, 0
		for i := range n {
			p.x = append(p.x, narrowEdge+float64(i)*(narrowWidth-2*narrowEdge)/float64(max(n-1, 1)))
		}
		return
	}
	pitch := make([]float64, max(n-1, 0))
	for i := range pitch {
		pitch[i] = max(leastPitch, (p.head(i).wide+p.head(i+1).wide)/2+14)
	}
	for _, span := range []bool{false, true} { // neighbours first: what they need, longer arrows have
		for _, r := range p.Rows {
			p.widen(pitch, r, span)
		}
	}
	p.left = pagePad + gutter
	at := p.left + max(p.head(0).wide/2, 84)
	for i := range n {
		p.x = append(p.x, math.Round(at))
		if i < len(pitch) {
			at += pitch[i]
		}
	}
	p.width = math.Round(max(at+p.head(n-1).wide/2+pagePad, at+104, p.headlineWidth()))
}

// headlineWidth is what the lines over and under the ladder take, up to a bound: beyond it they are wrapped.
func (p *picture) headlineWidth() float64 {
	return 2*pagePad + min(max(ems(p.Title, "strong")*titleSize, cellsWide(p.Made, smallLetter)), 640)
}

// widen makes room for the label of a row between its lanes. What a refusal says is as long as its server likes: it is
// broken into lines instead.
func (p *picture) widen(pitch []float64, r Row, span bool) {
	from, to := min(r.From, r.To), max(r.From, r.To)
	if r.Kind == render.Response && r.Status == render.Fail {
		return
	}
	if from == to || to > len(pitch) || (to-from > 1) != span || !isArrow(r.Kind) {
		return
	}
	need, has := min(cellsWide(p.words(r), letter)+30, float64((to-from)*mostPitch)), 0.0
	for _, one := range pitch[from:to] {
		has += one
	}
	if need <= has {
		return
	}
	for i := from; i < to; i++ {
		pitch[i] = min(pitch[i]+(need-has)/float64(to-from), mostPitch)
	}
}

func cellsWide(s string, cell float64) float64 { return float64(render.Width(s)) * cell }

// words are those on a row.
func (p *picture) words(r Row) string {
	words := r.Label
	if r.Kind != render.Failure { // its cross says so
		words = marked(r.Status, words)
	}
	return strings.TrimSpace(r.Step + " " + words)
}

// draw returns the whole as nodes: the lanes below, rows above them.
func (p *picture) draw(y float64) []*node {
	lanes := el("g", "class", "lanes")
	rows := el("g", "class", "rows", "role", "list")
	var heads []*node
	heads, y = p.heads(y)
	top := y
	y += 14
	for _, r := range p.Rows {
		var row *node
		row, y = p.row(r, y)
		rows.add(row)
	}
	y += 12
	for _, x := range p.x {
		lanes.add(el("path", "class", "lane", "d", fmt.Sprintf("M%g %gV%g", x, top, y)))
	}
	p.height = y
	return append(append([]*node{lanes}, heads...), rows)
}

// heads names the lanes. Where there is little room the servers are listed above.
func (p *picture) heads(y float64) ([]*node, float64) {
	var out []*node
	if p.narrow {
		for _, l := range p.Lanes {
			if l.Host == "" {
				continue
			}
			line := el("text", "class", "host", "x", 8.0, "y", y+12)
			line.add(el("tspan", "class", "role").said(l.Role), el("tspan").said("  "+p.fit(l.Host, 42-render.Width(l.Role))))
			out = append(out, line)
			y += 18
		}
		y += 8
		for i, l := range p.Lanes {
			role := p.fit(l.Role, 11)
			x, anchor := p.x[i], "middle"
			if over := ems(role, "strong")*smallRole > 2*narrowEdge; over && i == len(p.Lanes)-1 {
				x, anchor = narrowWidth-1, "end" // in the middle of its lane it would stick out
			}
			out = append(out, el("text", "class", "role small", "x", x, "y", y+12, "text-anchor", anchor).said(role))
		}
		return out, y + 20
	}
	for i, l := range p.Lanes {
		h := p.head(i)
		g := el("g", "class", "head")
		g.add(el("title").said(strings.TrimSpace(l.Role + ": " + l.Host + " " + l.Sub)))
		g.add(el("rect", "class", "band", "x", math.Round(p.x[i]-h.wide/2), "y", y, "width", h.wide, "height", headHeight,
			"rx", 10))
		at := y + 22
		if h.sub == "" {
			at += 7
		}
		for _, line := range []struct{ class, text string }{{"role", l.Role}, {"host", h.host}, {"sub", h.sub}} {
			if line.text != "" {
				g.add(el("text", "class", line.class, "x", p.x[i], "y", at, "text-anchor", "middle").said(line.text))
			}
			at += 17
		}
		out = append(out, g)
	}
	return out, y + headHeight
}

// A head names a lane.
type head struct {
	host, sub string
	wide      float64
}

// head is the head of a lane, names cut to what there is room for.
func (p *picture) head(lane int) head {
	l := p.Lanes[lane]
	h := head{host: p.fitEnds(l.Host, cellsOfHead), sub: p.fitEnds(l.Sub, cellsOfHead)}
	h.wide = math.Round(max(cellsWide(l.Role, 9), cellsWide(h.host, letter), cellsWide(h.sub, smallLetter)) + 28)
	return h
}

// cellsOfHead is how much of a server name the head of a lane holds.
const cellsOfHead = 30

// fit cuts a text to cells.
func (p *picture) fit(s string, cells int) string { return safe(s, max(cells, 1)) }

// fitEnds cuts a name in its middle: it is told apart by either end.
func (p *picture) fitEnds(s string, cells int) string {
	r := []rune(s)
	if render.Width(s) <= cells || len(r) <= cells || cells < 5 {
		return p.fit(s, cells)
	}
	half := (cells - 1) / 2
	return p.fit(string(r[:cells-1-half])+"…"+string(r[len(r)-half:]), cells)
}

// row draws one row, and returns where the next one begins.
func (p *picture) row(r Row, y float64) (*node, float64) {
	g := el("g", "class", "row "+kindClass(r)+" "+statusClass(r.Status), "role", "listitem")
	inner := g
	if p.links && r.Anchor != "" {
		inner = el("a", "href", "#"+r.Anchor)
		g.add(inner)
	}
	var end float64
	switch {
	case r.Kind == render.Phase:
		end = p.phase(inner, r, y)
	case r.Kind == render.Gap:
		end = p.gap(inner, r, y)
	case r.From == r.To || !isArrow(r.Kind):
		end = p.work(inner, r, y)
	default:
		end = p.arrow(inner, r, y)
	}
	return g, end
}

// spoken is what a row says in full.
func (r Row) spoken() string {
	words := r.title()
	if r.Number > 0 {
		words = fmt.Sprintf("%d: %s", r.Number, words)
	}
	for _, more := range []struct{ lead, text string }{{", at ", r.At}, {", took ", r.Took}} {
		if more.text != "" {
			words += more.lead + more.text
		}
	}
	return words
}

func (p *picture) phase(g *node, r Row, y float64) float64 {
	x, wide := p.left-gutter+4, p.width-p.left+gutter-8
	if p.narrow {
		x, wide = 2, p.width-4
	}
	g.add(el("rect", "class", "band", "x", x, "y", y+8, "width", wide, "height", 24, "rx", 6),
		el("text", "class", "phase", "x", x+10, "y", y+24.5).said(p.fit(r.Label, int(wide/7.4))))
	return y + phaseHeight
}

func (p *picture) gap(g *node, r Row, y float64) float64 {
	mid := (p.x[0] + p.x[len(p.x)-1]) / 2
	g.add(el("text", "class", "gap halo", "x", mid, "y", y+19, "text-anchor", "middle").said("⋮  " + r.Label + "  ⋮"))
	return y + gapHeight
}

// ground adds what stands behind a row and takes the pointer, and its number and time.
func (p *picture) ground(g *node, r Row, y, height, line float64) {
	x, wide := p.left-gutter+4, p.width-p.left+gutter-8
	if p.narrow {
		x, wide = 2, p.width-4
	}
	g.add(el("title").said(r.spoken()),
		el("rect", "class", "ground", "x", x, "y", y, "width", wide, "height", height, "rx", 6))
	if p.narrow || r.Number == 0 {
		return
	}
	g.add(el("text", "class", "number", "x", pagePad+22, "y", line, "text-anchor", "end").said(fmt.Sprint(r.Number)))
	if r.At != "" {
		g.add(el("text", "class", "time", "x", p.left-12, "y", line, "text-anchor", "end").said(r.At))
	}
}

// arrow draws a message: what it says, and the shaft under it.
func (p *picture) arrow(g *node, r Row, y float64) float64 {
	from, to := p.x[r.From], p.x[r.To]
	left, right := min(from, to), max(from, to)
	words := p.words(r)
	room := p.width - left - 20 // it may go on over the lanes to the right
	if p.narrow {
		room = p.width - 16
	}
	lines := p.wrap(words, room)
	reason := len(lines)
	if r.Kind == render.Failure {
		lines = append(lines, p.wrap(sign(render.Fail)+" "+r.Reason, room)...)
	}
	height := float64(len(lines))*lineHeight + 22
	p.ground(g, r, y+1, height-2, y+float64(len(lines))*lineHeight+11)
	x, anchor := p.at(lines, left, right)
	for i, line := range lines {
		text := el("text", "class", "label halo", "x", x, "y", y+float64(i+1)*lineHeight, "text-anchor", anchor)
		p.put(text, r, line, i == 0, i >= reason)
		g.add(text)
	}
	at := math.Round(y + float64(len(lines))*lineHeight + 9)
	p.shaft(g, r, from, to, at)
	return y + height
}

// at is where the lines of a label stand: in the middle of the shaft, and where it is too short from its left end on,
// or as far to the left as they need.
func (p *picture) at(lines []string, left, right float64) (x float64, anchor string) {
	wide := 0.0
	for _, line := range lines {
		wide = max(wide, cellsWide(line, letter))
	}
	switch mid := (left + right) / 2; {
	case wide <= right-left-16:
		return math.Round(mid), "middle"
	case p.narrow:
		return math.Round(max(8, min(mid-wide/2, p.width-8-wide))), "start"
	}
	return math.Round(max(p.left, min(left+10, p.width-12-wide))), "start"
}

// put adds the words of a line, the step in a look of its own.
func (p *picture) put(text *node, r Row, line string, first, reason bool) {
	switch rest, ok := strings.CutPrefix(line, r.Step+" "); {
	case reason:
		text.add(el("tspan", "class", "reason").said(line))
	case first && ok && r.Step != "":
		text.add(el("tspan", "class", "step").said(r.Step), el("tspan").said(" "+strings.TrimLeft(rest, " ")))
	default:
		text.said(line)
	}
}

// shaft draws the line of an arrow and its head; of what came to nothing a cross where it ended.
func (p *picture) shaft(g *node, r Row, from, to, y float64) {
	dir := 1.0
	if to < from {
		dir = -1
	}
	end := to - dir
	if r.Kind == render.Failure {
		end = math.Round(from + (to-from)*0.72)
	}
	g.add(el("path", "class", "shaft", "d", fmt.Sprintf("M%g %gH%g", from, y, end-dir*4)))
	if r.Kind == render.Failure {
		g.add(el("path", "class", "cross", "d", fmt.Sprintf("M%g %gl10 10m0 -10l-10 10", end-5, y-5)))
		return
	}
	g.add(el("path", "class", "point", "d", fmt.Sprintf("M%g %gl%g -4.5v9z", end, y, -dir*9)))
}

// work draws what a server does by itself: a box on its lane.
func (p *picture) work(g *node, r Row, y float64) float64 {
	x := p.x[min(r.From, len(p.x)-1)]
	between := r.Kind == render.Note && r.From != r.To // of an exchange that is not there
	if between {
		x = (x + p.x[min(r.To, len(p.x)-1)]) / 2
	}
	edge := p.left
	if p.narrow {
		edge = 4
	}
	room := min(p.width-edge-16, 470)
	lines := p.wrap(p.words(r), room-20)
	wide := 0.0
	for _, line := range lines {
		wide = max(wide, cellsWide(line, letter))
	}
	wide = math.Ceil(wide) + 20
	left := math.Round(max(edge+2, min(x-wide/2, p.width-wide-8)))
	height := float64(len(lines))*lineHeight + 8
	p.ground(g, r, y+1, height+8, y+20)
	box := []any{"class", "work", "x", left, "y", y + 5, "width", wide, "height", height, "rx", 8}
	if between {
		box = append(box, "stroke-dasharray", "3 4")
	}
	g.add(el("rect", box...))
	for i, line := range lines {
		text := el("text", "class", "label", "x", left+wide/2, "y", y+4.5+float64(i+1)*lineHeight, "text-anchor", "middle")
		p.put(text, r, line, i == 0, false)
		g.add(text)
	}
	return y + height + 10
}

// wrap breaks words into a few lines of at most width pixels; the last one is cut where not all fits.
func (p *picture) wrap(words string, width float64) []string {
	cells := max(int(width/letter), 8)
	lines := theme.Wrap(words, cells, 0)
	if len(lines) > mostLines {
		lines = lines[:mostLines]
		lines[mostLines-1] = p.fit(lines[mostLines-1], cells-2) + " …"
	}
	for i, line := range lines {
		lines[i] = p.fit(line, cells)
	}
	return lines
}

func kindClass(r Row) string {
	class := map[render.RowKind]string{render.Request: "request", render.Response: "response", render.Failure: "failure",
		render.Local: "local", render.Note: "note", render.Gap: "pause", render.Phase: "stretch"}[r.Kind]
	if r.Inferred {
		class += " inferred"
	}
	if r.Waiting {
		class += " waiting"
	}
	return class
}

// statusClass names a status for a style sheet.
func statusClass(s render.Status) string {
	return map[render.Status]string{render.OK: "ok", render.Warn: "odd", render.Fail: "bad",
		render.NotChecked: "unchecked"}[s]
}

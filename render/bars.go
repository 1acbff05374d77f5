package render

import "unicode/utf8"

// Bars are bar charts, one below the other.
type Bars struct {
	Charts []Chart
	Cursor int // the selected bar, counted through all charts; -1 for none
	Top    int // the first line wanted on screen; the cursor is kept visible all the same
}

// A Chart is bars of one scale.
type Chart struct {
	Title string
	Bars  []Bar
}

// A Bar is one value of a [Chart].
type Bar struct {
	Label Untrusted
	Count int
	Ghost bool // drawn faintly: it stands for several
}

const (
	labelShare = 3  // a label takes so many parts of the width at most
	barCells   = 80 // the longest bar, so that it can be taken in at a glance
)

// Len is how many bars there are.
func (b Bars) Len() int {
	n := 0
	for _, c := range b.Charts {
		n += len(c.Bars)
	}
	return n
}

// A barLine is one line of charts: the title of one, or a bar.
type barLine struct {
	chart, bar int // bar -1: the title
	at         int // the bar, counted through all charts
}

func (b Bars) lines() []barLine {
	var out []barLine
	at := 0
	for i, c := range b.Charts {
		out = append(out, barLine{i, -1, -1})
		for j := range c.Bars {
			out = append(out, barLine{i, j, at})
			at++
		}
	}
	return out
}

// first returns the first line on screen.
func (b Bars) first(lines []barLine, height int) int {
	cursor := -1
	for y, l := range lines {
		if l.bar >= 0 && l.at == b.Cursor {
			cursor = y
		}
	}
	top := b.Top
	if b.Cursor == 0 {
		top = 0 // with the title above it
	}
	return firstLine(min(top, max(len(lines)-height, 0)), cursor, len(lines), height)
}

// BarAt returns the bar drawn on line y; false for a line that shows none.
func (b Bars) BarAt(height, y int) (at int, ok bool) {
	lines := b.lines()
	i := b.first(lines, height) + y
	if y < 0 || y >= height || i >= len(lines) || lines[i].bar < 0 {
		return 0, false
	}
	return lines[i].at, true
}

// Draw returns the charts as exactly height lines of exactly width cells, and the first line that it shows.
func (b Bars) Draw(st Styles, g Glyphs, width, height int) (drawn []string, top int) {
	c := newCanvas(width, height, g)
	lines := b.lines()
	top = b.first(lines, height)
	label, count := b.widths(g, width)
	for y := 0; y < height && top+y < len(lines); y++ {
		l := lines[top+y]
		chart := b.Charts[l.chart]
		if l.bar < 0 {
			c.text(gutter, y, c.w-gutter, Untrusted(chart.Title), inkHeader)
			continue
		}
		b.bar(c, y, l, label, count)
	}
	return c.lines(&st), top
}

// widths returns the cells of the widest label, as far as there is room, and of the widest number.
func (b Bars) widths(g Glyphs, width int) (label, count int) {
	for _, chart := range b.Charts {
		for _, one := range chart.Bars {
			label = max(label, measure(one.Label, g.ASCII, max(width/labelShare, columnMin)))
			count = max(count, len(itoa(one.Count)))
		}
	}
	return label, count
}

// bar draws one bar: label, number, and the bar itself, which is as long as the number is against the highest one of
// the chart.
func (b Bars) bar(c *canvas, y int, l barLine, label, count int) {
	one, k := b.Charts[l.chart].Bars[l.bar], inkText
	switch {
	case l.at == b.Cursor:
		c.glyph(0, y, c.g.Cursor, inkCursor)
		k = inkSelected
	case one.Ghost:
		k = inkGhost
	}
	c.text(gutter, y, min(label, c.w-gutter), one.Label, k)
	x := gutter + label + columnGap
	number := itoa(one.Count)
	c.plain(x+count-len(number), y, number, k)
	x += count + columnGap
	most := 1
	for _, other := range b.Charts[l.chart].Bars {
		most = max(most, other.Count)
	}
	ink := inkRequest
	if one.Ghost {
		ink = inkGhost
	}
	steps := utf8.RuneCountInString(c.g.Eighths)
	filled := min(max(c.w-x-1, 0), barCells) * steps * one.Count / most
	if one.Count > 0 {
		filled = max(filled, 1)
	}
	signs := []rune(c.g.Eighths)
	for ; filled > 0 && x < c.w; x++ {
		c.set(x, y, piece{s: string(signs[min(filled, steps)-1]), w: 1}, ink)
		filled -= steps
	}
}

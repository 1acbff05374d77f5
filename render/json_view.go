package render

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/alecthomas/chroma/v2"
	"github.com/charmbracelet/x/ansi"
)

// ViewOptions say how the lines of a [Document] are drawn.
type ViewOptions struct {
	Left    int    // cells scrolled to the left
	Find    []byte // occurrences are marked
	Numbers bool   // line numbers; in Raw and Hex, offsets are always shown in Hex
}

const (
	gutter = 2 // cursor marker and a blank
	indent = 2
)

// View draws the lines from top on as exactly height lines of exactly width cells, the cursor line with a marker; a
// cursor outside the window marks none. A line too long is cut with an ellipsis: Left scrolls to the rest, and
// [Document.ValueAt] has all of it.
func (d *Document) View(st Styles, g Glyphs, width, height, top, cursor int, opt ViewOptions) []string {
	d.setWidth(width, g.ASCII)
	c := newCanvas(width, height, g)
	if len(d.raw) == 0 {
		c.text(gutter, 0, width-gutter, Untrusted("("+d.notice+")"), inkDim)
		return c.lines(&st)
	}
	v := viewer{canvas: c, d: d, top: min(max(top, 0), d.Lines()), opt: opt}
	v.opt.Left = min(max(opt.Left, 0), lineCells)
	switch d.mode {
	case Pretty:
		v.pretty()
	case Raw:
		v.raw()
	case Hex:
		v.hex()
	}
	if cursor >= v.top && cursor-v.top < height && cursor < d.Lines() {
		y := cursor - v.top
		c.glyph(0, y, g.Cursor, inkCursor)
		v.selectLine(y)
	}
	return c.lines(&st)
}

// A viewer draws one window of a document.
type viewer struct {
	*canvas
	d    *Document
	top  int
	opt  ViewOptions
	left int // first column of text, after the gutter and line numbers
}

// A shownLine is one line of pretty-printed JSON, cut to what may be in view.
type shownLine struct {
	indent int
	text   []byte // key, colon and value, spelled as received
	fold   string // what stands for hidden members, after text
	tail   string // after fold
	cut    bool   // text goes on
}

func (v *viewer) pretty() {
	v.left = gutter
	total := v.d.Lines()
	if v.opt.Numbers {
		v.left += len(itoa(total)) + 1
	}
	lines := make([]shownLine, 0, v.h)
	for y := 0; y < v.h && v.top+y < total; y++ {
		line := v.top + y
		if v.opt.Numbers {
			v.text(gutter, y, v.left-gutter, Untrusted(itoa(line+1)), inkDim)
		}
		i, ok := v.d.at(line)
		if !ok {
			more := fmt.Sprintf("%s more: %d of %d bytes so far", v.g.Ellipsis, v.d.rest.pos, len(v.d.raw))
			v.pieces(v.left, y, cut(&scanner{s: more}, max(v.w-v.left, 0), v.g.Ellipsis), inkDim)
			break
		}
		lines = append(lines, v.line(i))
	}
	inks := highlight(lines)
	for y, l := range lines {
		v.drawLine(y, l, inks[y])
	}
}

// line cuts line i out of the raw bytes. It looks no further than what fills the window, however long the line is.
func (v *viewer) line(i int) shownLine {
	l := v.d.lines.at(i)
	out := shownLine{indent: min(int(l.depth)*indent, v.w/2)}
	next := i + 1
	switch l.kind {
	case closeLine:
		out.text = v.d.raw[l.off : l.off+1]
	case openLine:
		v.member(&out, l)
		if !v.d.isFolded(i) {
			return out
		}
		out.fold, out.tail = v.g.Ellipsis, "]"
		if len(out.text) > 0 && out.text[len(out.text)-1] == '{' {
			out.tail = "}"
		}
		if l.link >= 0 {
			out.fold += itoa(int(v.d.lines.at(int(l.link)).n))
		}
		next = v.d.last(i) + 1
	default:
		v.member(&out, l)
	}
	if next < v.d.lines.n && v.d.lines.at(next).kind != closeLine && v.d.lines.at(next).parent == l.parent {
		out.tail += ","
	}
	return out
}

// member sets the text of a line from its key, if it has one, and its value.
func (v *viewer) member(out *shownLine, l *jsonLine) {
	room := v.opt.Left + v.w
	x := indexer{raw: v.window(int(l.off), room)}
	if l.keyed {
		if x.str() != nil {
			out.text, out.cut = x.raw, true
			return
		}
		out.text = append(append(out.text, x.raw[:x.pos]...), ": "...)
		x.space()
		x.pos++ // the colon
		x.space()
	}
	if l.kind == openLine {
		if at := int(l.off) + x.pos; at < len(v.d.raw) {
			out.text = append(out.text, v.d.raw[at])
		}
		return
	}
	value := indexer{raw: v.window(int(l.off)+x.pos, room)}
	if c := value.peek(); l.kind == scalarLine && (c == '{' || c == '[') {
		out.text = append(out.text, c, c+2)
		return
	}
	var err error
	if l.kind == deepLine {
		err = value.skipDeep()
	} else {
		_, _, err = value.value(&jsonLine{})
	}
	if whole := int(l.off) + x.pos + len(value.raw); err != nil || value.pos == len(value.raw) && whole < len(v.d.raw) {
		out.cut = true
		value.pos = len(value.raw)
	}
	value.raw = value.raw[:value.pos]
	n := fitting(value.raw, room)
	out.cut = out.cut || n < len(value.raw)
	out.text = append(out.text, value.raw[:n]...)
}

// window returns as many bytes from an offset on as room cells can take: a character of four bytes with all its marks.
func (v *viewer) window(from, room int) []byte {
	from = min(from, len(v.d.raw))
	return v.d.raw[from:min(len(v.d.raw), from+(room+1)*(1+marksKept)*utf8.UTFMax)]
}

// fitting returns how many bytes of text fill the given cells, and one piece more.
func fitting(text []byte, cells int) int {
	s := scanner{s: string(text), tabs: true}
	n := 0
	for s.col <= cells {
		p, ok := s.next()
		if !ok {
			break
		}
		n += p.n
	}
	return n
}

func (v *viewer) drawLine(y int, l shownLine, inks []ink) {
	x := v.left + l.indent - v.opt.Left
	s := scanner{s: string(l.text), ascii: v.g.ASCII}
	for at := 0; x < v.w; {
		p, ok := s.next()
		if !ok {
			break
		}
		x = v.put(x, y, p, inks[at])
		at += p.n
	}
	own := scanner{s: l.fold}
	for p, ok := own.next(); ok; p, ok = own.next() {
		x = v.put(x, y, p, inkDim)
	}
	for i := range l.tail {
		x = v.put(x, y, piece{s: l.tail[i : i+1], w: 1}, inkPunct)
	}
	v.mark(y, l)
	if l.cut || s.s != "" || x > v.w {
		w := ansi.StringWidth(v.g.Ellipsis)
		v.fill(v.w-w, y, w, " ", inkDim)
		v.glyph(v.w-w, y, v.g.Ellipsis, inkDim)
	}
}

// put draws a piece unless it lies left of the text and returns the column after it.
func (v *viewer) put(x, y int, p piece, k ink) int {
	if x >= v.left {
		v.pieces(x, y, []piece{p}, k)
	}
	return x + p.w
}

// mark gives the occurrences of what is searched their look.
func (v *viewer) mark(y int, l shownLine) {
	if len(v.opt.Find) == 0 {
		return
	}
	for from := 0; from < len(l.text); {
		i := bytes.Index(l.text[from:], v.opt.Find)
		if i < 0 {
			return
		}
		start := from + i
		from = start + len(v.opt.Find)
		x := v.left + l.indent - v.opt.Left
		a := x + measure(Untrusted(l.text[:start]), v.g.ASCII, lineCells*2)
		b := x + measure(Untrusted(l.text[:from]), v.g.ASCII, lineCells*2)
		v.paint(max(a, v.left), b, y, inkMatch)
	}
}

// selectLine shows which line the cursor is on without taking the colours away.
func (v *viewer) selectLine(y int) {
	for x := range v.w {
		if at := &v.cells[y*v.w+x]; at.ink == inkText && at.s != " " {
			at.ink = inkSelected
		}
	}
}

// lexer splits lines of pretty-printed JSON, each on its own, into tokens. The one chroma ships starts in the middle of
// a document only with errors, and comes in a package that takes ten milliseconds to initialise. The atomic groups keep
// a long string from being tried twice over.
var lexer = chroma.MustNewLexer(&chroma.Config{Name: "JSON lines"}, func() chroma.Rules {
	return chroma.Rules{"root": {
		{Pattern: `\s+`, Type: chroma.TextWhitespace},
		{Pattern: `"(?>(?:[^"\\\n]+|\\.)*)"(?=: )`, Type: chroma.NameTag},
		{Pattern: `"(?>(?:[^"\\\n]+|\\.)*)"?`, Type: chroma.LiteralStringDouble},
		{Pattern: `-?[0-9][-+.0-9eE]*`, Type: chroma.LiteralNumber},
		{Pattern: `(?:true|false|null)\b`, Type: chroma.KeywordConstant},
		{Pattern: `[][{}:,]+`, Type: chroma.Punctuation},
		{Pattern: `.`, Type: chroma.Text},
	}}
})

var tokenInks = map[chroma.TokenType]ink{
	chroma.NameTag: inkKey, chroma.LiteralStringDouble: inkString, chroma.LiteralNumber: inkNumber,
	chroma.KeywordConstant: inkLiteral, chroma.Punctuation: inkPunct,
}

// highlight returns the ink of every byte of the lines' text.
func highlight(lines []shownLine) [][]ink {
	var all []byte
	for _, l := range lines {
		all = append(appendValid(all, l.text), '\n')
	}
	inks := make([]ink, 0, len(all))
	if next, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, string(all)); err == nil {
		for t := next(); t != chroma.EOF; t = next() {
			for range len(t.Value) {
				inks = append(inks, tokenInks[t.Type])
			}
		}
	}
	inks = append(inks, make([]ink, max(len(all)-len(inks), 0))...)
	out := make([][]ink, len(lines))
	for i, l := range lines {
		out[i], inks = inks[:len(l.text)], inks[len(l.text)+1:]
	}
	return out
}

// appendValid appends text with a question mark for each byte that is not UTF-8, so that offsets stay.
func appendValid(to, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			to = append(to, '?')
		} else {
			to = append(to, text[:n]...)
		}
		text = text[n:]
	}
	return to
}

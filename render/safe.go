// Package render draws Doorstep's views: the sequence ladder, JSON, differences, tables and graphs. Data goes in, lines
// come out. It knows no Matrix, does no I/O and reads no clock, so every frame is a function of its arguments.
//
// Whatever came from another server is of type [Untrusted] and reaches a frame only through [Safe].
package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Untrusted is text whose bytes somebody else chose. It has no String method; [Safe] makes it drawable, and formatting
// it with package fmt gives the same visible form instead of the bytes. Convert it to string only to keep or compare
// the bytes, never to draw them.
type Untrusted string

// Format implements [fmt.Formatter]: whatever the verb, u is written as [SafeLine] shows it.
func (u Untrusted) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, Safe(u, SafeOpts{Width: lineCells}))
}

const (
	labelCells = 200  // a label is never wider
	lineCells  = 4096 // nor is a line of a body
	tabStop    = 8
	marksKept  = 3 // combining marks drawn on one base; the others are spelled out
)

// SafeOpts says how [Safe] draws.
type SafeOpts struct {
	Width    int    // most cells the result takes; 0 means 200
	Ellipsis string // shown where text was cut; empty means "…", or "..." when ASCII is set
	ASCII    bool   // spell out everything beyond ASCII, for terminals that do not read UTF-8
}

func (o SafeOpts) ellipsis() string {
	switch {
	case o.Ellipsis != "":
		return o.Ellipsis
	case o.ASCII:
		return "..."
	}
	return "…"
}

// Safe returns u as one line that no terminal acts upon. Controls are shown as \r, \t, \n, \x1b or \u009b, invisible
// and reordering characters as <U+202E>, bytes that are not UTF-8 as \xff, combining marks beyond three on one
// character as <U+0301>. So are characters that join their neighbour to a width terminals disagree about, such as skin
// tones, as they would shift the rest of the frame. Nothing is left out except at the right end, where a cut is marked.
func Safe(u Untrusted, o SafeOpts) string {
	if o.Width == 0 {
		o.Width = labelCells
	}
	if len(u) <= o.Width && isPlain(string(u)) {
		return string(u)
	}
	return join(cut(&scanner{s: string(u), ascii: o.ASCII}, o.Width, o.ellipsis()))
}

// isPlain reports whether every byte of s is a character of ASCII that is drawn as itself.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// A piece is what is drawn or cut as one: a character with its marks, or one visible escape.
type piece struct {
	s   string
	w   int  // cells
	n   int  // bytes of the source
	esc bool // spelled out, not shown as itself
	k   ink  // its own look; inkText takes that of the text around
}

// A scanner cuts text into pieces.
type scanner struct {
	s     string
	ascii bool
	tabs  bool   // expand tabs
	col   int    // cells so far
	base  string // what the next character could join: the piece before, or the end of an escape
	baseW int    // its cells
}

// next returns the next piece; false at the end.
func (s *scanner) next() (piece, bool) {
	if s.s == "" {
		return piece{}, false
	}
	p := s.take()
	s.s = s.s[p.n:]
	s.col += p.w
	s.base, s.baseW = p.s, p.w
	if p.esc {
		s.base, s.baseW = p.s[p.w-1:], 1
	}
	return p, true
}

func (s *scanner) take() piece {
	c := s.s[0]
	if c >= utf8.RuneSelf {
		return s.takeRune()
	}
	if c == '\t' && s.tabs {
		w := tabStop - s.col%tabStop
		return piece{s: "        "[:w], w: w, n: 1}
	}
	if c < ' ' || c == 0x7f {
		return escaped(controls[c], 1)
	}
	if c == ' ' || len(s.s) == 1 || s.s[1] < utf8.RuneSelf {
		return piece{s: s.s[:1], w: 1, n: 1}
	}
	return s.withMarks(1, 1)
}

func (s *scanner) takeRune() piece {
	r, n := utf8.DecodeRuneInString(s.s)
	if r == utf8.RuneError && n == 1 {
		return escaped(`\x`+hexByte(s.s[0]), 1)
	}
	if r < 0xa0 {
		return escaped(`\u00`+hexByte(byte(r)), n)
	}
	char := s.s[:n]
	w, ordinary := ordinaryWidth(r)
	if !ordinary {
		w = ansi.StringWidth(char)
	}
	if s.ascii || !ordinary && (unseen(r) || w == 0 || !s.standsAlone(char, w)) {
		return escaped(codePoint(r), n)
	}
	return s.withMarks(n, w)
}

// standsAlone reports whether char takes w cells by either way of counting, whatever is next to it: the piece before,
// or a blank on either side.
func (s *scanner) standsAlone(char string, w int) bool {
	all, want := s.base+char+" ", s.baseW+w+1
	if s.base == "" {
		all, want = " "+all, want+1
	}
	return ansi.StringWidth(all) == want && ansi.StringWidthWc(all) == want
}

// ordinaryWidth returns the width of a letter of the scripts whose letters never join; false for all others, which take
// longer to judge.
func ordinaryWidth(r rune) (int, bool) {
	switch {
	case r >= 0xa1 && r <= 0x2ff && r != 0xad, r >= 0x3b1 && r <= 0x481, r >= 0x5d0 && r <= 0x5ea,
		r >= 0x621 && r <= 0x64a,
		r >= 0xe01 && r <= 0xe30, r >= 0x2500 && r <= 0x257f, r == '…':
		return 1, true
	case r >= 0x1f442 && r <= 0x1f4fc, r >= 0x1f600 && r <= 0x1f64f, r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 &&
		r <= 0xd7a3, r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa:
		return 2, true
	}
	return 0, false
}

// withMarks returns the character of n bytes and w cells at the start of s with the marks that follow it.
func (s *scanner) withMarks(n, w int) piece {
	for range marksKept {
		r, m := utf8.DecodeRuneInString(s.s[n:])
		if s.ascii || !unicode.In(r, unicode.Mn, unicode.Me) || unseen(r) {
			break
		}
		if both := s.s[:n+m]; ansi.StringWidth(both) != w || ansi.StringWidthWc(both) != w {
			break
		}
		n += m
	}
	return piece{s: s.s[:n], w: w, n: n}
}

// unseen reports whether r is drawn as nothing, as blank, or as who knows what: format and bidi characters, variation
// selectors, tags, separators and blanks other than the space, private use, and what Unicode has not assigned.
func unseen(r rune) bool {
	return !unicode.IsGraphic(r) || r != ' ' && unicode.Is(unicode.Zs, r) || r == 0x2800 ||
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func escaped(s string, n int) piece { return piece{s: s, w: len(s), n: n, esc: true} }

func codePoint(r rune) string { return fmt.Sprintf("<U+%04X>", r) }

func hexByte(c byte) string { return hexBytes[2*int(c) : 2*int(c)+2] }

// hexBytes holds two digits for every byte, asciiText every character of ASCII.
var hexBytes, asciiText = func() (string, string) {
	var digits, chars []byte
	for c := range 256 {
		digits = append(digits, hexDigits[c>>4], hexDigits[c&15])
		if c < utf8.RuneSelf {
			chars = append(chars, byte(c))
		}
	}
	return string(digits), string(chars)
}()

const hexDigits = "0123456789abcdef"

// controls holds the visible form of the ASCII controls.
var controls = func() (t [utf8.RuneSelf]string) {
	for c := range t {
		t[c] = `\x` + hexByte(byte(c))
	}
	t['\t'], t['\n'], t['\r'] = `\t`, `\n`, `\r`
	return t
}()

// cut returns the pieces of s that fit into width cells, the last one the ellipsis when not all do.
func cut(s *scanner, width int, ellipsis string) []piece {
	out := make([]piece, 0, min(len(s.s), width)+1)
	used, fits := 0, 0 // fits: pieces that leave room for the ellipsis
	tail := len(ellipsis)
	if tail > 1 {
		tail = Width(ellipsis)
	}
	for {
		p, ok := s.next()
		if !ok {
			return out
		}
		if used+p.w > width {
			break
		}
		out = append(out, p)
		used += p.w
		if used+tail <= width {
			fits = len(out)
		}
	}
	out = out[:fits]
	if tail <= width {
		out = append(out, piece{s: ellipsis, w: tail})
	}
	return out
}

// cutMiddle is [cut], but keeps both ends of u: a server name is told apart by either.
func cutMiddle(u Untrusted, ascii bool, width int, ellipsis string) []piece {
	var all []piece
	total, s := 0, &scanner{s: string(u[:min(len(u), lineCells)]), ascii: ascii}
	for p, ok := s.next(); ok; p, ok = s.next() {
		all = append(all, p)
		total += p.w
	}
	tail := Width(ellipsis)
	if total <= width {
		return all
	}
	if width < tail+2 {
		return cut(&scanner{s: string(u), ascii: ascii}, width, ellipsis)
	}
	room := width - tail
	left, l := 0, 0
	for l < len(all) && left+all[l].w <= room/2 {
		left += all[l].w
		l++
	}
	right, r := 0, len(all)
	for r > l && left+right+all[r-1].w <= room {
		r--
		right += all[r].w
	}
	return append(append(all[:l:l], piece{s: ellipsis, w: tail}), all[r:]...)
}

func join(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.s)
	}
	return b.String()
}

func cells(pieces []piece) int {
	w := 0
	for _, p := range pieces {
		w += p.w
	}
	return w
}

// measure returns the cells u takes, but no more than limit.
func measure(u Untrusted, ascii bool, limit int) int {
	if len(u) <= limit && isPlain(string(u)) {
		return len(u)
	}
	s := &scanner{s: string(u), ascii: ascii}
	for s.col < limit {
		if _, ok := s.next(); !ok {
			return s.col
		}
	}
	return limit
}

func itoa(n int) string { return strconv.Itoa(n) }

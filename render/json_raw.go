package render

import (
	"strings"
	"unicode/utf8"
)

// setWidth makes lines of Raw and Hex fit a view of that width. Spelling out all but ASCII takes more lines.
func (d *Document) setWidth(width int, ascii bool) {
	switch d.mode {
	case Raw:
		if w := max(width-gutter, 1); w != d.wrap || ascii != d.ascii {
			d.wrap, d.ascii = w, ascii
			d.starts = wrapStarts(d.raw, w, ascii)
		}
	case Hex:
		d.wrap = 4
		for d.wrap < 16 && hexWidth(2*d.wrap) <= width {
			d.wrap *= 2
		}
	}
}

// wrapStarts returns where the lines of text start when a line ends at a line feed or when its pieces fill width cells.
func wrapStarts(text []byte, width int, ascii bool) []uint32 {
	out := make([]uint32, 0, len(text)/width+1)
	for at := 0; at < len(text); {
		out = append(out, uint32(at))
		at += lineBytes(text[at:], width, ascii)
	}
	return out
}

// lineBytes returns how many bytes of text the first line takes, with the line feed that ends it.
func lineBytes(text []byte, width int, ascii bool) int {
	n := 0
	for n < len(text) && n < width { // printable ASCII, a cell a byte
		if c := text[n]; c == '\n' {
			return n + 1
		} else if c < ' ' || c >= 0x7f {
			break
		}
		n++
	}
	if n == len(text) || n == width && text[n] < utf8.RuneSelf && text[n] != '\n' {
		return n
	}
	s := scanner{s: string(text[:min(len(text), (width+1)*(1+marksKept)*utf8.UTFMax)]), ascii: ascii, tabs: true}
	for n = 0; n < len(text); {
		if text[n] == '\n' {
			return n + 1
		}
		col := s.col
		p, ok := s.next()
		if !ok || col+p.w > width && n > 0 {
			break
		}
		n += p.n
	}
	return n
}

func (v *viewer) raw() {
	v.left = gutter
	from, to := v.d.Offset(v.top), v.d.Offset(v.top+v.h)
	v.find(from, to)
	text, inks := string(v.d.raw[from:to]), v.d.colours(from, to)
	for y := 0; y < v.h && v.top+y < len(v.d.starts); y++ {
		at, next := v.d.Offset(v.top+y), v.d.Offset(v.top+y+1)
		s := scanner{s: strings.TrimSuffix(text[at-from:next-from], "\n"), ascii: v.g.ASCII, tabs: true}
		x := gutter
		for p, ok := s.next(); ok && x < v.w; p, ok = s.next() {
			if x+p.w > v.w { // wider than the view
				v.text(gutter, y, v.w-gutter, Untrusted(v.g.Ellipsis), inkText)
				break
			}
			k := inkText
			if inks != nil {
				k = inks[at-from]
			}
			if v.hit(at) {
				k = inkMatch
			}
			x = v.put(x, y, p, k)
			at += p.n
		}
	}
}

// hexWidth returns the columns of a line of n bytes: offset, digits, characters.
func hexWidth(n int) int { return gutter + 8 + 1 + 3*n + 2 + n }

func (v *viewer) hex() {
	n := v.d.wrap
	v.find(min(v.top*n, len(v.d.raw)), min((v.top+v.h)*n, len(v.d.raw)))
	for y := 0; y < v.h && (v.top+y)*n < len(v.d.raw); y++ {
		at := (v.top + y) * n
		x := gutter
		for shift := 28; shift >= 0; shift -= 4 {
			d := at >> shift & 15
			v.set(x, y, piece{s: hexDigits[d : d+1], w: 1}, inkDim)
			x++
		}
		x++
		chars := x + 3*n + 2
		for i, c := range v.d.raw[at:min(at+n, len(v.d.raw))] {
			k, char := inkText, "."
			if c < ' ' || c >= 0x7f {
				k = inkNumber
			} else {
				char = asciiText[c : c+1]
			}
			if v.hit(at + i) {
				k = inkMatch
			}
			v.set(x, y, piece{s: hexByte(c), w: 2, esc: true}, k)
			v.set(chars+i, y, piece{s: char, w: 1}, k)
			x += 3
		}
	}
}

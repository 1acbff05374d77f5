package render

import "unicode/utf8"

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

// hexWidth returns the columns of a line of n bytes: offset, digits, characters.
func hexWidth(n int) int { return gutter + 8 + 1 + 3*n + 2 + n }

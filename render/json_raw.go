package render

import (
	"strings"
)

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

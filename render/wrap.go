package render

import "unicode/utf8"

// wrapped cuts u into at most lines lines of width cells, at blanks if words is set and there are any. The last line
// ends in the ellipsis when that is not all.
func (c *canvas) wrapped(u Untrusted, width, lines int, words bool) [][]piece {
	if width <= 0 || lines <= 0 {
		return nil
	}
	most := (width*lines + 1) * (1 + marksKept) * utf8.UTFMax
	s := &scanner{s: string(u[:min(len(u), most)]), ascii: c.g.ASCII}
	var out [][]piece
	var line []piece
	used, blank := 0, -1 // blank: where the line may be broken
	for p, ok := s.next(); ok; p, ok = s.next() {
		for _, p := range splitWide(p, width) {
			if used+p.w <= width {
				if p.s == " " {
					blank = len(line)
				}
				line = append(line, p)
				used += p.w
				continue
			}
			rest := []piece(nil)
			switch {
			case words && p.s == " ":
				p = piece{}
			case words && blank > 0:
				rest = append(rest, line[blank+1:]...)
				line = line[:blank]
			}
			out = append(out, line)
			if len(out) == lines {
				out[lines-1] = c.ended(line, width)
				return out
			}
			line, blank = rest, -1
			if p.w > 0 {
				line = append(line, p)
			}
			used = cells(line)
		}
	}
	return append(out, line)
}

// splitWide returns p, or if it is wider than a line, the characters it can be spelled with.
func splitWide(p piece, width int) []piece {
	if p.w <= width {
		return []piece{p}
	}
	var out []piece
	text := p.s
	if !p.esc {
		text = ""
		for _, r := range p.s {
			text += codePoint(r)
		}
	}
	for i := range len(text) {
		out = append(out, piece{s: text[i : i+1], w: 1, esc: true})
	}
	return out
}

// ended returns a line with the ellipsis at its end, within width cells.
func (c *canvas) ended(line []piece, width int) []piece {
	tail := cut(&scanner{s: c.g.Ellipsis}, width, "")
	for len(line) > 0 && cells(line)+cells(tail) > width {
		line = line[:len(line)-1]
	}
	return append(line[:len(line):len(line)], tail...)
}

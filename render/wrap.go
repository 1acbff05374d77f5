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
		if used+p.w > width && len(line) > 0 {
			rest := []piece(nil)
			if words && blank > 0 {
				rest = append(rest, line[blank+1:]...)
				line = line[:blank]
			}
			out = append(out, line)
			if len(out) == lines {
				out[lines-1] = c.ended(line, width)
				return out
			}
			line, used, blank = rest, cells(rest), -1
			if p.s == " " && words && len(line) == 0 {
				continue
			}
		}
		if p.s == " " {
			blank = len(line)
		}
		line = append(line, p)
		used += p.w
	}
	return append(out, line)
}

// ended returns a line with the ellipsis at its end, within width cells.
func (c *canvas) ended(line []piece, width int) []piece {
	tail := cut(&scanner{s: c.g.Ellipsis}, width, "")
	for len(line) > 0 && cells(line)+cells(tail) > width {
		line = line[:len(line)-1]
	}
	return append(line[:len(line):len(line)], tail...)
}

package render

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns the cells of a drawn line. Characters that never join their neighbours, and the sequences that styles
// are made of, are counted as they come; any other makes it count clusters, which takes ten times as long.
func Width(line string) int {
	w := 0
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c >= ' ' && c < 0x7f:
			w++
			i++
		case c == 0x1b:
			n := styleSequence(line[i:])
			if n == 0 {
				return ansi.StringWidth(line)
			}
			i += n
		default:
			r, n := utf8.DecodeRuneInString(line[i:])
			cells, ok := ordinaryWidth(r)
			if !ok && !isSign(r) {
				return ansi.StringWidth(line)
			}
			w += max(cells, 1)
			i += n
		}
	}
	return w
}

// styleSequence returns how many bytes of s are a sequence that changes the style; 0 when it begins with none.
func styleSequence(s string) int {
	if len(s) < 3 || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case (c < '0' || c > '9') && c != ';' && c != ':':
			return 0
		}
	}
	return 0
}

// isSign reports whether r is one of our own signs that takes a cell and joins nothing.
func isSign(r rune) bool {
	switch r {
	case '▸', '◂', '▾', '▪', '✓', '✗', '⟳', '›', '·', '→', '←', '↑', '–':
		return true
	}
	return false
}

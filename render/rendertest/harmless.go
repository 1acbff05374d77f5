package rendertest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Harmless returns what in a text of the program, whatever was printed or written to a file, a terminal would act upon
// or a reader could trip over: bytes that are not UTF-8, control characters, escape sequences but those that set
// colours or link to a page, characters that reorder, hide, join or are blank, more than three marks on one character,
// and lines of more than so many cells; 0: lines may have any. Nil: nothing.
func Harmless(text string, cells int) error {
	for y, line := range strings.Split(text, "\n") {
		if err := harmless(line); err != nil {
			return fmt.Errorf("line %d: %w", y+1, err)
		}
		if cells == 0 {
			continue // measuring takes longest
		}
		if n := ansi.StringWidth(line); n > cells {
			return fmt.Errorf("line %d: %d cells, at most %d: %q", y+1, n, cells, clip(line))
		}
	}
	return nil
}

// harmless is Harmless for a line.
func harmless(line string) error {
	text := line
	if strings.Contains(line, "\x1b") { // to take a line apart takes long
		var err error
		if text, _, err = split(line); err != nil {
			return fmt.Errorf("%w: %q", err, clip(line))
		}
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("not UTF-8: %q", clip(text))
	}
	marks := 0
	for _, r := range text {
		if r >= ' ' && r < 0x7f {
			marks = 0
			continue
		}
		if marks++; !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		}
		if marks > 3 {
			return fmt.Errorf("a pile of marks: %q", clip(text))
		}
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co,
			unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return fmt.Errorf("%U: %q", r, clip(text))
		}
	}
	return nil
}

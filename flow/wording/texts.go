package wording

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxColumns is how wide a line may be in a file of texts that people read and correct.
const maxColumns = 120

// LineFault says what is wrong with a line of such a file, whatever its format; empty: nothing is. A line that cannot
// be broken, such as one with a URL, may have any width.
func LineFault(line string, unbreakable bool) string {
	switch columns := utf8.RuneCountInString(line); {
	case !utf8.ValidString(line):
		return "not UTF-8"
	case strings.IndexFunc(line, unicode.IsControl) >= 0:
		return "a control character"
	case strings.TrimRight(line, " ") != line:
		return "blanks at the end of the line"
	case columns > maxColumns && !unbreakable:
		return fmt.Sprintf("%d columns, at most %d are allowed", columns, maxColumns)
	}
	return ""
}

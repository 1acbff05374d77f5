package text

import (
	"bufio"
	"fmt"
	"strings"

	"doorstep/render"
)

// PlainWidth is the width that plain lines are broken to.
const PlainWidth = 80

// hanging breaks drawable text into lines of at most PlainWidth cells, at blanks only: what has none, as IDs, links and
// numbers, stays whole and may be wider, so that it can be copied and searched for. Later lines are indented by hang
// cells.
func hanging(text string, hang int) []string {
	var lines []string
	line, used := "", 0
	for rest := text; rest != ""; {
		word := strings.TrimLeft(rest, " ")
		gap := rest[:len(rest)-len(word)]
		word, _, _ = strings.Cut(word, " ")
		rest = rest[len(gap)+len(word):]
		wide := render.Width(word)
		if strings.TrimSpace(line) != "" && used+len(gap)+wide > PlainWidth {
			lines = append(lines, line)
			line, used, gap = strings.Repeat(" ", hang), hang, ""
		}
		line, used = line+gap+word, used+len(gap)+wide
	}
	return append(lines, line)
}

// say writes drawable text as lines that fit.
func say(b *bufio.Writer, hang int, format string, values ...any) {
	for _, line := range hanging(fmt.Sprintf(format, values...), hang) {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

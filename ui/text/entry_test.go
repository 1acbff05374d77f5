package text_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"doorstep/flow/explain"
	"doorstep/render"
	"doorstep/ui/text"
)

// What was in 2015 and what is today stand next to each other on a terminal with room for both, else one below the
// other; no word is lost, and no line is wider than the terminal.
func TestEntryThenAndNow(t *testing.T) {
	both := 0
	for _, e := range explain.All() {
		if len(e.In2015) == 0 || len(e.Today) == 0 {
			continue
		}
		both++
		for _, width := range []int{0, 71, 72, 90, 300} {
			for _, ascii := range []bool{false, true} {
				var b bytes.Buffer
				if err := text.Entry(&b, &e, ascii, width); err != nil {
					t.Fatal(err)
				}
				lines := strings.Split(b.String(), "\n")
				at := slices.IndexFunc(lines, func(line string) bool {
					return strings.HasPrefix(line, "In 2015 ") && strings.HasSuffix(line, " Today")
				})
				if (at >= 0) != (width >= 72) {
					t.Errorf("%s at %d: next to each other: %v", e.Name, width, at >= 0)
				}
				if ascii && strings.ContainsFunc(b.String(), func(r rune) bool { return r > '~' }) {
					t.Errorf("%s at %d is not in ASCII: %q", e.Name, width, b.String())
				}
				for i := at; at >= 0 && lines[i] != ""; i++ {
					if render.Width(lines[i]) > width {
						t.Errorf("%s at %d: %q", e.Name, width, lines[i])
					}
				}
				for _, word := range strings.Fields(strings.Join(append(e.In2015, e.Today...), " ")) {
					if !ascii && !strings.Contains(b.String(), word) {
						t.Errorf("%s at %d: %q is lost", e.Name, width, word)
					}
				}
			}
		}
	}
	if both < 5 {
		t.Errorf("%d entries tell of both", both)
	}
}

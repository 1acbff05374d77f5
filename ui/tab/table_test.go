package tab

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// At every width the tab in use is there, what is left out to either side has a sign, and a click on the sign goes
// there.
func TestTabsThatDoNotFitHaveASign(t *testing.T) {
	for width := 39; width <= 90; width++ {
		for at, on := range All {
			line, end, shown := " ", 1, map[Tab]bool{}
			spans := Spans(on, width, "‹", "›")
			for _, s := range spans {
				if s.Start != end || s.End-s.Start != utf8.RuneCountInString(s.Text) {
					t.Fatalf("%s at %d: %q stands from %d to %d, after %d", on.Name(), width, s.Text, s.Start, s.End, end)
				}
				end, line = s.End, line+s.Text
				shown[s.Tab] = true
			}
			if end > width || !strings.Contains(line, on.Name()+"]") {
				t.Errorf("%s at %d: %q", on.Name(), width, line)
			}
			first, last := spans[0], spans[len(spans)-1]
			if strings.Contains(line, "‹") != !strings.Contains(line, All[0].Name()) || first.Text == "‹" &&
				shown[All[0]] && first.Tab != All[0] {
				t.Errorf("%s at %d: %q begins without a sign", on.Name(), width, line)
			}
			if strings.Contains(line, "›") != !strings.Contains(line, All[len(All)-1].Name()) {
				t.Errorf("%s at %d: %q ends without a sign", on.Name(), width, line)
			}
			if at+1 < len(All) && last.Tab == on || at > 0 && first.Tab == on {
				t.Errorf("%s at %d: a neighbour cannot be reached from %q", on.Name(), width, line)
			}
			if !strings.Contains(line, on.Key()+" "+on.Name()) {
				t.Errorf("%s at %d: %q has no keys", on.Name(), width, line)
			}
		}
	}
}

package versus

import (
	"strings"
	"testing"

	"doorstep/ui/story"
)

// What a row is about is explained in place of its fields, with the entry of that thing, and Esc leads back to where it
// was asked; a row that is about nothing says so.
func TestRowsAreExplained(t *testing.T) {
	known := 0
	for _, pair := range [][2]string{{"public-v12", "form-2015"}, {"synapse-v12", "dendrite-v12"}, {"banned", "public-v12"},
		{"notary", "public-v11"}, {"synapse-omit-members-v10", "restricted"}} {
		m := screenOf(compared(t, pair[0], pair[1]), false, 80, 24)
		press(m, "l")
		for i := range m.lines {
			m.cursor = i
			m.settle()
			before := shown(m)
			press(m, "e")
			row := m.row()
			if row == folded || m.rows[row].About.Nothing() {
				if m.inFields || !strings.Contains(shown(m), "nothing that could be explained") {
					t.Errorf("%v, line %d: e shows\n%s", pair, i, shown(m))
				}
				press(m, "g")
				continue
			}
			known++
			text := string(story.Explained(m.Look, m.rows[row].About).Bytes())
			if first, _, _ := strings.Cut(text, "\n"); !strings.Contains(shown(m), first) ||
				strings.Contains(text, "Nothing is known") {
				t.Errorf("%v, %s: e shows\n%s", pair, m.rows[row].Name, shown(m))
			}
			press(m, "j", "G")
			if press(m, "esc"); shown(m) != before {
				t.Errorf("%v, %s: Esc leads to\n%s\nnot to\n%s", pair, m.rows[row].Name, shown(m), before)
			}
		}
	}
	if known < 60 {
		t.Errorf("only %d rows are about anything", known)
	}
}

// Asked for among the fields, Esc leads back to them.
func TestExplainedFromTheFields(t *testing.T) {
	m := screenOf(compared(t, "public-v12", "form-2015"), false, 80, 24)
	press(m, "enter")
	before := shown(m)
	press(m, "e")
	if shown(m) == before || !m.why {
		t.Errorf("e shows\n%s", shown(m))
	}
	if press(m, "esc"); shown(m) != before {
		t.Errorf("Esc leads to\n%s", shown(m))
	}
	if press(m, "esc"); m.inFields {
		t.Error("the second Esc does not lead to the table")
	}
}

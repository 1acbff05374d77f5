package versus

import (
	"strings"

	"doorstep/render"
	"doorstep/ui/story"
)

// The screen has at least this size; from splitWidth on the fields stand next to the table.
const (
	leastWidth, leastHeight = 40, 12
	splitWidth              = 120
	tallHeight              = 24 // from here on what is folded is told above the table
)

func (m *Model) small() bool { return m.width < leastWidth || m.height < leastHeight }

func (m *Model) split() bool { return m.width >= splitWidth }

// head says what is compared, and what it came to.
func (m *Model) head() []string {
	c := m.comparison
	room := max(m.width-4, 1)
	verdict := m.Warn
	if c.Equal {
		verdict = m.OK
	}
	out := []string{
		" " + m.Title.Render("A") + "  " + m.Safe(story.SummaryWords(c.A), room),
		" " + m.Title.Render("B") + "  " + m.Safe(story.SummaryWords(c.B), room),
		" " + verdict.Render(m.Safe(story.ComparedVerdict(c), room+2)),
	}
	if folds := story.FoldWords(c.Folds); folds != "" && m.height >= tallHeight {
		out = append(out, " "+m.Dim.Render(m.Safe(folds, room+2)))
	}
	return append(out, m.Border.Render(strings.Repeat(m.Glyphs.Rule, m.width)))
}

// tableHeight is how many lines the table has, or the fields in its place.
func (m *Model) tableHeight() int { return max(m.height-len(m.head())-2, 1) }

func (m *Model) tableWidth() int {
	if m.split() {
		return m.width * 11 / 20
	}
	return m.width
}

// fieldsSize is what the fields have below their title.
func (m *Model) fieldsSize() (width, height int) {
	if m.split() {
		return m.width - m.tableWidth() - 1, max(m.tableHeight()-1, 1)
	}
	return m.width, max(m.tableHeight()-1, 1)
}

// table is the rows in columns: a sign, what it is, what each of the two says, what differs.
func (m *Model) table() render.Table {
	cursor := m.cursor
	if m.inFields && !m.split() {
		cursor = -1
	}
	return render.Table{Columns: []render.Column{{Min: 1}, {Title: "what", Min: 16, Whole: 22}, {Title: "A", Min: 10},
		{Title: "B", Min: 10}, {Title: "what differs", Min: 10}}, Rows: m.tableRows(), Cursor: cursor}
}

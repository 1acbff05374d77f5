package versus

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// fold folds the rows that are alike, or unfolds them; the cursor stays where it is, if it can.
func (m *Model) fold(away bool) {
	row, none := m.row(), !slices.ContainsFunc(m.rows, story.ComparedRow.Alike)
	switch {
	case none:
		m.notice = "no row is alike"
	case away && !m.unfolded:
		m.notice = "the rows that are alike are folded already"
	case !away && m.unfolded:
		m.notice = "the rows that are alike are shown already"
	}
	m.unfolded = !away
	m.layLines()
	if at := slices.Index(m.lines, line{row}); at >= 0 {
		m.cursor = at
	}
}

func (m *Model) reorder() {
	row := m.row()
	m.byOrder = !m.byOrder
	m.layLines()
	if at := slices.Index(m.lines, line{row}); at >= 0 {
		m.cursor = at
	}
	m.notice = "what differs first"
	if m.byOrder {
		m.notice = "in the order of the handshake"
	}
}

// nextDifference goes to the next line that differs, or to the one before.
func (m *Model) nextDifference(by int) {
	for i := m.cursor + by; i >= 0 && i < len(m.lines); i += by {
		if row := m.lines[i].row; row != folded && !m.rows[row].Alike() {
			m.cursor = i
			return
		}
	}
	m.notice = "no further row differs"
}

// move moves the cursor, or the one of the fields where they have the keys.
func (m *Model) move(a keymap.Action) {
	if m.inFields && m.fields != nil {
		m.fields.Do(a)
		return
	}
	n := keymap.Steps(a, max(m.tableHeight()-2, 1), len(m.lines))
	m.cursor = pane.Between(m.cursor+n, 0, max(len(m.lines)-1, 0))
}

func (m *Model) toggleMouse() tea.Cmd {
	if m.mouse = !m.mouse; m.mouse {
		m.notice = "the mouse is taken: hold Shift to select text"
		return tea.EnableMouseCellMotion
	}
	m.notice = "the mouse is left to the terminal"
	return tea.DisableMouse
}

// seek goes to the next row that holds what is searched for, those that are folded away among them.
func (m *Model) seek(by int) {
	if m.find == "" {
		m.notice = "nothing is searched for: " + m.key(keymap.ActFind) + " asks"
		return
	}
	all := m.everyRow()
	at := slices.Index(all, m.row())
	if at < 0 && by < 0 {
		at = 0
	}
	for range all {
		at = (at + by + len(all)) % len(all)
		if m.holds(m.rows[all[at]]) {
			m.show(all[at])
			return
		}
	}
	m.notice = "not found: " + m.find
}

// holds reports whether a row holds what is searched for, without regard to case.
func (m *Model) holds(r story.ComparedRow) bool {
	texts := []string{r.Name, r.A, r.B, r.Differs}
	for _, c := range r.Changes {
		texts = append(texts, c.Where, c.A, c.B, c.Note)
	}
	find := strings.ToLower(m.find)
	return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(strings.ToLower(s), find) })
}

package versus

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// View draws the screen: as many lines as it is high, none wider than it is.
func (m *Model) View() string {
	if m.width <= 0 || m.height <= 0 || m.quitting {
		return ""
	}
	return strings.Join(m.drawn(), "\n")
}

func (m *Model) drawn() []string {
	switch {
	case m.small():
		return m.tooSmall()
	case m.mode == helping:
		return m.help()
	}
	lines := append(m.head(), m.body()...)
	status := ""
	if m.notice == "" && len(m.lines) > m.tableHeight()-1 { // not all of the table is in view
		status = " " + m.Dim.Render(fmt.Sprintf("row %d of %d", m.cursor+1, len(m.lines)))
	}
	if m.notice != "" {
		status = " " + m.Warn.Render(m.Safe(m.notice, m.width-1))
	}
	lines = append(lines, status, m.footer())
	return theme.Box(lines, m.width, m.height)
}

func (m *Model) tooSmall() []string {
	text := fmt.Sprintf("Doorstep diff needs %dx%d, has %dx%d", leastWidth, leastHeight, m.width, m.height)
	lines := make([]string, m.height)
	lines[m.height/2] = ansi.Truncate(text, m.width, "")
	return theme.Box(lines, m.width, m.height)
}

// body is the table, the fields of the row under the cursor, or both side by side.
func (m *Model) body() []string {
	h := m.tableHeight()
	if !m.split() && m.inFields {
		return m.drawFields()
	}
	table := m.table().Draw(m.Styles, m.Glyphs, m.tableWidth(), h)
	if !m.split() {
		return table
	}
	return theme.SideBySide(m.Look, theme.Box(table, m.tableWidth(), h), m.drawFields())
}

// drawFields draws the fields below the name of their row.
func (m *Model) drawFields() []string {
	w, h := m.fieldsSize()
	if m.fields == nil {
		return theme.Box(nil, w, h+1)
	}
	title := m.foldedWords()
	if row := m.row(); row != folded {
		title = name(m.rows[row])
	}
	style := m.Header
	if m.inFields {
		style = m.Focus
	}
	out := []string{theme.Fit(" "+style.Render(m.Safe(title, w-1)), w)}
	return append(out, theme.Box(m.fields.Draw(m.Look, w, h, m.inFields, render.Needle{}), w, h)...)
}

// footer is the keys worth knowing, or the line that is searched for. None is cut: one that does not fit is left out.
func (m *Model) footer() string {
	if m.mode == searching {
		return theme.Fit(" "+m.Key.Render("search for")+" "+m.Safe(m.input.Value(), m.width-14)+
			m.Cursor.Reverse(true).Render("_"), m.width)
	}
	var out string
	room := m.width - 1
	add := func(b keymap.Binding) {
		word := " " + m.Key.Render(keymap.Names(b.Keys()[:1])) + " " + b.Footer + " "
		if w := render.Width(word); w <= room {
			out, room = out+word, room-w
		}
	}
	quit := slices.IndexFunc(m.bindings, func(b keymap.Binding) bool { return b.Action == keymap.ActQuit })
	room -= len(m.key(keymap.ActQuit)) + len(m.bindings[quit].Footer) + 3
	for _, b := range m.bindings {
		unfold, fold := b.Action == keymap.ActRight, b.Action == keymap.ActLeft
		if b.Footer == "" || b.Where&m.where() == 0 || b.Action == keymap.ActQuit || unfold && m.unfolded ||
			fold && !m.unfolded {
			continue
		}
		add(b)
	}
	room = m.width
	add(m.bindings[quit])
	return theme.Fit(out, m.width)
}

package inspection

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"doorstep/flow"
	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
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
		lines := make([]string, m.height)
		lines[m.height/2] = ansi.Truncate(fmt.Sprintf("Doorstep check needs %dx%d, has %dx%d", leastWidth, leastHeight,
			m.width, m.height), m.width, "")
		return theme.Box(lines, m.width, m.height)
	case m.helping:
		return m.help()
	}
	lines := append(m.head(), m.body()...)
	status := ""
	if m.notice != "" {
		status = " " + m.Warn.Render(m.Safe(m.notice, m.width-1))
	} else if len(m.order) > m.tableHeight()-1 {
		status = " " + m.Dim.Render(fmt.Sprintf("row %d of %d", m.cursor+1, len(m.order)))
	}
	return theme.Box(append(lines, status, m.footer()), m.width, m.height)
}

// head says which server is looked at, and what that came to so far.
func (m *Model) head() []string {
	room := max(m.width-2, 1)
	c := m.report.Counts
	counts := fmt.Sprintf("%d passed, %d failed, %d warnings, %d not checked", c.Pass, c.Fail, c.Warn, c.NotChecked)
	style, words := m.Wait, story.ProgressWords(m.source.Progress())
	if m.done {
		style, words = m.OK, string(m.report.Outcome)+": "+m.report.Verdict()
		if m.report.Outcome != flow.Verified {
			style = m.Fail
		} else if c.Warn > 0 {
			style = m.Warn
		}
	}
	title := "check of " + m.report.Server
	if a := m.report.Addresses; len(a) == 1 && a[0].Address != m.report.Server {
		title += " at " + a[0].Address
	}
	return []string{
		" " + m.Title.Render(m.Safe(title, room)),
		" " + style.Render(m.Safe(words, room)),
		" " + m.Dim.Render(m.Safe(counts, room)),
		m.Border.Render(strings.Repeat(m.Glyphs.Rule, m.width)),
	}
}

// headLines is how many lines head has.
const headLines = 4

func (m *Model) tableHeight() int { return max(m.height-headLines-2, 1) }

func (m *Model) tableWidth() int {
	if m.split() {
		return m.width * 11 / 20
	}
	return m.width
}

// fieldsSize is what the pane has below its title.
func (m *Model) fieldsSize() (width, height int) {
	if m.split() {
		return m.width - m.tableWidth() - 1, max(m.tableHeight()-1, 1)
	}
	return m.width, max(m.tableHeight()-1, 1)
}

// body is the table, what is said of the row under the cursor, or both side by side.
func (m *Model) body() []string {
	h := m.tableHeight()
	if !m.split() && m.inFields {
		return m.drawFields()
	}
	table := theme.Box(m.table().Draw(m.Styles, m.Glyphs, m.tableWidth(), h), m.tableWidth(), h)
	if !m.split() {
		return table
	}
	return theme.SideBySide(m.Look, table, m.drawFields())
}

// drawFields draws what is said of a row below its name.
func (m *Model) drawFields() []string {
	w, h := m.fieldsSize()
	r, ok := m.row()
	if m.fields == nil || !ok {
		return theme.Box(nil, w, h+1)
	}
	style := m.Header
	if m.inFields {
		style = m.Focus
	}
	title := theme.Fit(" "+style.Render(m.Safe(r.Kind.Of().Title+" "+r.Address, w-1)), w)
	return append([]string{title}, theme.Box(m.fields.Draw(m.Look, w, h, m.inFields, render.Needle{}), w, h)...)
}

// footer is the keys worth knowing. None is cut: one that does not fit is left out.
func (m *Model) footer() string {
	out, room := "", m.width-1
	for _, b := range m.bindings {
		if b.Footer == "" || b.Where&m.where() == 0 {
			continue
		}
		word := " " + m.Key.Render(keymap.Names(b.Keys()[:1])) + " " + b.Footer + " "
		if w := render.Width(word); w <= room {
			out, room = out+word, room-w
		}
	}
	return theme.Fit(out, m.width)
}

// help lists the keys, made from the table of bindings, and what the signs stand for.
func (m *Model) help() []string {
	var signs []pane.Sign
	for _, o := range []verify.CheckOutcome{verify.Pass, verify.Warn, verify.Fail, verify.NotChecked} {
		signs = append(signs, pane.Sign{Glyph: statuses[o].Glyph(m.Glyphs), Says: outcomeWords(o)})
	}
	return pane.KeyHelp(m.Look, groups, m.bindings, signs, &m.helpTop, m.width, m.height)
}

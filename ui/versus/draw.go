package versus

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// The screen has at least this size; from splitWidth on the fields stand next to the table.
const (
	leastWidth, leastHeight = 40, 12
	splitWidth              = 120
	tallHeight              = 24 // from here on what is folded is told above the table
)

func (m *Model) small() bool { return m.width < leastWidth || m.height < leastHeight }

func (m *Model) split() bool { return m.width >= splitWidth }

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

// name is what a row is about.
func name(r story.ComparedRow) string {
	switch r.Group {
	case story.ComparedChecks:
		return "check: " + r.Name
	case story.ComparedFindings:
		return "finding: " + r.Name
	}
	return r.Name
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

func (m *Model) tableRows() render.TableRows {
	out := make(render.TableRows, 0, len(m.lines))
	for _, l := range m.lines {
		if l.row == folded {
			out = append(out, render.TableRow{Cells: []render.Untrusted{render.Untrusted(m.Glyphs.Copied),
				render.Untrusted(m.foldedWords())}, Ghost: true})
			continue
		}
		r := m.rows[l.row]
		differs := r.Differs
		if r.Alike() {
			differs = r.Quiet
		}
		out = append(out, render.TableRow{Ghost: r.Alike(), Cells: []render.Untrusted{render.Untrusted(m.sign(r)),
			render.Untrusted(name(r)), render.Untrusted(r.A), render.Untrusted(r.B), render.Untrusted(differs)}})
	}
	return out
}

// sign is that of a change: both have it, and differently, or alike, or one has it.
func (m *Model) sign(r story.ComparedRow) string {
	switch {
	case r.Alike():
		return m.Glyphs.Copied
	case r.A == "":
		return m.Glyphs.Added
	case r.B == "":
		return m.Glyphs.Removed
	}
	return m.Glyphs.Replaced
}

// foldedWords say how many rows are folded away.
func (m *Model) foldedWords() string {
	n := 0
	for _, r := range m.rows {
		if r.Alike() {
			n++
		}
	}
	return wording.Count(n, "row") + " alike"
}

// tell says of a row without changes what there is to say.
func (m *Model) tell(b *story.Builder, r story.ComparedRow) {
	for _, side := range []struct{ name, says string }{{"A", r.A}, {"B", r.B}} {
		if side.says == "" {
			side.says = "has nothing like it"
		}
		b.Field(side.name, side.says)
	}
	if r.Alike() {
		b.Blank()
		b.Say(r.Quiet + ": nothing differs but what does between any two runs, such as names, keys and times.")
	}
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

// helpKeys is the cells for the keys.
const helpKeys = 18

// help lists the keys, made from the table of bindings, and what the signs stand for.
func (m *Model) help() []string {
	var out []string
	say := func(key, says string) {
		for i, text := range theme.Wrap(m.Own(says), m.width-helpKeys-4, 0) {
			if i > 0 {
				key = ""
			}
			out = append(out, "   "+m.Key.Render(theme.Fit(key, helpKeys))+" "+m.Text.Render(text))
		}
	}
	for _, g := range groups {
		out = append(out, " "+m.Title.Render(g))
		for _, b := range m.bindings {
			if b.Group == g && b.Help().Desc != "" {
				say(b.Help().Key, b.Help().Desc)
			}
		}
		out = append(out, "")
	}
	out = append(out, " "+m.Title.Render("Signs"))
	say(m.Glyphs.Replaced, "both have it, and something differs")
	say(m.Glyphs.Removed, "only A has it")
	say(m.Glyphs.Added, "only B has it")
	say(m.Glyphs.Copied, "alike, but for what differs between any two runs: names that always stand for each other, "+
		"addresses, times, keys, hashes, signatures")
	room := max(m.height-3, 1)
	m.helpTop = pane.Between(m.helpTop, 0, max(len(out)-room, 0))
	lines := append([]string{" " + m.Title.Render("Keys"), ""}, theme.Box(out[m.helpTop:], m.width, room)...)
	return theme.Box(append(lines, " "+m.Key.Render("Esc")+" back"), m.width, m.height)
}

package versus

import (
	"slices"

	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// layLines lists what the table shows.
func (m *Model) layLines() {
	m.lines = nil
	alike := 0
	for pass := range 2 {
		for i, r := range m.rows {
			switch {
			case m.byOrder && pass == 1, !m.byOrder && r.Alike() != (pass == 1):
			case r.Alike() && !m.unfolded:
				alike++
			default:
				m.lines = append(m.lines, line{i})
			}
		}
	}
	if alike > 0 {
		m.lines = append(m.lines, line{folded})
	}
	m.cursor = pane.Between(m.cursor, 0, max(len(m.lines)-1, 0))
}

// row is the row under the cursor; folded where there is none.
func (m *Model) row() int {
	if len(m.lines) == 0 {
		return folded
	}
	return m.lines[m.cursor].row
}

// show brings a row under the cursor, and unfolds the rows that are alike where it is one.
func (m *Model) show(row int) {
	at := slices.Index(m.lines, line{row})
	if at < 0 {
		m.unfolded = true
		m.layLines()
		at = slices.Index(m.lines, line{row})
	}
	m.cursor = max(at, 0)
}

// everyRow are the rows in the order of the table, folded or not.
func (m *Model) everyRow() []int {
	var out []int
	for pass := range 2 {
		for i, r := range m.rows {
			if m.byOrder && pass == 0 || !m.byOrder && r.Alike() == (pass == 1) {
				out = append(out, i)
			}
		}
	}
	return out
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

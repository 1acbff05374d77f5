package versus

import (
	"doorstep/flow/compare"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// settle makes the screen fit together after a change: the fields are those of the row under the cursor.
func (m *Model) settle() {
	if m.small() {
		return
	}
	if row := m.row(); m.fields == nil || row != m.fieldsOf {
		m.fields, m.fieldsOf, m.why = m.fieldsFor(row), row, false
	}
	w, h := m.fieldsSize()
	m.fields.LayOut(m.Look, w, h)
}

// fieldsFor is what there is to see of a row.
func (m *Model) fieldsFor(row int) *pane.Content {
	if row != folded && len(m.rows[row].Changes) > 0 {
		return &pane.Content{Diff: m.diffOf(m.rows[row])}
	}
	b := &story.Builder{Look: m.Look}
	switch {
	case row == folded:
		b.Say(m.foldedWords() + ": " + m.key(keymap.ActRight) + " shows them.")
	default:
		m.tell(b, m.rows[row])
	}
	return &pane.Content{Text: &b.Prose}
}

// explain shows in place of the fields what the row under the cursor is about.
func (m *Model) explain() {
	row := m.row()
	switch {
	case row == folded || m.rows[row].About.Nothing():
		m.notice = "this row is about nothing that could be explained"
		return
	case m.why:
		return
	}
	m.why, m.whyFrom, m.inFields = true, m.inFields, true
	m.fields = &pane.Content{Text: story.Explained(m.Look, m.rows[row].About)}
}

// leaveFields goes back from what explains the row to where it was asked, or from the fields to the table.
func (m *Model) leaveFields() {
	if !m.why {
		m.inFields = false
		return
	}
	m.why, m.inFields, m.fields = false, m.whyFrom, nil
}

// diffOf are the changes of a row as render draws them.
func (m *Model) diffOf(r story.ComparedRow) *render.Diff {
	d := &render.Diff{Left: render.Untrusted("A  " + m.comparison.A.Name),
		Right: render.Untrusted("B  " + m.comparison.B.Name)}
	kinds := map[compare.Kind]render.ChangeKind{compare.Added: render.Added, compare.Removed: render.Removed}
	for _, c := range r.Changes {
		kind, known := kinds[c.Kind]
		if !known {
			kind = render.Replaced
		}
		d.Changes = append(d.Changes, render.Change{Path: render.Untrusted(c.Where), Kind: kind, Word: c.KindWords(),
			From: render.Untrusted(c.A), To: render.Untrusted(c.B), Why: render.Untrusted(c.Note)})
	}
	for _, c := range r.Asides {
		d.Changes = append(d.Changes, render.Change{Path: render.Untrusted(c.Where), Kind: render.Replaced, Word: "aside",
			From: render.Untrusted(c.A), To: render.Untrusted(c.B)})
	}
	return d
}

// tell says of a row without changes what there is to say.
func (m *Model) tell(b *story.Builder, r story.ComparedRow) {
	defer m.tellAsides(b, r)
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

// tellAsides says in which headers and TLS facts a row differs that is alike otherwise.
func (m *Model) tellAsides(b *story.Builder, r story.ComparedRow) {
	if len(r.Asides) == 0 {
		return
	}
	b.Section("Aside: headers and TLS, which count for nothing")
	for _, c := range r.Asides {
		b.Field(c.Where, orNone(c.A)+" | "+orNone(c.B))
	}
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

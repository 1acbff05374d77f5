// Package inspection is the screen of a check: a table of what is claimed of a server, with the rows as they become
// known, and what there is to say of the row under the cursor.
package inspection

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/inspect"
	"doorstep/flow/verify"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/theme"
)

// A Source is a check: one that is under way, or a recorded one.
type Source interface {
	Trace() flow.Trace
	Progress() flow.Progress
}

// A Model is the screen: the Bubble Tea model of a check.
type Model struct {
	theme.Look
	source   Source
	done     bool // nothing more comes
	bindings []keymap.Binding

	trace  flow.Trace
	report inspect.Report
	order  []int // rows of the report as they are shown

	width, height int
	byWeight      bool // what fails comes first
	helping       bool
	helpTop       int
	cursor        int // of order
	inFields      bool
	fields        *pane.Content // of the row under the cursor
	fieldsOf      shown
	notice        string
	quitting      bool
	stopped       bool // by Ctrl-c
	over          bool // it is over another screen
	left          bool // ... which the reader went back to
}

// shown is what fields was made of: the row, and how much was known then.
type shown struct {
	row, entries int
	done         bool
}

// The screen has at least this size; from splitWidth on what is said of a row stands next to the table.
const (
	leastWidth, leastHeight = 40, 12
	splitWidth              = 110
)

func (m *Model) small() bool { return m.width < leastWidth || m.height < leastHeight }

func (m *Model) split() bool { return m.width >= splitWidth }

func (m *Model) where() keymap.Place {
	if m.inFields {
		return keymap.InCheckFields
	}
	return keymap.InCheck
}

// action is what a key asks for in a place; empty: nothing.
func (m *Model) action(k string) keymap.Action {
	return keymap.ActionOf(m.bindings, m.where(), k)
}

func (m *Model) key(a keymap.Action) string { return keymap.KeyOf(m.bindings, a) }

// take takes in the trace as it is now.
func (m *Model) take() {
	t := m.source.Trace()
	if m.report.Rows != nil && len(t.Entries) == len(m.trace.Entries) {
		return
	}
	at, kept := m.row()
	m.trace, m.report = t, inspect.Of(t)
	m.sort()
	if kept {
		m.seek(at)
	}
}

// row is the row under the cursor; false where there is none.
func (m *Model) row() (inspect.Row, bool) {
	if m.cursor < 0 || m.cursor >= len(m.order) {
		return inspect.Row{}, false
	}
	return m.report.Rows[m.order[m.cursor]], true
}

// seek puts the cursor on a row that was under it before.
func (m *Model) seek(row inspect.Row) {
	for i, at := range m.order {
		if r := m.report.Rows[at]; r.Kind == row.Kind && r.Address == row.Address {
			m.cursor = i
		}
	}
}

// sort puts the rows in the order in which they are shown.
func (m *Model) sort() {
	m.order = m.order[:0]
	for i := range m.report.Rows {
		m.order = append(m.order, i)
	}
	if m.byWeight {
		weight := map[verify.CheckOutcome]int{verify.Fail: 0, verify.Warn: 1, verify.Pass: 2, verify.NotChecked: 3}
		slices.SortStableFunc(m.order, func(a, b int) int {
			return weight[m.report.Rows[a].Outcome] - weight[m.report.Rows[b].Outcome]
		})
	}
	m.cursor = pane.Between(m.cursor, 0, max(len(m.order)-1, 0))
}

package versus

import (
	"github.com/charmbracelet/bubbles/textinput"

	"doorstep/flow/compare"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A mode says where keys go besides the place that has them.
type mode int

const (
	browsing mode = iota
	helping
	searching
)

// A Model is the screen: the Bubble Tea model of a comparison.
type Model struct {
	theme.Look
	comparison compare.Comparison
	rows       []story.ComparedRow
	bindings   []keymap.Binding

	width, height int
	mode          mode
	byOrder       bool // in the order of the handshake; otherwise what differs first
	unfolded      bool // rows that are alike are shown
	lines         []line
	cursor        int // of lines
	inFields      bool
	fields        *pane.Content // of the row under the cursor
	fieldsOf      int           // the row they are of; -1: none
	why           bool          // they give way to what explains the row
	whyFrom       bool          // ... which was asked from them, not from the table
	helpTop       int
	input         textinput.Model
	find          string
	notice        string
	mouse         bool
	quitting      bool
	over          bool // it is over another screen
	left          bool // ... which the reader went back to
	code          int
}

// A line of the table is a row, or stands for all rows that are folded away.
type line struct{ row int }

// folded is line.row of the line that stands for the folded rows.
const folded = -1

// action is what a key asks for in a place; empty: nothing.
func (m *Model) action(k string) keymap.Action {
	return keymap.ActionOf(m.bindings, m.where(), k)
}

func (m *Model) where() keymap.Place {
	if m.inFields {
		return inFields
	}
	return inTable
}

func (m *Model) key(a keymap.Action) string { return keymap.KeyOf(m.bindings, a) }

// interrupted is the exit code after Ctrl-c.
const interrupted = 130

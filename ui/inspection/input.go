package inspection

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/verify"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
)

// keys takes a key, or several that arrived at once.
func (m *Model) keys(msg tea.KeyMsg) tea.Cmd {
	if msg.Paste { // pasted text is input, never commands
		return nil
	}
	if several := keymap.OneByOne(msg); several != nil {
		var cmds []tea.Cmd
		for _, one := range several {
			cmds = append(cmds, m.keys(one))
			m.settle()
		}
		return tea.Batch(cmds...)
	}
	m.notice = ""
	a := m.action(msg.String())
	if m.helping && a != keymap.ActStop {
		m.helpKey(msg.String(), a)
		return nil
	}
	return m.perform(a, msg.String())
}

// perform does what a key asks for.
func (m *Model) perform(a keymap.Action, k string) tea.Cmd {
	switch a {
	case keymap.ActQuit, keymap.ActStop:
		if m.over && a == keymap.ActQuit {
			m.left = true
			return nil
		}
		m.quitting, m.stopped = true, a == keymap.ActStop
		return tea.Quit
	case keymap.ActSuspend:
		return tea.Suspend
	case keymap.ActRedraw:
		return tea.ClearScreen
	case keymap.ActHelp:
		m.helping, m.helpTop = true, 0
	case keymap.ActOpen:
		m.inFields = true
	case keymap.ActBack:
		m.back()
	case keymap.ActNextFinding:
		m.problem(1)
	case keymap.ActPrevFinding:
		m.problem(-1)
	case keymap.ActOrder:
		m.reorder()
	case keymap.ActUp, keymap.ActDown, keymap.ActPageUp, keymap.ActPageDown, keymap.ActHalfUp, keymap.ActHalfDown,
		keymap.ActToFirst, keymap.ActToLast:
		m.move(a)
	default:
		m.notice = keymap.Names([]string{k}) + " does nothing here: " + m.key(keymap.ActHelp) + " lists the keys"
	}
	return nil
}

// back goes one level back: out only where there is another screen below.
func (m *Model) back() {
	switch {
	case m.inFields:
		m.inFields = false
	case m.over:
		m.left = true
	default:
		m.notice = m.key(keymap.ActQuit) + " quits"
	}
}

// problem goes to the next row that fails or warns, or to the one before.
func (m *Model) problem(by int) {
	for i := m.cursor + by; i >= 0 && i < len(m.order); i += by {
		if o := m.report.Rows[m.order[i]].Outcome; o == verify.Fail || o == verify.Warn {
			m.cursor = i
			return
		}
	}
	m.notice = "no further row fails or warns"
}

func (m *Model) reorder() {
	at, ok := m.row()
	m.byWeight = !m.byWeight
	m.sort()
	if ok {
		m.seek(at)
	}
	m.notice = "in the order of the check"
	if m.byWeight {
		m.notice = "what fails first"
	}
}

// move moves the cursor, or scrolls what is said where that has the keys.
func (m *Model) move(a keymap.Action) {
	if m.inFields && m.fields != nil {
		m.fields.Do(a)
		return
	}
	n := keymap.Steps(a, max(m.tableHeight()-2, 1), len(m.order))
	m.cursor = pane.Between(m.cursor+n, 0, max(len(m.order)-1, 0))
}

// helpEnd is beyond the last line of the help.
const helpEnd = 1 << 20

// helpKey takes a key of the help.
func (m *Model) helpKey(k string, a keymap.Action) {
	switch {
	case k == "esc", k == "enter", a == keymap.ActQuit, a == keymap.ActHelp:
		m.helping = false
	default:
		m.helpTop += keymap.Steps(a, max(m.height-4, 1), helpEnd)
	}
}

// mouseDid takes a mouse event: the wheel scrolls what is under the pointer, a click selects a row, and opens it where
// it is selected.
func (m *Model) mouseDid(msg tea.MouseMsg) {
	if m.helping || m.small() {
		return
	}
	overFields := m.split() && msg.X > m.tableWidth() || !m.split() && m.inFields
	by := map[tea.MouseButton]int{tea.MouseButtonWheelUp: -1, tea.MouseButtonWheelDown: 1}[msg.Button]
	switch {
	case by != 0 && overFields && m.fields != nil:
		m.fields.Scroll(by)
	case by != 0:
		m.cursor = pane.Between(m.cursor+by, 0, max(len(m.order)-1, 0))
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case overFields:
		m.inFields = true
	default:
		at, ok := m.table().RowAt(m.tableHeight(), msg.Y-headLines)
		if !ok {
			return
		}
		m.inFields = at == m.cursor
		m.cursor = min(at, len(m.order)-1)
	}
}

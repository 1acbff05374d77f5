package versus

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/theme"
)

// keys takes a key, or several that arrived at once.
func (m *Model) keys(msg tea.KeyMsg) tea.Cmd {
	if m.mode == searching {
		m.typed(msg)
		return nil
	}
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
	if m.mode == helping && a != keymap.ActStop {
		return m.helpKey(msg.String(), a)
	}
	return m.perform(a, msg.String())
}

// perform does what a key asks for.
func (m *Model) perform(a keymap.Action, k string) tea.Cmd {
	switch a {
	case keymap.ActQuit:
		if m.over {
			m.left = true
			return nil
		}
		m.quitting = true
		return tea.Quit
	case keymap.ActStop:
		m.quitting, m.code = true, interrupted
		return tea.Quit
	case keymap.ActSuspend:
		return tea.Suspend
	case keymap.ActRedraw:
		return tea.ClearScreen
	case keymap.ActHelp:
		m.mode, m.helpTop = helping, 0
	case keymap.ActToggleMouse:
		return m.toggleMouse()
	case keymap.ActFind:
		m.mode = searching
		m.input.SetValue("")
		m.input.Focus()
	case keymap.ActFindNext:
		m.seek(1)
	case keymap.ActFindPrev:
		m.seek(-1)
	default:
		if !m.performHere(a) {
			m.notice = keymap.Names([]string{k}) + " does nothing here: " + m.key(keymap.ActHelp) + " lists the keys"
		}
	}
	return nil
}

// performHere does what concerns the table and the fields; false where a key is for neither.
func (m *Model) performHere(a keymap.Action) bool {
	switch a {
	case keymap.ActOpen:
		if m.row() == folded {
			m.fold(false)
		} else {
			m.inFields = true
		}
	case keymap.ActBack:
		switch {
		case m.inFields:
			m.leaveFields()
		case m.over:
			m.left = true
		default:
			m.notice = m.key(keymap.ActQuit) + " quits"
		}
	case keymap.ActShowWhy:
		m.explain()
	case keymap.ActOrder:
		m.reorder()
	case keymap.ActNextDiff:
		m.nextDifference(1)
	case keymap.ActPrevDiff:
		m.nextDifference(-1)
	case keymap.ActRight:
		m.fold(false)
	case keymap.ActLeft:
		m.fold(true)
	case keymap.ActUp, keymap.ActDown, keymap.ActPageUp, keymap.ActPageDown, keymap.ActHalfUp, keymap.ActHalfDown,
		keymap.ActToFirst, keymap.ActToLast:
		m.move(a)
	default:
		return false
	}
	return true
}

// typed takes a key of the line that is searched for.
func (m *Model) typed(msg tea.KeyMsg) {
	switch msg.String() {
	case "esc", "ctrl+c":
		m.mode = browsing
	case "enter":
		m.mode = browsing
		if words := m.input.Value(); words != "" {
			m.find = words
		}
		m.seek(1)
	default:
		if msg.Type == tea.KeyRunes {
			msg.Runes = []rune(theme.SafeText(string(msg.Runes)))
		}
		m.input, _ = m.input.Update(msg)
	}
}

// helpEnd is beyond the last line of the help.
const helpEnd = 1 << 20

// helpKey takes a key of the help.
func (m *Model) helpKey(k string, a keymap.Action) tea.Cmd {
	switch {
	case k == "esc", k == "enter", a == keymap.ActQuit, a == keymap.ActHelp:
		m.mode = browsing
	case a == keymap.ActSuspend, a == keymap.ActRedraw:
		return m.perform(a, k)
	default:
		m.helpTop += keymap.Steps(a, max(m.height-4, 1), helpEnd)
	}
	return nil
}

// mouseDid takes a mouse event: the wheel scrolls what is under the pointer, a click selects a row, and opens it where
// it is selected.
func (m *Model) mouseDid(msg tea.MouseMsg) {
	if m.mode != browsing || m.small() {
		return
	}
	overFields := m.split() && msg.X > m.tableWidth() || !m.split() && m.inFields
	by := map[tea.MouseButton]int{tea.MouseButtonWheelUp: -1, tea.MouseButtonWheelDown: 1}[msg.Button]
	switch {
	case by != 0 && overFields && m.fields != nil:
		m.fields.Scroll(by)
	case by != 0:
		m.cursor = pane.Between(m.cursor+by, 0, max(len(m.lines)-1, 0))
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case overFields:
		m.inFields = true
	default:
		at, ok := m.table().RowAt(m.tableHeight(), msg.Y-len(m.head()))
		if !ok {
			return
		}
		if m.inFields = false; at == m.cursor {
			m.performHere(keymap.ActOpen)
		}
		m.cursor = min(at, len(m.lines)-1)
	}
}

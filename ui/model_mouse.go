package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
)

// mouseDid takes a mouse event: the wheel scrolls what is under the pointer, a click selects, the border between panes
// can be dragged.
func (m *Model) mouseDid(msg tea.MouseMsg) tea.Cmd {
	if m.small() || m.mode != browsing || m.asksConsent() {
		return nil
	}
	if m.screen != nil {
		m.screen.mouseDid(msg)
		return nil
	}
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		m.home.move(keymap.ActUp)
	case msg.Button == tea.MouseButtonWheelDown:
		m.home.move(keymap.ActDown)
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		if i, ok := m.home.rowAt(msg.Y); ok {
			if i == m.home.cursor && m.starting == nil {
				return m.perform(keymap.ActOpen)
			}
			m.home.cursor = i
		}
	}
	return nil
}

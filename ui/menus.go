package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
)

// overMenu says what a key asks of a menu that lies over the handshake, by the first of the places where it means
// something. What it asks of the screen whatever the menu is, is done: taken, with the command that comes of it.
func (m *Model) overMenu(msg tea.KeyMsg, typing bool, leave func(),
	places ...keymap.Place) (a keymap.Action, cmd tea.Cmd, taken bool) {
	for _, where := range places {
		if b, ok := m.bindingFor(msg.String(), where); ok {
			a = b.Action
			break
		}
	}
	switch {
	case msg.String() == "ctrl+c" && !typing:
		leave()
		return a, nil, true
	case a == keymap.ActSuspend:
		return a, tea.Suspend, true
	case a == keymap.ActRedraw:
		return a, tea.ClearScreen, true
	case m.small() && a != keymap.ActBack: // nobody can read the menu
		return a, nil, true
	}
	return a, nil, false
}

// mouseOver scrolls a menu that begins on the line top of the screen, or says what a click on it comes to.
func mouseOver[O any](msg tea.MouseMsg, menu interface {
	Scroll(lines int)
	Click(line int) O
}, top int) (out O, clicked bool) {
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		menu.Scroll(-1)
	case msg.Button == tea.MouseButtonWheelDown:
		menu.Scroll(1)
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		return menu.Click(msg.Y - top), true
	}
	return out, false
}

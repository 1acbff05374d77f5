package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/chooser"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// offer has the reader choose one of items.
func (m *Model) offer(title string, items []chooser.Item, also keymap.Action, take func(int) tea.Cmd) {
	m.choice = &choice{list: chooser.New(m.Look, title, items), take: take, also: also}
	m.mode = choosing
}

// choiceKey takes a key while a list is open.
func (m *Model) choiceKey(msg tea.KeyMsg) tea.Cmd {
	c, a := m.choice, keymap.Action("")
	if b, ok := m.bindingFor(msg.String(), m.where()); ok {
		a = b.Action
	}
	if a == c.also && a != "" && !c.list.Typing() {
		a = keymap.ActOpen
	}
	return m.chose(c.list.Take(msg, a))
}

// chose does what a key or a click on the list came to.
func (m *Model) chose(o chooser.Outcome) tea.Cmd {
	c := m.choice
	switch o {
	case chooser.Leaves:
		m.mode, m.choice = browsing, nil
	case chooser.Takes:
		m.mode, m.choice = browsing, nil
		return c.take(c.list.Chosen())
	}
	return nil
}

// choiceMouse takes a mouse event while a list is open.
func (m *Model) choiceMouse(msg tea.MouseMsg) tea.Cmd {
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		m.choice.list.Scroll(-1)
	case msg.Button == tea.MouseButtonWheelDown:
		m.choice.list.Scroll(1)
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		return m.chose(m.choice.list.Click(msg.Y - m.choice.top))
	}
	return nil
}

// withChoice lays the list over the lower lines of a drawn screen; its first line and its footer stay.
func (m *Model) withChoice(drawn []string) []string {
	room := min(m.choice.list.Lines(), max(len(drawn)-2, 1))
	m.choice.top = len(drawn) - 1 - room
	for i, l := range m.choice.list.Draw(m.width, room) {
		drawn[m.choice.top+i] = theme.Fit(l, m.width)
	}
	return drawn
}

// choiceFooter is the keys of a list.
func (m *Model) choiceFooter() string {
	words := " "
	if m.choice.list.Typing() {
		for _, k := range [][2]string{{"Enter", "keeps the filter"}, {"Esc", "drops it"}} {
			words += m.Key.Render(k[0]) + " " + k[1] + "  "
		}
		return theme.Fit(words, m.width)
	}
	for _, k := range []struct {
		a    keymap.Action
		says string
	}{{keymap.ActOpen, "choose"}, {keymap.ActFind, "filter"}, {keymap.ActBack, "back"}} {
		words += m.Key.Render(m.Press(k.a)) + " " + k.says + "  "
	}
	return theme.Fit(words, m.width)
}

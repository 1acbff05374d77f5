package ui

import tea "github.com/charmbracelet/bubbletea"

// toFollowing shows the next of several handshakes that others do.
func (m *Model) toFollowing() tea.Cmd {
	before := m.screen
	next, ok := before.witnessed().Following()
	if !ok {
		return nil
	}
	m.runs++
	h := m.handshakeOf(before.name, next, true, before.stop)
	h.direct, h.others, h.prefers, h.opt = before.direct, before.others, before.prefers, before.opt
	before.stop = nil // it is the other one's now
	before.close()
	m.screen = h
	h.resize(m.width, m.height)
	return h.watch()
}

// witnessed takes in that a handshake changed. Where others do its steps, the first one is shown as soon as there is
// one.
func (m *Model) witnessed(msg changedMsg) tea.Cmd {
	if h := m.of(msg.id); h != nil && h == m.screen && h.witnessed() != nil {
		if at, of := h.witnessed().Place(); at == 0 && of > 0 {
			m.notice = ""
			return m.toFollowing()
		}
	}
	return m.changed(msg)
}

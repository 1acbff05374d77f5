package ui

import tea "github.com/charmbracelet/bubbletea"

// search looks for the next, or the previous, place in the payloads that holds what is searched for, in the background.
func (m *Model) search(direction int) tea.Cmd {
	h := m.screen
	needle, t, id := []byte(h.find), h.trace(), h.id
	seq, offset := max(h.at.Seq, 0), -1
	if c := h.bodies[h.at.Seq]; c != nil {
		offset = c.Doc.Offset(c.Cursor)
		if direction > 0 && h.found.seq == seq && c.Doc.Reveal(h.found.offset) == c.Cursor {
			offset = h.found.offset // several in one line
		} else if direction > 0 {
			offset--
		}
	}
	ctx := h.ctx
	return func() tea.Msg {
		at, to, wrapped := findIn(ctx, t, needle, seq, offset, direction)
		return foundMsg{id, at, to, wrapped}
	}
}

// found goes to where a search ended.
func (m *Model) found(msg foundMsg) {
	h := m.of(msg.id)
	if h == nil {
		return
	}
	if msg.seq == 0 {
		m.notice = "no payload holds " + h.find
		return
	}
	m.notice = ""
	if msg.wrapped {
		m.notice = "the search went around the end"
	}
	h.reveal(msg.seq)
	h.tab, h.picked = bodyTab, true
	h.found = spot{msg.seq, msg.offset}
	h.goTo = true
}

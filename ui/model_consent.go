package ui

import tea "github.com/charmbracelet/bubbletea"

// consentKey takes the answer. Keys that are neither yes nor no leave the question where it is.
func (m *Model) consentKey(k string) tea.Cmd {
	h := m.screen
	if h.consent.leave {
		return m.leaveKey(k)
	}
	switch k {
	case "y", "Y":
		h.consent.asking, h.consent.given, h.consent.denied = false, true, false
		h.going = h.consent.goOn
		return h.do()
	case "n", "N", "esc", "q":
		h.consent.asking, h.consent.denied = false, true
		m.notice = "the join was not sent: nothing has changed. q quits, . asks again"
	}
	return nil
}

// leaveKey takes the answer to the question about the leave.
func (m *Model) leaveKey(k string) tea.Cmd {
	h := m.screen
	switch k {
	case "y", "Y":
		h.consent.asking, h.consent.leave, h.consent.left = false, false, true
		if run, ok := h.src.(interface{ LeaveAnyway() }); ok {
			run.LeaveAnyway()
			h.going = true
			return h.do()
		}
	case "n", "N", "esc", "q":
		h.consent.asking, h.consent.leave, h.consent.left = false, false, true
		m.notice = "the leave was not sent. q quits"
	}
	return nil
}

// asksConsent reports whether the question is on the screen.
func (m *Model) asksConsent() bool {
	return m.screen != nil && m.screen.consent.asking && m.mode == browsing && !m.small()
}

package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
	uitour "doorstep/ui/tour"
)

// tourDoes does what a key asks for on a tour; false where that is not for the tour to do.
func (m *Model) tourDoes(a keymap.Action) (cmd tea.Cmd, took bool) {
	switch {
	case m.tour == nil:
		return nil, false
	case !m.atStop():
		return m.contentsDo(a)
	}
	t, h := m.tour, m.screen
	switch a {
	case keymap.ActNextPane:
		m.turnAtStop(1)
		return nil, true
	case keymap.ActPrevPane:
		m.turnAtStop(-1)
		return nil, true
	case keymap.ActStepOn, keymap.ActGoOn, keymap.ActPhaseOn:
		if h.shown < len(h.whole.Entries) {
			return nil, false
		}
		return m.nextStop(), true
	case keymap.ActStopOn:
		return m.nextStop(), true
	case keymap.ActStopBack:
		return m.toStop(t.chapter, t.stop-1), true
	case keymap.ActBack:
		if !t.focus && !h.escape() {
			t.focus = true
		} else if t.focus {
			m.notice = m.Press(keymap.ActQuit) + " leaves the stop"
		}
		return nil, true
	}
	if t.focus {
		return m.panelDoes(a)
	}
	return nil, false
}

// contentsDo does what a key asks for in the contents.
func (m *Model) contentsDo(a keymap.Action) (cmd tea.Cmd, took bool) {
	switch a {
	case keymap.ActOpen:
		return m.beginChapter(), true
	case keymap.ActBack:
		m.notice = m.Press(keymap.ActQuit) + " leaves the tour"
		return nil, true
	case keymap.ActUp, keymap.ActDown, keymap.ActPageUp, keymap.ActPageDown, keymap.ActHalfUp, keymap.ActHalfDown,
		keymap.ActToFirst, keymap.ActToLast:
		m.tour.contents.Move(a)
		return nil, true
	}
	return nil, false
}

// panelDoes does what a key asks for while the panel has the keys.
func (m *Model) panelDoes(a keymap.Action) (cmd tea.Cmd, took bool) {
	p := m.tour.panel
	before := p.Answered()
	switch a {
	case keymap.ActOpen:
		if p.Enter() {
			return m.nextStop(), true
		}
	case keymap.ActShowMe:
		p.Show()
	case keymap.ActUp, keymap.ActDown, keymap.ActPageUp, keymap.ActPageDown, keymap.ActHalfUp, keymap.ActHalfDown,
		keymap.ActToFirst, keymap.ActToLast:
		p.Move(a)
	default:
		i, ok := uitour.Answer(a)
		if !ok {
			return nil, false
		}
		p.Take(i)
	}
	if p.Answered() == before {
		return nil, true
	}
	return m.answeredStop(), true
}

// answeredStop notes that the question of the stop was answered.
func (m *Model) answeredStop() tea.Cmd {
	t := m.tour
	t.contents.Answered(t.contents.Stop(t.chapter, t.stop))
	return m.keepProgress()
}

// nextStop goes on to the next stop of the chapter. After the last one the contents are shown.
func (m *Model) nextStop() tea.Cmd {
	t := m.tour
	if t.contents.Stop(t.chapter, t.stop+1) != nil {
		return m.toStop(t.chapter, t.stop+1)
	}
	t.contents.Finished(t.chapter)
	t.panel = nil
	m.notice = "that was the last stop of the chapter"
	return m.closeHandshake()
}

// turnAtStop gives the keys to another pane: the panel is one of them, the last.
func (m *Model) turnAtStop(n int) {
	t, h := m.tour, m.screen
	panes := h.layout.Panes()
	if h.prefers.Zoom { // one pane has all the room, and Tab changes which
		panes = panes[:1]
	}
	switch {
	case t.focus:
		t.focus = false
		if n > 0 {
			h.pane = panes[0]
		} else {
			h.pane = panes[len(panes)-1]
		}
	case n > 0 && h.pane == panes[len(panes)-1], n < 0 && h.pane == panes[0]:
		t.focus = true
	default:
		h.turn(n)
	}
}

// lacks says why an action has no effect now, on a tour or anywhere else; empty when it has one.
func (m *Model) lacks(a keymap.Action) string {
	switch a {
	case keymap.ActRedraw, keymap.ActSuspend, keymap.ActHelp, keymap.ActQuit, keymap.ActStop, keymap.ActToggleMouse:
		return ""
	}
	if m.tour != nil {
		return m.unavailableInTour(a)
	}
	return m.unavailable(a)
}

// unavailableInTour says why an action has no effect on a tour now; empty when it has one.
func (m *Model) unavailableInTour(a keymap.Action) string {
	t := m.tour
	answer, answers := uitour.Answer(a)
	ofStop := answers || a == keymap.ActShowMe || a == keymap.ActStopOn || a == keymap.ActStopBack ||
		a == keymap.ActNextPane || a == keymap.ActPrevPane
	switch {
	case m.starting != nil || t.onTheWay:
		return "the handshake is on its way to the stop"
	case !m.atStop() && ofStop:
		return "no stop is shown: " + m.Press(keymap.ActOpen) + " begins the chapter"
	case !m.atStop():
		return ""
	}
	h, p := m.screen, t.panel
	atEnd := h.shown == len(h.whole.Entries)
	switch {
	case (answers || a == keymap.ActShowMe) && p.Answered():
		return "the question has been answered: " + m.Press(keymap.ActOpen) + " goes on"
	case answers && answer >= p.Choices():
		return "there are not as many choices"
	case a == keymap.ActStopOn && !p.Answered(),
		(a == keymap.ActStepOn || a == keymap.ActGoOn || a == keymap.ActPhaseOn) && atEnd && !p.Answered():
		return "the question comes first; " + m.Press(keymap.ActShowMe) + " shows the answer"
	case a == keymap.ActStopBack && t.stop == 0:
		return "this is the first stop of the chapter"
	case ofStop, a == keymap.ActStepOn, a == keymap.ActGoOn, a == keymap.ActPhaseOn, t.focus && a == keymap.ActOpen:
		return ""
	case a == keymap.ActAskAgain:
		return "not on a tour"
	}
	return h.unavailable(a)
}

// mouseInTour reports whether a mouse event is in the contents or in the panel, not in the handshake.
func (m *Model) mouseInTour(msg tea.MouseMsg) bool {
	if !m.atStop() {
		return true
	}
	if msg.Y >= m.screen.height-1 {
		return true
	}
	if msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress {
		m.tour.focus = false
	}
	return false
}

// tourClicked takes a mouse event: a click points at a chapter or a choice, another one takes it; the wheel scrolls.
func (m *Model) tourClicked(msg tea.MouseMsg) tea.Cmd {
	t := m.tour
	n := map[tea.MouseButton]int{tea.MouseButtonWheelUp: -1, tea.MouseButtonWheelDown: 1}[msg.Button]
	pressed := msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress
	move := keymap.ActDown
	if n < 0 {
		move = keymap.ActUp
	}
	switch {
	case !m.atStop() && n != 0:
		t.contents.Move(move)
	case !m.atStop() && pressed:
		if i, ok := t.contents.ChapterAt(msg.Y, m.width, m.height); ok && !t.contents.Select(i) &&
			m.unavailableInTour(keymap.ActOpen) == "" {
			return m.beginChapter()
		}
	case m.atStop() && n != 0:
		t.panel.Scroll(n)
	case m.atStop() && pressed:
		t.focus = true
		if i, ok := t.panel.ChoiceAt(msg.Y - m.screen.height + 1); ok && !t.panel.PointAt(i) {
			cmd, _ := m.panelDoes(keymap.ActOpen)
			return cmd
		}
	}
	return nil
}

package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/whatif"
)

// watchHeld waits until other answers wait than before.
func (m *Model) watchHeld() tea.Cmd {
	ctx, queue, changed := m.ctx, m.holding.queue, m.holding.changed
	if changed == nil {
		return nil
	}
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			return heldMsg{queue.Held(), queue.Gone(), queue.Pace(), queue.Now()}
		}
	}
}

// heldCame takes in which answers wait.
func (m *Model) heldCame(msg heldMsg) tea.Cmd {
	h := m.holding
	h.held, h.pace, h.now = msg.held, msg.pace, msg.now
	for _, g := range msg.gone {
		m.notice = story.GoneWords(g)
	}
	if m.mode == confirming && len(h.held) == 0 && (m.screen == nil || !m.screen.busy) {
		m.mode = browsing // there is nothing any more that leaving would break off
	}
	if w := m.whatIf; w != nil && w.held > 0 && !h.waits(w.held) && m.mode == altering {
		m.closeWhatIf()
		m.notice = "the answer is not held any more"
	}
	if h.ticks || len(h.held) == 0 {
		return m.watchHeld()
	}
	h.ticks = true
	return tea.Batch(m.watchHeld(), m.waitOn())
}

// waitOn has the time that answers wait told again, in a second.
func (m *Model) waitOn() tea.Cmd {
	return m.after(time.Second, func(time.Time) tea.Msg { return waitMsg{} })
}

// waited counts how long answers have waited.
func (m *Model) waited() tea.Cmd {
	h := m.holding
	h.now = h.queue.Now()
	h.ticks = len(h.held) > 0
	if !h.ticks {
		return nil
	}
	return m.waitOn()
}

// holds does what a key asks of held answers; taken is false for what is about something else.
func (m *Model) holds(a keymap.Action) (cmd tea.Cmd, taken bool) {
	past := m.screen != nil && m.screen.shown < len(m.screen.whole.Entries)
	switch {
	case a == keymap.ActStepOn && past, a == keymap.ActGoOn && past:
		return nil, false
	case a == keymap.ActStepOn:
		m.letGo()
		return nil, true
	case a == keymap.ActGoOn:
		m.otherPace()
		return nil, true
	case a == keymap.ActWhatIf:
		m.openHeld()
		return nil, true
	}
	return nil, false
}

// openHeld opens the menu for the answer that is next.
func (m *Model) openHeld() {
	held, ok := m.first()
	if !ok {
		return
	}
	_, noEditor := m.editing.find()
	m.whatIf = &whatIf{menu: whatif.NewMenu(m.Look, whatif.Answer(held.Draft, held.Known), noEditor), held: held.ID}
	m.mode = altering
}

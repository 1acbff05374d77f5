package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/answer"
	"doorstep/flow/hold"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/whatif"
)

// heldAnswers are what the screen knows of the answers of our servers that wait to be let go.
type heldAnswers struct {
	queue   *hold.Queue
	changed <-chan struct{} // of the queue; nil: nobody listens
	held    []hold.Held
	pace    hold.Pace
	now     time.Time // as last told
	ticks   bool      // the time that they wait is being counted
}

// A heldMsg tells which answers wait now, and which do no more although nobody let them go. Model.watchHeld sends it;
// Model.heldCame owes it the next watch.
type heldMsg struct {
	held []hold.Held
	gone []hold.Gone
	pace hold.Pace
	now  time.Time
}

// A waitMsg asks for the time that answers wait to be told again. Model.heldCame sends it every second while any waits.
type waitMsg struct{}

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

// waits reports whether an answer is held still.
func (h *heldAnswers) waits(id int) bool {
	for _, held := range h.held {
		if held.ID == id {
			return true
		}
	}
	return false
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

// first is the answer that is let go next: that of the join which is shown, otherwise the one that waits longest; false
// where none waits.
func (m *Model) first() (hold.Held, bool) {
	if m.holding == nil || len(m.holding.held) == 0 {
		return hold.Held{}, false
	}
	if m.screen != nil {
		for _, held := range m.holding.held {
			if isOf(held, m.screen.whole.Header) {
				return held, true
			}
		}
	}
	return m.holding.held[0], true
}

// isOf reports whether an answer is one to the join of a trace, as far as that can be told.
func isOf(held hold.Held, of flow.Header) bool {
	user := held.Known.User
	return held.Draft.Origin == of.Joining && (user == "" || of.User == "" || user == of.User)
}

// heldLine says which answer waits, and which keys there are; empty where none does.
func (m *Model) heldLine() string {
	held, ok := m.first()
	if !ok {
		return ""
	}
	h := m.holding
	to := held.Known.User
	if to == "" {
		to = held.Draft.Origin
	}
	keys := "   " + m.Press(keymap.ActStepOn) + " lets it go  " + m.Press(keymap.ActWhatIf) + " changes it  " +
		m.Press(keymap.ActGoOn) + " runs on"
	words := func(to string) string {
		return story.HeldWords(held.Draft.Step, to, h.now.Sub(held.Since), len(h.held)-1)
	}
	const least = 8 // cells of a name that say something
	room := m.width - 1 - render.Width(words("")+keys) - render.Width(" to ")
	if room < least {
		return words("") + keys
	}
	return words(render.Safe(render.Untrusted(to), render.SafeOpts{Width: room, Ellipsis: m.More})) + keys
}

// whyNotHeld says why an action on a held answer has no effect now; empty when it has one. taken is false for what is
// about something else.
func (m *Model) whyNotHeld(a keymap.Action) (why string, taken bool) {
	past := m.screen != nil && m.screen.shown < len(m.screen.whole.Entries)
	switch a {
	case keymap.ActGoOn:
		return "", true
	case keymap.ActStepOn, keymap.ActWhatIf:
	default:
		return "", false
	}
	_, ok := m.first()
	switch {
	case past && a == keymap.ActStepOn:
		return "", true
	case ok:
		return "", true
	case m.holding.pace == hold.RunOn:
		return "answers are given at once: " + m.Press(keymap.ActGoOn) + " holds them", true
	}
	return "no answer is held: the next one will be", true
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

// letGo lets the answer go that is next, as it is.
func (m *Model) letGo() {
	if held, ok := m.first(); ok {
		m.release(held, held.Draft)
	}
}

// release lets an answer go.
func (m *Model) release(held hold.Held, d answer.Draft) {
	if m.screen != nil { // what comes of it is what there is to see
		m.screen.follow, m.screen.picked = true, false
	}
	if !m.holding.queue.Release(held.ID, d) {
		m.notice = "whoever asked has given up: nothing was answered"
	}
	m.holding.held = m.holding.queue.Held()
}

// otherPace has answers be held, or not.
func (m *Model) otherPace() {
	h := m.holding
	to, words := hold.Step, "every answer is held from now on"
	if h.pace == hold.Step {
		to, words = hold.RunOn, "answers are given at once; "+m.Press(keymap.ActGoOn)+" holds them again"
	}
	h.queue.SetPace(to)
	h.pace, h.held = to, h.queue.Held()
	m.notice = words
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

// answerWith lets an answer go that somebody changed.
func (m *Model) answerWith(d answer.Draft) {
	id := m.whatIf.held
	m.closeWhatIf()
	for _, held := range m.holding.held {
		if held.ID == id {
			m.release(held, d)
			return
		}
	}
	m.notice = "the answer is not held any more"
}

// asksAboutHeld reports whether leaving would break off answers that are held.
func (m *Model) asksAboutHeld() bool { return m.holding != nil && len(m.holding.held) > 0 }

// shownID is the ID of the handshake on the screen; 0 where there is none.
func (m *Model) shownID() int {
	if m.screen == nil {
		return 0
	}
	return m.screen.id
}

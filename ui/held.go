package ui

import (
	"doorstep/flow"
	"doorstep/flow/answer"
	"doorstep/flow/hold"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
)

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

// asksAboutHeld reports whether leaving would break off answers that are held.
func (m *Model) asksAboutHeld() bool { return m.holding != nil && len(m.holding.held) > 0 }

// shownID is the ID of the handshake on the screen; 0 where there is none.
func (m *Model) shownID() int {
	if m.screen == nil {
		return 0
	}
	return m.screen.id
}

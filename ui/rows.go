package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/ui/story"
)

// remakeRows makes the rows again if what they depend on has changed.
func (h *handshake) remakeRows() (cmd tea.Cmd) {
	h.view.Phases = h.layout.Ladder.H >= 24 || h.shown > story.Crowd // which has to be folded
	h.view.Ghost = !h.busy && !h.going && h.reading == nil ||        // what comes next may be about to be read
		h.awaitsInvite()
	key := storyKey{h.shown, h.view.Filter, h.view.Phases, h.view.Ghost, h.madeOf.change}
	if key == h.madeOf {
		return nil
	}
	t, state := h.trace(), h.latest
	if h.shown < len(h.whole.Entries) {
		state = h.prefixes.Fold(t)
	}
	if key.shown != h.madeOf.shown {
		cmd = h.diagnose(t, state)
		h.view.Unheard = diagnose.UnheardOf(t, state, h.findings)
	}
	h.madeOf = key
	h.story = story.Tell(t, state, h.view)
	h.ladder = h.story.Ladder(0, 0)
	h.countRows(t, state)
	return cmd
}

// awaitsInvite reports whether the step that goes on waits for somebody to invite: nothing else shows that it does.
func (h *handshake) awaitsInvite() bool {
	if !h.busy {
		return false
	}
	step, ok := h.latest.Next()
	return ok && step.Work == flow.AwaitInvite
}

// diagnose sets the findings of the prefix t, which leads to state. Those of all that there is are known already; of a
// large trace the others are looked for by the command.
func (h *handshake) diagnose(t flow.Trace, state flow.State) tea.Cmd {
	n := len(t.Entries)
	found, looked := h.findingsAt[n]
	switch {
	case n == len(h.whole.Entries):
		found, looked = h.latestFindings, true
	case !looked && n <= findAtOnce && (state.Reply == nil || len(state.Reply.Body) <= bodyAtOnce):
		found, looked = diagnose.Findings(t, state), true
		h.findingsAt[n] = found
	}
	h.findings, h.looking = found, !looked
	if looked {
		return nil
	}
	id := h.id
	return func() tea.Msg { return findingsMsg{id, n, diagnose.Findings(t, state)} }
}

// findAtOnce is how many entries are looked through for findings while the frame waits.
const findAtOnce = 1000

// findingsCame takes in findings that were looked for in the background.
func (h *handshake) findingsCame(msg findingsMsg) {
	h.findingsAt[msg.shown] = msg.findings
	if msg.shown == h.shown {
		h.findings, h.looking = msg.findings, false
		h.mainKey, h.sideKey = contentKey{}, contentKey{}
		h.stale() // what never came is drawn by them
	}
}

// stale has the rows made again although nothing else tells that they changed.
func (h *handshake) stale() { h.madeOf.change++; h.madeOf.shown = -1 }

package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
)

// watch waits until the trace has grown. What views need of it is worked out here, so that frames never wait for it.
func (h *handshake) watch() tea.Cmd {
	changed := h.src.Changed()
	if h.reading != nil {
		return h.watchReading()
	}
	if changed == nil || !h.live {
		return nil
	}
	id, src, ctx := h.id, h.src, h.ctx
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		return changedMsg{id, knowing(src.Trace())}
	}
}

// whyNoStep says why no step can be done; empty when one can.
func (h *handshake) whyNoStep() string {
	switch {
	case h.shown < len(h.whole.Entries):
		return ""
	case h.busy:
		return "a step is being done: " + h.Press(keymap.ActStop) + " cancels it"
	case h.witnessed() != nil:
		return othersStep
	case story.Over(h.story.State):
		return "the handshake is over: " + h.toItsBeginning()
	case h.reading != nil:
		return "it is still being read"
	case !h.live:
		return "the recording ends here: " + h.toItsBeginning()
	case h.story.Next == nil:
		return "an answer is due"
	}
	return ""
}

// othersStep says why no step can be done of a handshake that others do.
const othersStep = "others do the steps: they are drawn as they pass"

// toItsBeginning says what can be done at the end.
func (h *handshake) toItsBeginning() string {
	return h.Press(keymap.ActRewind) + " goes to its beginning, " + h.Press(keymap.ActPlay) + " plays it"
}

// whyNoMore says why nothing comes after what is shown.
func (h *handshake) whyNoMore() string {
	if why := h.whyNoStep(); why != "" {
		return why
	}
	return "this is now: " + h.Press(keymap.ActStepOn) + " does the next step"
}

// step goes one step on: through what has happened already, otherwise it does the next step.
func (h *handshake) step() tea.Cmd {
	h.pause()
	h.follow, h.picked = true, false
	if h.shown < len(h.whole.Entries) {
		h.shown = stepEnd(h.prefixes.Fold, h.whole, h.shown)
		h.at = h.newest()
		return nil
	}
	return h.do()
}

// stepEnd returns how many entries of t there are after the step that follows its first n.
func stepEnd(fold func(flow.Trace) flow.State, t flow.Trace, n int) int {
	for n++; n < len(t.Entries); n++ {
		if s := fold(t.Prefix(n)); s.Pending == nil {
			break
		}
	}
	return min(n, len(t.Entries))
}

// do has the next step done, and its time counted.
func (h *handshake) do() tea.Cmd {
	if h.consent.asks(h.latest) {
		h.consent.asking, h.consent.goOn, h.going = true, h.going, false
		return nil
	}
	return h.doing(h.src.Step)
}

// doing has work on the trace done in the background, and its time counted.
func (h *handshake) doing(work func(context.Context) bool) tea.Cmd {
	// Not derived with a cancel that is called in the end: a request the client makes stays open until the last step.
	ctx, give := context.WithCancelCause(h.ctx)
	cancel := func() { give(flow.ByUser) }
	h.busy, h.cancel, h.waited, h.since, h.had = true, cancel, 0, time.Time{}, len(h.whole.Entries)
	id, src := h.id, h.src
	h.steps++
	return tea.Batch(func() tea.Msg {
		did := work(ctx)
		return steppedMsg{id, knowing(src.Trace()), did}
	}, h.tick())
}

// ticked counts how long the step has been going on.
func (h *handshake) ticked(msg tickMsg) tea.Cmd {
	if !h.ticks() {
		return nil
	}
	if !h.busy || h.reading != nil {
		return h.tick()
	}
	if h.since.IsZero() {
		h.since = msg.at.Add(-100 * time.Millisecond)
	}
	h.waited = msg.at.Sub(h.since)
	return h.tick()
}

// stepped takes in what a step did, and does the next where all are to be done. A step that leaves no evidence ends
// that: nothing would change.
func (h *handshake) stepped(msg steppedMsg) tea.Cmd {
	h.busy, h.cancel = false, nil
	h.grown(msg.known)
	if h.going && msg.did && len(msg.trace.Entries) > h.had && !story.Over(h.latest) {
		return h.do()
	}
	h.going = false
	if h.live && h.consent.asksLeave(h.latest) {
		h.consent.asking, h.consent.leave = true, true
	}
	return nil
}

// whyNotAgain says why keys cannot be asked for again; empty when they can.
func (h *handshake) whyNotAgain() string {
	switch {
	case !h.live:
		return "a recording asks nobody"
	case h.busy || h.going:
		return "a step is being done: " + h.Press(keymap.ActStop) + " cancels it"
	}
	_, why := h.latest.KeysAgain()
	return why
}

// askAgain asks once more for the keys that are missing, and verifies the answer again.
func (h *handshake) askAgain() tea.Cmd {
	h.follow, h.picked = true, false
	h.shown = len(h.whole.Entries)
	return h.doing(h.src.Again)
}

// goOn does every step that is left, or pauses when that is going on. Of a trace that is there already it goes to the
// end.
func (h *handshake) goOn() tea.Cmd {
	h.pause()
	h.follow, h.picked = true, false
	switch {
	case h.going:
		h.going = false
		if h.live && h.consent.asksLeave(h.latest) {
			h.consent.asking, h.consent.leave = true, true
		}
		return nil
	case h.shown < len(h.whole.Entries):
		h.shown = len(h.whole.Entries)
		h.at = h.newest()
		return nil
	case h.busy:
		h.going = true
		return nil
	}
	h.going = true
	return h.do()
}

// stepBack shows one entry less.
func (h *handshake) stepBack() {
	h.pause()
	h.showTo(h.shown - 1)
}

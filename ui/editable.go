package ui

import (
	"doorstep/flow"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
)

// whyNotEdited says why the next step cannot be done otherwise, and what can be done instead; empty when it can.
func (h *handshake) whyNotEdited() string {
	_, can := h.src.(Alterable)
	next := h.story.Next
	switch {
	case h.witnessed() != nil:
		return othersStep
	case !h.live:
		return "a recording asks nobody: a scenario of the home screen can be edited step by step"
	case h.busy || h.going:
		return "a step is being done: " + h.Press(keymap.ActStop) + " cancels it"
	case h.shown < len(h.whole.Entries):
		return "this is the past: " + h.Press(keymap.ActGoOn) + " goes back to now"
	case story.Over(h.latest):
		return "the handshake is over: begin it again to edit one of its steps"
	case next == nil:
		return "an answer is due: nothing is sent before it"
	case !can:
		return "this run does its steps as they are"
	case next.Work != flow.BuildEvent && (next.Work != flow.Ask || next.Destination != nil):
		return "the next step sends nothing of ours that could be edited: " + h.Press(keymap.ActStepOn) + " does it"
	}
	return ""
}

// whyOneBranch says why there is no other branch to go to; empty when there is.
func (h *handshake) whyOneBranch() string {
	switch {
	case h.witnessed() != nil:
		return h.whyNoOther()
	case len(h.branches()) > 1:
		return ""
	case len(h.latest.Altered) > 0:
		return "there is none: what would have been answered without the edit was not asked"
	}
	return "nothing was edited: " + h.Press(keymap.ActWhatIf) + " edits the next step"
}

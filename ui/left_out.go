package ui

import (
	"fmt"

	"doorstep/flow"
	"doorstep/ui/story"
)

// countRows counts the rows of entries that t has, and those that the filter leaves.
func (h *handshake) countRows(t flow.Trace, state flow.State) {
	h.rows = rowCount{}
	if h.view.Filter == story.Everything {
		return
	}
	plain := h.view // the rows of folded phases are counted as well
	plain.Phases, plain.Memory = false, nil
	h.rows.left = entryRows(story.Tell(t, state, plain))
	plain.Filter = story.Everything
	h.rows.of = entryRows(story.Tell(t, state, plain))
}

// entryRows counts the rows that stand for entries.
func entryRows(s story.Story) int {
	n := 0
	for _, r := range s.Rows {
		if r.ID.Seq > 0 {
			n++
		}
	}
	return n
}

// leftOut says what the filter leaves of the rows; empty when nothing is filtered.
func (h *handshake) leftOut() string {
	if h.view.Filter == story.Everything {
		return ""
	}
	return fmt.Sprintf("%d of %d rows: %s (f) ", h.rows.left, h.rows.of, h.view.Filter)
}

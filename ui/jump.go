package ui

import "slices"

// jumpToEvidence goes from the text of a finding to the next entry it rests on; false where the keys are elsewhere, or
// there is no other entry to go to.
func (h *handshake) jumpToEvidence() bool {
	if h.pane != whyPane && (h.pane != payloadPane || h.tab != whyTab) {
		return false
	}
	s := h.scene()
	var seqs []int
	for _, f := range s.ToldHere() {
		for _, seq := range f.Evidence {
			if seq >= 1 && seq <= h.shown && !slices.Contains(seqs, seq) {
				seqs = append(seqs, seq)
			}
		}
	}
	for range seqs { // a failure shows on the request it ended, which may be the row it is told on
		i := slices.IndexFunc(seqs, func(seq int) bool { return seq == h.at.Seq || seq == s.Row.Failure })
		next := seqs[(i+1)%len(seqs)]
		at := h.at
		h.reveal(next)
		if h.at != at {
			if h.pane == payloadPane {
				h.tab, h.picked = whyTab, true
			}
			return true
		}
		seqs = slices.DeleteFunc(seqs, func(seq int) bool { return seq == next })
	}
	return false
}

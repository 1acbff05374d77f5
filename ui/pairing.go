package ui

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/compare"
	"doorstep/ui/keymap"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// pairsHere are the pairs that make sense from the row: those of two marked rows first, where it is one of them.
func (h *handshake) pairsHere(s *story.Scene) []compare.Pair {
	var out []compare.Pair
	if len(h.marks) == 2 && slices.Contains(h.marks, h.at.Seq) {
		out = compare.PairsBetween(s.Trace, s.State, s.Trace.Entry(h.marks[0]), s.Trace.Entry(h.marks[1]))
	}
	for _, p := range compare.PairsOf(s.Trace, s.State, s.Entry()) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// showPair compares the documents of a pair, until Esc.
func (h *handshake) showPair(c story.PairChoice) {
	h.openDiff(chosenPair{h.at, c})
}

// openDiff shows a pair in the tab Diff over what is shown, and gives it the keys.
func (h *handshake) openDiff(p chosenPair) {
	tight := h.layout.Payload.H <= 0 && !h.prefers.Zoom // then it needs the whole screen
	h.push(level{before: tabChoice{h.tab, h.picked, h.pane}, to: tab.Diff, zoomed: tight, chosen: h.chosen})
	h.chosen, h.asked = p, asked{}
	h.showTab(tab.Diff)
	h.pane = layout.Payload
	if tight {
		h.prefers.Zoom, h.prefers.Pane = true, layout.Payload
	}
}

// nextPair goes n pairs on from the one that is shown; they go round.
func (h *handshake) nextPair(n int) {
	c, _ := h.scene().Choice()
	c.At = (c.At + n + len(c.Pairs)) % len(c.Pairs)
	h.chosen = chosenPair{h.at, c}
}

// whyNoPair says why there is no next pair; empty where there is one.
func (h *handshake) whyNoPair() string {
	c, ok := h.scene().Choice()
	switch {
	case h.tab != tab.Diff || !ok:
		return "no pair is shown: " + h.Press(keymap.ActShowDiff) + " compares"
	case len(c.Pairs) < 2:
		return "this is the only pair here"
	}
	return ""
}

// Compared is how the documents of a pair compare, or words in its place while that is worked out.
func (h *handshake) Compared(s *story.Scene, p compare.Pair) *pane.Content {
	if s.PairSize(p) <= bodyAtOnce && h.compared.pair != p {
		h.compared = comparedPair{p, pane.Comparison(s.Compare(p))}
	}
	if h.compared.pair == p && h.compared.content != nil {
		return h.compared.content
	}
	b := s.Prose()
	b.Remark("comparing " + story.Size(s.PairSize(p)) + h.More)
	return &pane.Content{Text: &b.Prose}
}

// compareOn compares the pair that is to be shown: at once, or in the background where that takes long.
func (h *handshake) compareOn(s *story.Scene) tea.Cmd {
	c, ok := s.Choice()
	if !ok || c.Pair() == h.compared.pair {
		return nil
	}
	p := c.Pair()
	if s.PairSize(p) <= bodyAtOnce {
		h.Compared(s, p)
		return nil
	}
	h.compared = comparedPair{pair: p}
	id := h.id
	return func() tea.Msg { return pairMsg{id, p, pane.Comparison(s.Compare(p))} }
}

// pairCame takes in a comparison that was made in the background.
func (h *handshake) pairCame(msg pairMsg) {
	if h.compared.pair == msg.pair {
		h.compared.content, h.mainKey = msg.content, contentKey{}
	}
}

// pairKey says which pair the tab Diff shows.
func (h *handshake) pairKey(s *story.Scene) string {
	c, ok := s.Choice()
	if !ok {
		return ""
	}
	return fmt.Sprint(c.Pair(), c.At, len(c.Pairs), h.compared.pair == c.Pair() && h.compared.content != nil)
}

// mark marks the selected row, or takes its mark away. Two that are marked are compared; of three the oldest goes.
func (h *handshake) mark() (notice string) {
	seq := h.at.Seq
	if i := slices.Index(h.marks, seq); i >= 0 {
		h.setMarks(slices.Delete(slices.Clone(h.marks), i, i+1))
		return ""
	}
	h.setMarks(append(slices.Clone(h.marks[max(len(h.marks)-marksKept+1, 0):]), seq))
	if len(h.marks) < marksKept {
		return fmt.Sprintf("entry %d is marked: %s on another row compares the two", seq, h.Press(keymap.ActMarkRow))
	}
	s := h.scene()
	a, b := h.marks[0], h.marks[1]
	pairs := compare.PairsBetween(s.Trace, s.State, s.Trace.Entry(a), s.Trace.Entry(b))
	if len(pairs) == 0 {
		return fmt.Sprintf("entries %d and %d share nothing that could be compared", min(a, b), max(a, b))
	}
	h.showPair(story.PairChoice{Pairs: pairs})
	return ""
}

// setMarks marks entries, and no others.
func (h *handshake) setMarks(seqs []int) {
	h.marks, h.view.Marked = seqs, map[int]bool{}
	for _, seq := range seqs {
		h.view.Marked[seq] = true
	}
	h.stale()
}

package ui

import (
	"fmt"
	"slices"
	"strconv"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// reveal selects the row of an entry, and shows it where a filter or a fold hides it.
func (h *handshake) reveal(seq int) {
	h.at, h.follow = story.RowID{Seq: seq}, false
	if e := h.whole.Entry(seq); e != nil && e.Kind == flow.Failure && e.Response == nil && e.Answers > 0 {
		h.at.Seq = e.Answers
	}
	h.remakeRows()
	if _, ok := h.story.Index(h.at); !ok {
		h.view.Filter, h.view.Folded = story.Everything, h.story.Unfolded()
		h.stale()
	}
}

// chooseTab shows a tab in the place of the one that is shown: Esc does not lead back.
func (h *handshake) chooseTab(t tab.Tab) {
	h.levels, h.asked = nil, asked{}
	h.showTab(t)
}

// showTab shows a tab, for this row and those that follow until the next step.
func (h *handshake) showTab(t tab.Tab) {
	h.tab, h.picked = t, true
	if h.prefers.Zoom && h.prefers.Pane != layout.Payload {
		h.prefers.Pane, h.pane = layout.Payload, layout.Payload
	}
}

// toRow selects the row n further on. Who goes to the last one follows what comes.
func (h *handshake) toRow(n int) {
	rows := h.story.Rows
	if len(rows) == 0 {
		return
	}
	i, _ := h.story.Index(h.at)
	to := pane.Between(i+n, 0, len(rows)-1)
	if rows[to].Kind == render.Gap && to+sign(n) >= 0 && to+sign(n) < len(rows) {
		to += sign(n)
	}
	h.at, h.picked = rows[to].ID, h.picked && h.tab != tab.Diff
	h.follow = to == len(rows)-1
}

// jump selects the entry of that number, which was typed before g. The first digits may have been meant for tabs only:
// they do not count when the number would lead nowhere.
func (h *handshake) jump(digits string) (notice string) {
	for i := range digits {
		n, err := strconv.Atoi(digits[i:])
		if err != nil || n < 1 || n > len(h.whole.Entries) {
			continue
		}
		h.takeBack(h.before[i])
		if n > h.shown { // it has not happened yet where the reader is
			h.pause()
			h.showTo(n)
			return ""
		}
		h.reveal(n)
		return ""
	}
	h.takeBack(h.before[0])
	return fmt.Sprintf("there is no entry %s: they go from 1 to %d", digits, len(h.whole.Entries))
}

// takeBack undoes what a digit did that turned out to be part of a number.
func (h *handshake) takeBack(c tabChoice) { h.tab, h.picked, h.pane = c.tab, c.picked, c.pane }

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// lookInto opens a page on the event that is selected, in the tab Events.
func (h *handshake) lookInto(kind pane.PageKind) {
	id, where := h.subject(h.scene())
	h.opensPage(h.layout.Payload.H <= 0 && !h.prefers.Zoom)
	h.showTab(tab.Events)
	h.pane = layout.Payload
	if h.layout.Payload.H <= 0 {
		h.prefers.Zoom, h.prefers.Pane = true, layout.Payload
	}
	h.opening = &opening{kind, id, where}
}

// inEvents reports whether keys of the payload go to the list of events or to a page over it.
func (h *handshake) inEvents() bool {
	return h.pane == layout.Payload && h.tab == tab.Events && h.main != nil && h.main.Events != nil
}

// toFinding goes to the first entry that the next finding rests on, or the one n further on, and explains it. The
// findings go round.
func (h *handshake) toFinding(n int) (notice string) {
	s := h.scene()
	at := slices.IndexFunc(s.Findings, func(f diagnose.Finding) bool { return f.ID == h.finding })
	if at < 0 && n < 0 {
		at = 0
	}
	at = (at + n + len(s.Findings)) % len(s.Findings)
	h.finding = s.Findings[at].ID
	if seqs := s.Findings[at].Evidence; len(seqs) > 0 {
		h.reveal(seqs[0])
	}
	h.chooseTab(tab.Why)
	return s.FindingWords(at)
}

// jumpToEvidence goes from the text of a finding to the next entry it rests on; false where the keys are elsewhere, or
// there is no other entry to go to.
func (h *handshake) jumpToEvidence() bool {
	if h.pane != layout.Why && (h.pane != layout.Payload || h.tab != tab.Why && h.tab != tab.Found) {
		return false
	}
	s := h.scene()
	told := s.ToldHere()
	if h.pane == layout.Payload && h.tab == tab.Found {
		told = s.Findings
	}
	var seqs []int
	for _, f := range told {
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
			if h.pane == layout.Payload {
				h.tab, h.picked = tab.Why, true
			}
			return true
		}
		seqs = slices.DeleteFunc(seqs, func(seq int) bool { return seq == next })
	}
	return false
}

// opensPage notes the level below a page on an event that is opened from elsewhere than the list.
func (h *handshake) opensPage(zoomed bool) {
	if h.inEvents() {
		return
	}
	h.push(level{before: tabChoice{h.tab, h.picked, h.pane}, to: tab.Events, page: true, pages: h.pages(), zoomed: zoomed})
}

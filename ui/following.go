package ui

import (
	"maps"
	"slices"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/render"
	"doorstep/ui/story"
)

func knowing(t flow.Trace) known {
	s := flow.Fold(t)
	s.Next() // whose keys are to be fetched is worked out once, for all states of a trace
	again, _ := s.KeysAgain()
	return known{t, s, diagnose.Findings(t, s), len(again.Servers)}
}

// grown takes in a longer trace. The reader who looks at the end goes along.
func (h *handshake) grown(k known) {
	t := k.trace
	if len(t.Entries) <= len(h.whole.Entries) {
		return
	}
	following := h.shown == len(h.whole.Entries) && !(h.held && h.shown == 0)
	h.whole, h.latest, h.latestFindings = t, k.state, k.findings
	h.unkeyed = k.unkeyed
	if following {
		h.shown = len(t.Entries)
		if h.follow {
			h.at = h.newest()
		}
	}
}

// arrives has the row of the request that waits for its answer say how much of that has come.
func (h *handshake) arrives() {
	h.arrived = ""
	p := h.latest.Pending
	if p == nil || !h.busy || h.shown < len(h.whole.Entries) {
		return
	}
	words := story.ArrivingWords(h.src.Progress())
	if i, shown := h.story.Index(story.RowID{Seq: p.Seq}); shown && words != "" {
		label := slices.Clone(h.story.Rows[i].Label)
		h.arrived = words
		h.ladder.Rows[i].Label = slices.Insert(label, min(1, len(label)), render.Untrusted(words))
	}
}

// newest is the row of the last entry that is shown. A failure shows on the request that it ended.
func (h *handshake) newest() story.RowID {
	e := h.whole.Entry(h.shown)
	switch {
	case e == nil:
		return story.RowID{Ghost: true}
	case e.Kind == flow.Failure && e.Answers > 0 && e.Response == nil:
		return story.RowID{Seq: e.Answers}
	}
	return story.RowID{Seq: e.Seq}
}

// fold hides or shows the rows of the phase of the selected row; false when there was nothing to do.
func (h *handshake) fold(hide bool) bool {
	r, ok := h.selected()
	if !ok || !h.view.Phases || r.Phase == story.NoPhase || h.story.Folds(r.Stretch) == hide {
		return false
	}
	h.view.Folded = maps.Clone(h.view.Folded)
	h.view.Folded[r.Stretch] = hide
	if hide {
		h.at = story.RowID{Head: r.Stretch}
	}
	h.stale()
	return true
}

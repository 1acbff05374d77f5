package ui

import (
	"context"
	"time"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/render"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/theme"
)

// newHandshake returns the screen of a source. ctx ends with the screen.
func newHandshake(ctx context.Context, l theme.Look, id int, name string, src Source, live bool,
	stop func()) *handshake {
	ctx, end := context.WithCancel(ctx)
	h := &handshake{
		Look: l, id: id, name: name, src: src, live: live, stop: stop, ctx: ctx, end: end,
		view: story.View{Folded: map[story.Stretch]bool{}, Marked: map[int]bool{}, Memory: &story.Memory{},
			Phrases: story.Phrases{Signs: l.Signs}},
		tab: tab.Body, bodies: map[int]*pane.Content{}, loading: map[int]*loading{},
		findingsAt: map[int][]diagnose.Finding{}, madeOf: storyKey{shown: -1},
		at: story.RowID{Ghost: true}, follow: true,
		now: time.Now, opt: render.LadderOptions{Spill: true},
	}
	if live {
		h.startWith(knowing(src.Trace()))
	}
	return h
}

// startWith has k shown.
func (h *handshake) startWith(k known) {
	h.whole, h.latest, h.latestFindings = k.trace, k.state, k.findings
	h.unkeyed = k.unkeyed
	h.shown = len(k.trace.Entries)
}

// telling is the row of a finished trace to begin with: where it stopped, otherwise its last.
func telling(s flow.State, entries int) story.RowID {
	if s.Stopped != nil && s.Stopped.Seq > 0 {
		return story.RowID{Seq: s.Stopped.Seq}
	}
	return story.RowID{Seq: entries}
}

// close ends whatever belongs to the screen, and to the other branches of the handshake.
func (h *handshake) close() {
	for _, b := range h.branches() {
		b.closeBranch()
	}
}

// closeBranch ends what belongs to one branch.
func (h *handshake) closeBranch() {
	h.end()
	h.whole.StopVerifying()
	if h.stop != nil {
		h.stop()
	}
}

package ui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/tab"
)

// lookFor begins a search; the one before is given up. Without words none begins.
func (h *handshake) lookFor(words string) {
	if h.search.cancel != nil {
		h.search.cancel()
	}
	h.find, h.search = words, search{needle: render.NewNeedle(words), asked: h.search.asked + 1}
	if words != "" {
		h.search.ctx, h.search.cancel = context.WithCancel(h.ctx)
	}
}

// seek looks for the next match, or with direction -1 for the one before, in the background.
func (h *handshake) seek(direction int) tea.Cmd {
	f := &h.search
	f.asked++
	from, t := h.from(direction), h.trace()
	id, asked, ctx, needle, counted := h.id, f.asked, f.ctx, f.needle, f.counted
	return func() tea.Msg {
		msg := foundMsg{id: id, asked: asked}
		if direction > 0 {
			msg.at, msg.wrapped = next(ctx, t, needle, from)
		} else {
			msg.at, msg.wrapped = previous(ctx, t, needle, counted, from)
		}
		return msg
	}
}

// sought goes to where a search ended; false when that was nowhere.
func (h *handshake) sought(msg foundMsg) bool {
	f := &h.search
	if msg.at == (spot{}) {
		return false
	}
	f.found, f.wrapped, f.goTo, f.tells = msg.at, msg.wrapped, true, true
	h.reveal(msg.at.seq)
	h.chooseTab(tab.Body)
	return true
}

// from is where a search begins: after the match it went to last, or before it, unless the reader went elsewhere; then
// at the line of the cursor.
func (h *handshake) from(direction int) spot {
	f := &h.search
	at := spot{max(h.at.Seq, 0), 0}
	c := h.bodies[at.seq]
	stays := f.found.seq == at.seq && (f.goTo || c != nil && c.Doc.At(f.found.offset) == c.Cursor)
	switch {
	case stays && direction > 0:
		return spot{at.seq, f.found.offset + f.needle.Len()}
	case stays:
		return f.found
	case c != nil:
		at.offset = c.Doc.Offset(c.Cursor)
	}
	return at
}

// countOn has matches counted that are not yet; nil when all are, or when that goes on.
func (h *handshake) countOn() tea.Cmd {
	f := &h.search
	if f.ctx == nil || f.counts || f.counted.covers(h.whole) {
		return nil
	}
	f.counts = true
	id, ctx, t, needle, counted := h.id, f.ctx, h.whole, f.needle, f.counted
	return func() tea.Msg { return countedMsg{id, ctx, counted.goOn(ctx, t, needle)} }
}

// matchesCounted takes in what was counted.
func (h *handshake) matchesCounted(msg countedMsg) {
	if msg.search == h.search.ctx { // otherwise something else is searched for by now
		h.search.counted, h.search.counts = msg.tally, false
	}
}

// searchWords says which of how many matches the search went to; empty when there is nothing to tell.
func (h *handshake) searchWords() string {
	f := &h.search
	if !f.tells {
		return ""
	}
	t, y := h.trace(), &f.counted
	key := wordsKey{f.found, y.next, h.shown, len(h.whole.Entries), f.wrapped}
	if f.words != "" && key == f.madeOf {
		return f.words
	}
	words := "a match"
	if f.found.before(y.next) {
		words = fmt.Sprintf("match %d", y.until(t, f.needle, f.found)+1)
	}
	words += fmt.Sprintf(" of %d", y.until(t, f.needle, spot{len(t.Entries) + 1, 0}))
	if !y.covers(t) {
		words += " so far"
	}
	if f.wrapped {
		words += "; the search went around the end"
	}
	f.words, f.madeOf = words, key
	return words
}

package ui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/keymap"
)

// lookFor begins a search; the one before is given up. Without words none begins.
func (h *handshake) lookFor(words string) {
	if h.search.cancel != nil {
		h.search.cancel()
	}
	needle, _ := render.ParseNeedle(words) // what is wrong with it was said as it was typed
	h.find, h.search = words, search{needle: needle, asked: h.search.asked + 1}
	if words != "" {
		h.search.ctx, h.search.cancel = context.WithCancel(h.ctx)
	}
}

// seek looks for the next match, or with direction -1 for the one before: on the page that has the keys, otherwise in
// the whole trace, in the background.
func (h *handshake) seek(direction int) tea.Cmd {
	f := &h.search
	if h.onPage() {
		f.onPage, f.tells = h.seekOnPage(direction), true
		return nil
	}
	f.onPage = ""
	f.asked++
	from, hay := h.from(direction), h.haystack(h.trace())
	counted := h.counted()
	id, asked, ctx, needle := h.id, f.asked, f.ctx, f.needle
	return func() tea.Msg {
		msg := foundMsg{id: id, asked: asked, back: direction < 0}
		if direction > 0 {
			msg.at, msg.wrapped = next(ctx, hay, needle, from)
		} else {
			msg.at, msg.wrapped = previous(ctx, hay, needle, counted, from)
		}
		return msg
	}
}

// seekOnPage goes to the next match on the page over the list of events, and says which of how many it is.
func (h *handshake) seekOnPage(direction int) string {
	k, n, wrapped := h.main.Events.Page().Seek(h.search.needle, direction, h.Glyphs)
	switch {
	case n == 0:
		return "not on this page: " + h.Press(keymap.ActBack) + " drops the search, and then leaves the page"
	case wrapped && direction < 0:
		return fmt.Sprintf("match %d of %d on this page; from the bottom again", k, n)
	case wrapped:
		return fmt.Sprintf("match %d of %d on this page; from the top again", k, n)
	}
	return fmt.Sprintf("match %d of %d on this page", k, n)
}

// sought goes to where a search ended; false when that was nowhere.
func (h *handshake) sought(msg foundMsg) bool {
	f := &h.search
	if msg.at == (match{}) {
		return false
	}
	f.found, f.wrapped, f.back, f.goTo, f.tells = msg.at, msg.wrapped, msg.back, true, true
	if msg.at.seq > 0 {
		h.reveal(msg.at.seq)
	}
	h.chooseTab(msg.at.part.tab())
	return true
}

// from is where a search begins: after the match it went to last, or before it, unless the reader went elsewhere; then
// at the line of the cursor, and on the first line at the head.
func (h *handshake) from(direction int) spot {
	f := &h.search
	switch {
	case h.staysAt(f.found) && direction > 0:
		return spot{f.found.seq, f.found.part, f.found.end}
	case h.staysAt(f.found):
		return f.found.spot
	}
	at := spot{max(h.at.Seq, 1), inHead, 0}
	if c := h.bodies[at.seq]; c != nil && c.Cursor > 0 {
		at.part, at.offset = inBody, c.Doc.Offset(c.Cursor)
	}
	return at
}

// staysAt reports whether the reader is where the search led.
func (h *handshake) staysAt(m match) bool {
	if m == (match{}) || m.part.tab() != h.tab || m.seq > 0 && m.seq != h.at.Seq {
		return false
	}
	if c := h.bodies[m.seq]; m.part == inBody {
		return h.search.goTo || c != nil && c.Doc.At(m.offset) == c.Cursor
	}
	return true
}

// straw is what the texts that are searched depend on now.
func (h *handshake) straw() strawKey {
	return strawKey{len(h.findings), h.shown, h.story.State.Verification}
}

// counted is what was counted of the texts as they are now.
func (h *handshake) counted() tally {
	if f := &h.search; f.of == h.straw() {
		return f.counted
	}
	return tally{}
}

// countOn has matches counted that are not yet; nil when all are, or when that goes on.
func (h *handshake) countOn() tea.Cmd {
	f := &h.search
	if f.of != h.straw() {
		f.of, f.counted, f.counts = h.straw(), tally{}, false
	}
	if f.ctx == nil || f.counts || f.counted.covers(h.shown) {
		return nil
	}
	f.counts = true
	id, ctx, hay, needle, counted, of := h.id, f.ctx, h.haystack(h.trace()), f.needle, f.counted, f.of
	return func() tea.Msg { return countedMsg{id, ctx, of, counted.goOn(ctx, hay, needle)} }
}

// matchesCounted takes in what was counted.
func (h *handshake) matchesCounted(msg countedMsg) {
	// otherwise something else is searched for by now, or elsewhere
	if msg.search == h.search.ctx && msg.of == h.search.of {
		h.search.counted, h.search.counts = msg.tally, false
	}
}

// searchWords says which of how many matches the search went to, and where it is; empty when there is nothing to tell.
func (h *handshake) searchWords() string {
	f := &h.search
	switch {
	case !f.tells:
		return ""
	case f.onPage != "":
		return f.onPage
	}
	y := &f.counted
	key := wordsKey{f.found, y.next, h.shown, len(h.whole.Entries), f.wrapped, f.back}
	if f.words != "" && key == f.madeOf {
		return f.words
	}
	words := "a match"
	if f.found.before(y.next) {
		words = fmt.Sprintf("match %d", y.until(h.haystack(h.trace()), f.needle, f.found.spot)+1)
	}
	words += fmt.Sprintf(" of %d", y.n)
	if !y.covers(h.shown) {
		words += " so far"
	}
	words += " in the " + f.found.part.String()
	if f.found.seq > 0 {
		words += fmt.Sprintf(" of entry %d", f.found.seq)
	}
	switch {
	case f.wrapped && f.back:
		words += "; from the bottom again"
	case f.wrapped:
		words += "; from the top again"
	}
	f.words, f.madeOf = words, key
	return words
}

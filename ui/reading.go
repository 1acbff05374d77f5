package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/story"
)

// A recording of a large room takes seconds to read and to verify. It is shown while that goes on: first what comes
// before its large answer, then the answer, then what it proves.

// readFirst is how long a recording is waited for before the part of it that is there is shown.
const readFirst = 30 * time.Millisecond

// shownFirst returns what of a recording is shown first: all of a small one.
func shownFirst(recorded *recording.Stream) known {
	recorded.Wait(context.Background(), readFirst)
	t := recorded.Trace()
	return knowing(t.Prefix(together(t, 0)))
}

// begin has k shown, the beginning of a recording or all of it.
func (h *handshake) begin(recorded *recording.Stream, k known) {
	h.reading = recorded
	h.startWith(k)
	h.at = h.newest()
	if h.held {
		h.showTo(0)
	}
	if recorded.Wait(context.Background(), 0) && len(recorded.Trace().Entries) == len(k.trace.Entries) {
		h.read()
	}
}

// read takes in that all of the recording is there.
func (h *handshake) read() {
	h.reading = nil
	if h.follow && h.shown == len(h.whole.Entries) {
		h.at = telling(h.latest, h.shown)
	}
}

// together returns how many entries of t are shown at once after its first n: an answer that takes time to take apart
// does not hold up what comes before it, nor does its verification hold up the answer.
func together(t flow.Trace, n int) int {
	large := false
	for i := range t.Entries {
		e := &t.Entries[i]
		heavy := e.Response != nil && len(e.Response.Body) > bodyAtOnce
		if large = large || heavy; i > n && (heavy || large && e.Step == flow.L2) {
			return i
		}
	}
	return len(t.Entries)
}

// watchReading waits until more of the recording is there, and works out what it leads to.
func (h *handshake) watchReading() tea.Cmd {
	id, ctx, n, reading := h.id, h.ctx, len(h.whole.Entries), h.reading
	return func() tea.Msg {
		for {
			t := reading.Trace()
			if len(t.Entries) > n {
				return changedMsg{id, knowing(t.Prefix(together(t, n)))}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-reading.Changed():
			case <-reading.Done():
				if len(reading.Trace().Entries) == n {
					return readMsg{id}
				}
			}
		}
	}
}

// readingWords says how far the reading has got, or the verification of what was read.
func (h *handshake) readingWords() string {
	if words := h.verifyingWords(); words != "" {
		return words
	}
	select {
	case <-h.reading.Done():
		return fmt.Sprintf("looking into %d entries", len(h.reading.Trace().Entries))
	default:
		return story.ProgressWords(h.reading.Progress())
	}
}

// verifyingWords says how far the verification of the answer has got while it goes on; empty otherwise.
func (h *handshake) verifyingWords() string {
	if h.latest.Reply == nil || h.latest.Verification != nil {
		return ""
	}
	e := h.whole.Entry(h.latest.Reply.Seq)
	if e == nil {
		return ""
	}
	return story.ProgressWords(e.Checked())
}

// brokenOff says why a recording is not shown to its end.
func brokenOff(err error) string {
	words := strings.Join(strings.Fields(err.Error()), " ")
	if !errors.Is(err, recording.ErrTruncated) {
		words += ": what comes before it is shown"
	}
	return words
}

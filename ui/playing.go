package ui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
)

// A pace says how long to wait before an entry.
type pace struct {
	name   string
	speed  float64       // of the recorded times
	steady time.Duration // the same wait before each, whatever was recorded; 0: by speed
}

var paces = []pace{
	{"an entry every 3 s", 0, 3 * time.Second}, {"an entry a second", 0, time.Second},
	{"3 entries a second", 0, time.Second / 3},
	{"1/4 of the recorded speed", 0.25, 0}, {"1/2 of the recorded speed", 0.5, 0}, {"the recorded speed", 1, 0},
	{"twice the recorded speed", 2, 0}, {"4 times the recorded speed", 4, 0}, {"16 times the recorded speed", 16, 0},
	{"64 times the recorded speed", 64, 0},
}

const (
	steadyPace   = 1
	recordedPace = 5

	// longestWait is how long nothing happens at most, whatever was recorded.
	longestWait = 3 * time.Second
	// briefest is what a recording takes at least, in the recorded speed, for that to be the pace to begin with.
	briefest = 5 * time.Second
)

// play begins to play, from the start where all is shown, or pauses.
func (h *handshake) play() tea.Cmd {
	if h.playing.on {
		h.pause()
		return nil
	}
	if !h.playing.set {
		h.playing.pace = steadyPace
		if n := len(h.whole.Entries); n > 0 && h.whole.Entries[n-1].At >= briefest {
			h.playing.pace = recordedPace
		}
	}
	if h.shown == len(h.whole.Entries) {
		h.rewind()
	}
	h.playing.on, h.follow, h.picked = true, true, false
	h.at = h.newest()
	return h.playOn()
}

// pause ends the playing. What is shown stays.
func (h *handshake) pause() { h.playing.on = false }

// playOn waits until it is time for the next entry.
func (h *handshake) playOn() tea.Cmd {
	p := &h.playing
	p.turn++
	p.wait, p.cut = h.waitBefore(h.shown), 0
	if p.wait > longestWait {
		p.wait, p.cut = longestWait, p.wait
	}
	id, turn := h.id, p.turn
	return h.after(p.wait, func(time.Time) tea.Msg { return playMsg{id, turn} })
}

// waitBefore is how long to wait before the entry after the first n.
func (h *handshake) waitBefore(n int) time.Duration {
	of := paces[h.playing.pace]
	if of.steady > 0 || n == 0 || n >= len(h.whole.Entries) {
		return of.steady
	}
	passed := h.whole.Entries[n].At - h.whole.Entries[n-1].At
	return time.Duration(float64(max(passed, 0)) / of.speed)
}

// played shows the next entry.
func (h *handshake) played(turn int) tea.Cmd {
	if !h.playing.on || turn != h.playing.turn {
		return nil
	}
	h.showTo(h.shown + 1)
	if h.shown == len(h.whole.Entries) {
		h.pause()
		return nil
	}
	return h.playOn()
}

// atPace makes the pace n steps faster, and says which that is.
func (h *handshake) atPace(n int) (cmd tea.Cmd, notice string) {
	p := &h.playing
	to := min(max(p.pace+n, 0), len(paces)-1)
	if !p.set && !p.on {
		p.pace = recordedPace
		to = recordedPace + n
	}
	p.pace, p.set = to, true
	if p.on { // the line about the playing says so
		return h.playOn(), ""
	}
	return nil, "pace: " + paces[p.pace].name
}

// playable says why nothing can be played; empty when something can.
func (h *handshake) playable() string {
	switch {
	case len(h.whole.Entries) == 0:
		return "nothing has happened yet"
	case h.busy || h.going:
		return "a step is being done: " + h.Press(keymap.ActStop) + " cancels it"
	case h.witnessed() != nil && !h.witnessed().Over() && h.shown == len(h.whole.Entries):
		return "this is now"
	case h.live && !story.Over(h.latest) && h.shown == len(h.whole.Entries):
		return "this is now: . does the next step"
	}
	return ""
}

// rewind goes to before the first entry.
func (h *handshake) rewind() { h.showTo(0) }

// showTo shows the first n entries, and nothing of those after them.
func (h *handshake) showTo(n int) {
	h.shown = min(max(n, 0), len(h.whole.Entries))
	h.follow, h.picked = h.shown == len(h.whole.Entries) || h.playing.on, false
	h.at, h.top = h.newest(), 0 // as a recording shows that ends there
}

// travel goes to another moment of the trace.
func (h *handshake) travel(a keymap.Action) {
	h.pause()
	switch a {
	case keymap.ActRewind:
		h.rewind()
	case keymap.ActPhaseOn:
		h.phaseOn()
	case keymap.ActPhaseBack:
		h.phaseBack()
	}
}

// phaseOn goes to the end of the phase that comes next.
func (h *handshake) phaseOn() { h.showTo(story.PhaseEnd(h.whole, h.shown)) }

// phaseBack goes to before the phase that the last entry shown is in.
func (h *handshake) phaseBack() { h.showTo(story.PhaseStart(h.whole, h.shown)) }

// playingWords says what is being played, or where in the past an answer was waited for, and which keys there are;
// empty where neither is so.
func (h *handshake) playingWords() string {
	p := h.playing
	switch {
	case p.on && p.cut > 0:
		return fmt.Sprintf("playing, %s: a wait of %s, shortened   %s pauses", paces[p.pace].name,
			render.Duration(p.cut), h.Press(keymap.ActPlay))
	case p.on:
		return "playing, " + paces[p.pace].name + "   " + h.Press(keymap.ActPlay) + " pauses  " +
			h.Press(keymap.ActSlower) + " slower  " + h.Press(keymap.ActFaster) + " faster"
	case h.shown < len(h.whole.Entries) && h.story.State.Pending != nil:
		return h.pastWords() // nobody waits any more
	}
	return ""
}

// pastWords says that a moment of the past is shown. What came after it stays untold, as in front of a class.
func (h *handshake) pastWords() string {
	words := fmt.Sprintf("%d of %d shown", h.shown, len(h.whole.Entries))
	if h.live && !story.Over(h.latest) {
		return words + ": the past   " + h.Press(keymap.ActStepOn) + " goes on  " + h.Press(keymap.ActGoOn) +
			" goes back to now"
	}
	return words + "   " + h.Press(keymap.ActStepOn) + " goes on  " + h.Press(keymap.ActPlay) + " plays  " +
		h.Press(keymap.ActGoOn) + " goes to the end"
}

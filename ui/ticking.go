package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// patient is how long a step may take before a counter shows that it goes on.
const patient = 300 * time.Millisecond

func (h *handshake) tick() tea.Cmd {
	id := h.id
	return h.after(100*time.Millisecond, func(at time.Time) tea.Msg { return tickMsg{id, at} })
}

// ticks reports whether something goes on that is drawn again all the time.
func (h *handshake) ticks() bool { return h.busy || h.reading != nil || len(h.loading) > 0 }

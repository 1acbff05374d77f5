package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
)

// A Witnessed source is one of several handshakes that others do, and that are shown while they happen: what passes a
// tap. One that is at no place stands for them before there is any.
type Witnessed interface {
	Source
	// Over reports whether nothing more comes of it.
	Over() bool
	// Following returns the one that comes after it, the first after the last; false where there is no other.
	Following() (Source, bool)
	// Place says which it is, from 1, and how many there are by now.
	Place() (at, of int)
}

// witnessed is the source of h, where others do its steps; nil where they do not.
func (h *handshake) witnessed() Witnessed {
	w, _ := h.src.(Witnessed)
	return w
}

// toFollowing shows the next of several handshakes that others do.
func (m *Model) toFollowing() tea.Cmd {
	before := m.screen
	next, ok := before.witnessed().Following()
	if !ok {
		return nil
	}
	m.runs++
	h := m.handshakeOf(before.name, next, true, before.stop)
	h.direct, h.others, h.prefers, h.opt = before.direct, before.others, before.prefers, before.opt
	before.stop = nil // it is the other one's now
	before.close()
	m.screen = h
	h.resize(m.width, m.height)
	return h.watch()
}

// witnessing is what there is to do where others do the steps: the first handshake is shown as soon as there is one.
func (m *Model) witnessing(h *handshake) tea.Cmd {
	if h != m.screen || h.witnessed() == nil {
		return nil
	}
	if at, of := h.witnessed().Place(); at > 0 || of == 0 {
		return nil
	}
	m.notice = ""
	return m.toFollowing()
}

// whyNoOther says why there is no other handshake to go to; empty when there is.
func (h *handshake) whyNoOther() string {
	if _, ok := h.witnessed().Following(); ok {
		return ""
	}
	return "no other join has come yet"
}

// witnessedParts say in the header which handshake is shown, of how many.
func (h *handshake) witnessedParts() []string {
	w := h.witnessed()
	if w == nil {
		return nil
	}
	at, of := w.Place()
	switch {
	case of == 0:
		return []string{h.Dim.Render("no join yet")}
	case of == 1:
		return []string{h.Warn.Render("join 1")}
	}
	return []string{h.Warn.Render(fmt.Sprintf("join %d/%d (%s)", at, of, h.Press(keymap.ActOther)))}
}

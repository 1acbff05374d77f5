package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// body returns what the tab Body shows, and for a large body that has not been read yet the command that reads it.
func (h *handshake) body(s *story.Scene) (*pane.Content, tea.Cmd) {
	seq := s.Row.ID.Seq
	if c := h.bodies[seq]; c != nil && seq > 0 {
		return c, nil
	}
	raw, instead := s.Body()
	if raw == nil {
		return &pane.Content{Text: instead}, nil
	}
	if len(raw) <= bodyAtOnce {
		c := &pane.Content{Doc: render.NewDocument(raw)}
		h.bodies[seq] = c
		return c, nil
	}
	b := s.Prose()
	b.Remark("reading " + story.Size(len(raw)) + "…")
	if h.loading[seq] {
		return &pane.Content{Text: &b.Prose}, nil
	}
	h.loading[seq] = true
	id := h.id
	return &pane.Content{Text: &b.Prose}, func() tea.Msg { return bodyMsg{id, seq, render.NewDocument(raw)} }
}

// loaded takes in a body that was read in the background.
func (h *handshake) loaded(msg bodyMsg) {
	delete(h.loading, msg.seq)
	h.bodies[msg.seq] = &pane.Content{Doc: msg.doc}
	h.mainKey = contentKey{}
}

// bodyAtOnce is the size of a body up to which it is read while the frame waits, in bytes. Larger ones are read in
// the background.
const bodyAtOnce = 1 << 20

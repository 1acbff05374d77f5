package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
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
		c := documentOf(s.Entry(), raw, nil)
		h.bodies[seq] = c
		return c, nil
	}
	b := s.Prose()
	b.Remark("reading " + story.Size(len(raw)) + "…")
	if h.loading[seq] != nil {
		return &pane.Content{Text: &b.Prose}, nil
	}
	l, ticks := &loading{size: len(raw)}, h.ticks()
	h.loading[seq] = l
	id, e := h.id, s.Entry()
	load := func() tea.Msg {
		return bodyMsg{id, seq, documentOf(e, raw, func(bytes int) { l.read.Store(int64(bytes)) })}
	}
	if ticks {
		return &pane.Content{Text: &b.Prose}, load
	}
	return &pane.Content{Text: &b.Prose}, tea.Batch(load, h.tick())
}

// documentOf returns the body of an entry as a document. Of one that was cut, what came whole is shown as JSON. told is
// as for render.NewDocument.
func documentOf(e *flow.Entry, raw []byte, told func(bytes int)) *pane.Content {
	if _, cut := e.Part(); cut {
		if whole, events := flow.WholeEvents(raw); events > 0 {
			if doc := render.NewDocument(whole, told); doc.Notice() == "" {
				return &pane.Content{Doc: doc, Notice: notice(e, events)}
			}
		}
	}
	return &pane.Content{Doc: render.NewDocument(raw, told), Notice: notice(e, 0)}
}

// notice is what the reader should know about the body of an entry: that somebody edited it, or that only part of it
// came, of which that many events are whole.
func notice(e *flow.Entry, events int) string {
	if words := story.EditedNotice(e); words != "" {
		return words
	}
	return story.PartWords(e, events)
}

// loadingWords says how far the reading of the body has got that is shown; empty when none is read.
func (h *handshake) loadingWords() string {
	l := h.loading[h.at.Seq]
	if l == nil {
		return ""
	}
	return "reading the body: " + story.Size(int(l.read.Load())) + " of " + story.Size(l.size)
}

// Body is the content of body.
func (h *handshake) Body(s *story.Scene) *pane.Content {
	c, _ := h.body(s)
	return c
}

// loaded takes in a body that was read in the background.
func (h *handshake) loaded(msg bodyMsg) {
	delete(h.loading, msg.seq)
	h.bodies[msg.seq] = msg.content
	h.mainKey = contentKey{}
}

// bodyAtOnce is the size of a body up to which it is read while the frame waits, in bytes. Larger ones are read in
// the background.
const bodyAtOnce = 1 << 20

// list returns the events of the answer that s holds; nil while there are none, or while a long list is being made by
// the command. Until there is one of what a verification found, the list of what is known without it stands.
func (h *handshake) list(s *story.Scene) (*pane.Events, tea.Cmd) {
	if s.LacksEvents() != "" {
		return nil, nil
	}
	of := listOf{s.State.Reply.Seq, s.State.Verification}
	was := h.events
	if was != nil && (was.Seq != of.seq || of.found == nil && was.Verified()) {
		was = nil
	}
	if was != nil && was.State.Verification == of.found {
		return was, nil
	}
	if h.listing == of {
		return was, nil
	}
	if len(s.State.Reply.State)+len(s.State.Reply.AuthChain) <= eventsAtOnce {
		h.listed(of, pane.NewEvents(s))
		return h.events, nil
	}
	h.listing = of
	id, ctx, wish := h.id, h.ctx, pane.Wish{}
	if was != nil {
		wish = was.Wish
	}
	return was, func() tea.Msg {
		made := pane.NewEvents(s)
		made.Wish = wish
		if answer, done := made.Working()(ctx); done {
			made.Take(answer)
		}
		return eventsMsg{id, of, made}
	}
}

// Events are those of list, as far as they are there.
func (h *handshake) Events(s *story.Scene) *pane.Events {
	list, _ := h.list(s)
	return list
}

// listed takes in a list that was made. It goes on where that of the same answer was that it takes the place of.
func (h *handshake) listed(of listOf, made *pane.Events) {
	if h.events != nil && h.events.Seq == made.Seq {
		made.GoOn(h.events)
	}
	h.events = made
	if h.listing == of {
		h.listing = listOf{}
	}
	h.mainKey = contentKey{}
}

// lacksSubject says why no event can be looked into; empty when one can.
func (h *handshake) lacksSubject() string {
	s := h.scene()
	if why := s.LacksEvents(); why != "" {
		return why
	}
	if h.events == nil && h.listing != (listOf{}) {
		return "the list of events is being made"
	}
	if id, _ := h.subject(s); id == "" {
		return "no event is selected"
	}
	return ""
}

// eventsAtOnce is how many events are compared and laid out while the frame waits. More of them are looked at in the
// background.
const eventsAtOnce = 2000

package ui

import (
	"doorstep/flow/verify"
	"doorstep/ui/story"
)

// attend notes whether the cursor of the tab Events or that of the body has moved.
func (h *handshake) attend(s *story.Scene) {
	a := &h.attention
	list, selects := "", false
	if h.events != nil {
		id, where := h.events.Current()
		list, selects = id+" "+where, id != "" && !(s.IsOurs(id) && len(h.events.Pages) == 0)
	}
	switch {
	case list != a.list:
		a.byList = selects
	case a.row == h.at && a.body != s.Field && s.Answer():
		a.byList = false
	}
	a.list, a.body, a.row = list, s.Field, h.at
}

// Subject names the event that the views of events are about: the one selected in the list or under the cursor of the
// answer's body, whichever cursor was moved last; else the one the row is about; else our join.
func (h *handshake) Subject(s *story.Scene) story.Subject {
	h.attend(s)
	if h.events != nil && s.LacksEvents() == "" && h.attention.byList {
		if id, where := h.events.Current(); id != "" {
			return story.Subject{ID: id, Where: where, From: story.SelectedInEvents}
		}
	}
	if id, where := s.SignedEvent(); id != "" {
		if s.Answer() {
			return story.Subject{ID: id, Where: where, From: story.UnderBodyCursor}
		}
		if where == verify.SentCopy && s.IsOurs(id) {
			where = "" // judged is the copy that counts
		}
		return story.Subject{ID: id, Where: where, From: story.OfTheRow}
	}
	if s.State.Build != nil {
		return story.Subject{ID: s.State.Build.EventID}
	}
	return story.Subject{}
}

// subject is Subject without how the event was chosen.
func (h *handshake) subject(s *story.Scene) (id, where string) {
	on := h.Subject(s)
	return on.ID, on.Where
}

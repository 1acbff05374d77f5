package ui

import "doorstep/flow/verify"

// An attention remembers which of the two cursors that choose an event was moved last.
type attention struct {
	list   string // what the tab Events had selected
	body   string // where the cursor of the body of the answer was
	row    rowID
	byList bool
}

// attend notes whether the cursor of the tab Events or that of the body has moved.
func (h *handshake) attend(s *scene) {
	a := &h.attention
	list, selects := "", false
	if h.events != nil {
		id, where := h.events.current()
		list, selects = id+" "+where, id != "" && !(s.isOurs(id) && len(h.events.pages) == 0)
	}
	switch {
	case list != a.list:
		a.byList = selects
	case a.row == h.at && a.body != s.field && s.answer():
		a.byList = false
	}
	a.list, a.body, a.row = list, s.field, h.at
}

// subjectOf names the event that the views of events are about: the one selected in the list or under the cursor of the
// answer's body, whichever cursor was moved last; else the one the row is about; else our join.
func (h *handshake) subjectOf(s *scene) subject {
	h.attend(s)
	if h.events != nil && s.lacksEvents() == "" && h.attention.byList {
		if id, where := h.events.current(); id != "" {
			return subject{id, where, selectedInEvents}
		}
	}
	if id, where := s.signedEvent(); id != "" {
		if s.answer() {
			return subject{id, where, underBodyCursor}
		}
		if where == verify.SentCopy && s.isOurs(id) {
			where = "" // judged is the copy that counts
		}
		return subject{id, where, ofTheRow}
	}
	if s.state.Build != nil {
		return subject{id: s.state.Build.EventID}
	}
	return subject{}
}

// subject is subjectOf without how the event was chosen.
func (h *handshake) subject(s *scene) (id, where string) {
	on := h.subjectOf(s)
	return on.id, on.where
}

package ui

import (
	"fmt"

	"doorstep/ui/keymap"
)

// witnessed is the source of h, where others do its steps; nil where they do not.
func (h *handshake) witnessed() Witnessed {
	w, _ := h.src.(Witnessed)
	return w
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

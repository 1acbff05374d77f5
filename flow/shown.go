package flow

import (
	"slices"

	"doorstep/flow/response"
)

// Shown takes what an entry shows to be there off the list of what is missing, of a handshake that was watched. While
// it goes on its header says what is not known yet, and a program that is killed leaves that.
func (h *Header) Shown(e *Entry) {
	if !h.Watched() || h.Imported == nil {
		return
	}
	there := Missing("")
	switch {
	case e.Step == A6:
		there = MissingJoin
	case e.Step == A5 && e.Kind == Response && response.Succeeds(e.Response):
		there = MissingTemplate
	}
	if i := slices.Index(h.Imported.Missing, there); i >= 0 {
		imported := *h.Imported
		imported.Missing = slices.Delete(slices.Clone(imported.Missing), i, i+1)
		h.Imported = &imported
	}
}

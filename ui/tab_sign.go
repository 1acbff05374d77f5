package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// signTab is the work behind the signatures on the row.
var signTab tab = tabSign{}

type tabSign struct{}

func (tabSign) name() string { return "Sign" }
func (tabSign) key() string  { return "4" }
func (tabSign) help() string { return "the exact bytes hashed and signed, keys, verdicts" }

func (tabSign) depends() dependence { return dependence{field: true, subject: true} }

func (tabSign) lacks(s *story.Scene) string { return s.LacksSigned() }

func (tabSign) content(h *handshake, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.Sign(h.subjectOf(s))}
}

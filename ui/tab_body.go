package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// bodyTab is the body of the row: a document, or words in its place.
var bodyTab tab = tabBody{}

type tabBody struct{ onRow }

func (tabBody) name() string { return "Body" }
func (tabBody) key() string  { return "1" }
func (tabBody) help() string { return "the body of the message" }

func (tabBody) content(h *handshake, s *story.Scene) *pane.Content {
	c, _ := h.body(s)
	return c
}

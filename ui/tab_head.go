package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// headTab is everything about an exchange but its body.
var headTab tab = tabHead{}

type tabHead struct{ onRow }

func (tabHead) name() string { return "Head" }
func (tabHead) key() string  { return "2" }
func (tabHead) help() string { return "headers, connection, certificates, times" }

func (tabHead) content(_ *handshake, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.Head()}
}

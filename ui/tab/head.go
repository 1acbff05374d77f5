package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Head is everything about an exchange but its body.
var Head Tab = headTab{}

type headTab struct{ onRow }

func (headTab) Name() string { return "Head" }
func (headTab) Key() string  { return "2" }
func (headTab) Help() string { return "headers, connection, certificates, times" }

func (headTab) Content(_ View, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.Head()}
}

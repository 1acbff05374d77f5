package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Body is the body of the row: a document, or words in its place.
var Body Tab = bodyTab{}

type bodyTab struct{ onRow }

func (bodyTab) Name() string { return "Body" }
func (bodyTab) Key() string  { return "1" }
func (bodyTab) Help() string { return "the body of the message" }

func (bodyTab) Content(v View, s *story.Scene) *pane.Content {
	return v.Body(s)
}

package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Why explains the row: what went wrong, and what the step is for.
var Why Tab = whyTab{}

type whyTab struct{ onRow }

func (whyTab) Name() string { return "Why" }
func (whyTab) Key() string  { return "6" }
func (whyTab) Help() string { return "what the step is for; what went wrong" }

func (whyTab) Depends() Dependence { return Dependence{Field: true} }

func (whyTab) Content(_ View, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.WhyText()}
}

package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Found lists all findings, whichever row they rest on.
var Found Tab = foundTab{}

type foundTab struct{ onRow }

func (foundTab) Name() string { return "Found" }
func (foundTab) Key() string  { return "9" }
func (foundTab) Help() string { return "all findings: what went wrong, and what is worth knowing" }

func (foundTab) Lacks(s *story.Scene) string { return s.LacksFindings() }

func (foundTab) Content(_ View, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.FindingsText()}
}

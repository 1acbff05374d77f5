package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Checks lists what was checked, and what the checks found.
var Checks Tab = checksTab{}

type checksTab struct{ onRow }

func (checksTab) Name() string { return "Checks" }
func (checksTab) Key() string  { return "5" }
func (checksTab) Help() string { return "every check and what it found" }

func (checksTab) Lacks(s *story.Scene) string { return s.LacksChecks() }

func (checksTab) Content(_ View, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.ChecksText()}
}

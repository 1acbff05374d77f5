package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// checksTab lists what was checked, and what the checks found.
var checksTab tab = tabChecks{}

type tabChecks struct{ onRow }

func (tabChecks) name() string { return "Checks" }
func (tabChecks) key() string  { return "5" }
func (tabChecks) help() string { return "every check and what it found" }

func (tabChecks) lacks(s *story.Scene) string { return s.LacksChecks() }

func (tabChecks) content(_ *handshake, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.ChecksText()}
}

package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// whyTab explains the row: what went wrong, and what the step is for.
var whyTab tab = tabWhy{}

type tabWhy struct{ onRow }

func (tabWhy) name() string { return "Why" }
func (tabWhy) key() string  { return "6" }
func (tabWhy) help() string { return "what the step is for; what went wrong" }

func (tabWhy) depends() dependence { return dependence{field: true} }

func (tabWhy) content(_ *handshake, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.WhyText()}
}

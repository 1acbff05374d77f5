package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// A tab is one way of looking at the selected row. Each has a file of its own, tab_NAME.go, and a row in tabs: that
// is all there is to one.
type tab interface {
	name() string // in the line of tabs
	key() string  // the key that chooses it
	help() string // what it shows, in the help

	// lacks says why it has nothing to show of s; empty when it has.
	lacks(s *story.Scene) string
	// content makes what it shows of s, which is not lacking.
	content(h *handshake, s *story.Scene) *pane.Content
	// depends says what it shows depends on besides the row.
	depends() dependence
}

// A dependence is what the content of a tab depends on besides the selected row.
type dependence struct {
	field   bool // the field under the cursor of the body
	subject bool // the event that the views of events are about
}

// onRow is what a tab is made of that depends on the row alone, and always has something to show.
type onRow struct{}

func (onRow) lacks(*story.Scene) string { return "" }

func (onRow) depends() dependence { return dependence{} }

// note is a content that says one thing.
func note(s *story.Scene, text string) *pane.Content {
	b := s.Prose()
	b.Remark(text)
	return &pane.Content{Text: &b.Prose}
}

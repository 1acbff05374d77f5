// Package tab holds the tabs of the handshake screen: what can be shown of the selected row, one file each.
package tab

import (
	"doorstep/flow/compare"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// A Tab is one way of looking at the selected row. Each has a file of its own and a place in All: that is all there is
// to one.
type Tab interface {
	Name() string // in the line of tabs
	Key() string  // the key that chooses it
	Help() string // what it shows, in the help

	// Lacks says why it has nothing to show of s; empty when it has.
	Lacks(s *story.Scene) string
	// Content makes what it shows of s, which is not lacking.
	Content(v View, s *story.Scene) *pane.Content
	// Depends says what it shows depends on besides the row.
	Depends() Dependence
}

// A Dependence is what the content of a tab depends on besides the selected row.
type Dependence struct {
	Field   bool // the field under the cursor of the body
	Subject bool // the event that the views of events are about
	Pair    bool // the pair that is compared
}

// A View is what tabs see of the screen they are on.
type View interface {
	// Body is the body of the row of s, or words in its place.
	Body(s *story.Scene) *pane.Content
	// Events are the events of the answer that s holds; nil while the list is being made.
	Events(s *story.Scene) *pane.Events
	// Compared is how the documents of a pair compare, or words in its place while that is worked out.
	Compared(s *story.Scene, p compare.Pair) *pane.Content
	// Subject is the event that the views of events are about.
	Subject(s *story.Scene) story.Subject
}

// onRow is what a tab is made of that depends on the row alone, and always has something to show.
type onRow struct{}

func (onRow) Lacks(*story.Scene) string { return "" }

func (onRow) Depends() Dependence { return Dependence{} }

// Show makes what t shows of s, or says why that is nothing.
func Show(t Tab, v View, s *story.Scene) *pane.Content {
	if why := t.Lacks(s); why != "" {
		return note(s, why)
	}
	return t.Content(v, s)
}

// note is a content that says one thing.
func note(s *story.Scene, text string) *pane.Content {
	b := s.Prose()
	b.Remark(text)
	return &pane.Content{Text: &b.Prose}
}

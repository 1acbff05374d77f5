package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Diff compares the protoevent with the event made of it.
var Diff Tab = diffTab{}

type diffTab struct{ onRow }

func (diffTab) Name() string { return "Diff" }
func (diffTab) Key() string  { return "3" }
func (diffTab) Help() string { return "from the protoevent to the join event, with reasons" }

func (diffTab) Lacks(s *story.Scene) string { return s.LacksDiff() }

func (diffTab) Content(v View, s *story.Scene) *pane.Content {
	m := s.Membership()
	if changes := m.Diff(s.Trace.Header.Form); changes != nil {
		return &pane.Content{Diff: pane.DiffOf(s.Look, changes, m.Leave), Sides: s.Sides()}
	}
	if s.BuildsNext() {
		return &pane.Content{Text: s.GhostProse()}
	}
	return note(s, "there is no protoevent to compare the event with")
}

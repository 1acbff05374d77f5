package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// diffTab compares the protoevent with the event made of it.
var diffTab tab = tabDiff{}

type tabDiff struct{ onRow }

func (tabDiff) name() string { return "Diff" }
func (tabDiff) key() string  { return "3" }
func (tabDiff) help() string { return "from the protoevent to the join event, with reasons" }

func (tabDiff) lacks(s *story.Scene) string { return s.LacksDiff() }

func (tabDiff) content(h *handshake, s *story.Scene) *pane.Content {
	m := s.Membership()
	if changes := m.Diff(s.Trace.Header.Form); changes != nil {
		return &pane.Content{Diff: pane.DiffOf(h.Look, changes, m.Leave)}
	}
	if s.BuildsNext() {
		return &pane.Content{Text: s.GhostProse()}
	}
	return note(s, "there is no protoevent to compare the event with")
}

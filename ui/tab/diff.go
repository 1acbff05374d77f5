package tab

import (
	"doorstep/flow/compare"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Diff compares two documents: the protoevent with the event made of it, or another pair that was chosen.
var Diff Tab = diffTab{}

type diffTab struct{}

func (diffTab) Name() string { return "Diff" }
func (diffTab) Key() string  { return "3" }
func (diffTab) Help() string {
	return "from the protoevent to the join event, with reasons; or another pair"
}

func (diffTab) Lacks(s *story.Scene) string { return s.LacksDiff() }

func (diffTab) Depends() Dependence { return Dependence{Pair: true} }

func (diffTab) Content(v View, s *story.Scene) *pane.Content {
	c, ok := s.Choice()
	switch {
	case !ok && s.BuildsNext():
		return &pane.Content{Text: s.GhostProse()}
	case !ok:
		return note(s, "there is no protoevent to compare the event with")
	}
	var out *pane.Content
	if c.Pair().Kind == compare.Instead {
		out = &pane.Content{Diff: story.Edited(s.Trace.Entry(c.Pair().B.Seq))}
	} else {
		out = v.Compared(s, c.Pair())
	}
	out.Caption, out.Sides, out.About = s.PairCaption(c, out.Counts), s.Sides(c.Pair()), s.OfPair(c.Pair())
	return out
}

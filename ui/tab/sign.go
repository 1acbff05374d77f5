package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Sign is the work behind the signatures on the row.
var Sign Tab = signTab{}

type signTab struct{}

func (signTab) Name() string { return "Sign" }
func (signTab) Key() string  { return "4" }
func (signTab) Help() string { return "the exact bytes hashed and signed, keys, verdicts" }

func (signTab) Depends() Dependence { return Dependence{Field: true, Subject: true} }

func (signTab) Lacks(s *story.Scene) string { return s.LacksSigned() }

func (signTab) Content(v View, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.Sign(v.Subject(s))}
}

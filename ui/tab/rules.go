package tab

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// Rules is the authorisation of an event, rule by rule.
var Rules Tab = rulesTab{}

type rulesTab struct{}

func (rulesTab) Name() string { return "Rules" }
func (rulesTab) Key() string  { return "7" }
func (rulesTab) Help() string {
	return "the authorisation rules tried on our join, or on the event selected"
}

func (rulesTab) Depends() Dependence { return Dependence{Subject: true} }

func (rulesTab) Lacks(s *story.Scene) string { return s.LacksRules() }

func (rulesTab) Content(v View, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.RulesText(v.Subject(s))}
}

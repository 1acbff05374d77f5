package ui

import (
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

// rulesTab is the authorisation of an event, rule by rule.
var rulesTab tab = tabRules{}

type tabRules struct{}

func (tabRules) name() string { return "Rules" }
func (tabRules) key() string  { return "7" }
func (tabRules) help() string {
	return "the authorisation rules tried on our join, or on the event selected"
}

func (tabRules) depends() dependence { return dependence{subject: true} }

func (tabRules) lacks(s *story.Scene) string { return s.LacksRules() }

func (tabRules) content(h *handshake, s *story.Scene) *pane.Content {
	return &pane.Content{Text: s.RulesText(h.subjectOf(s))}
}

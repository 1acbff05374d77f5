package ui

// checksTab lists what was checked, and what the checks found.
var checksTab tab = tabChecks{}

type tabChecks struct{ onRow }

func (tabChecks) name() string { return "Checks" }
func (tabChecks) key() string  { return "5" }
func (tabChecks) help() string { return "every check and what it found" }

func (tabChecks) lacks(s *scene) string { return s.lacksChecks() }

func (tabChecks) content(_ *handshake, s *scene) *content { return &content{text: s.checksText()} }

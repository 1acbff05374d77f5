package ui

// diffTab compares the protoevent with the event made of it.
var diffTab tab = tabDiff{}

type tabDiff struct{ onRow }

func (tabDiff) name() string { return "Diff" }
func (tabDiff) key() string  { return "3" }
func (tabDiff) help() string { return "from the protoevent to the join event, with reasons" }

func (tabDiff) lacks(s *scene) string { return s.lacksDiff() }

func (tabDiff) content(h *handshake, s *scene) *content {
	m := s.membership()
	if changes := m.Diff(s.trace.Header.Form); changes != nil {
		return &content{diff: diffOf(h.look, changes, m.Leave)}
	}
	if s.buildsNext() {
		return &content{text: s.ghostProse()}
	}
	return note(s, "there is no protoevent to compare the event with")
}

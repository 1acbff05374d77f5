package flow

import "slices"

// Checks returns the checks on the handshake so far: of the templates, of the answer and our join, and of those on the
// events of the answer the ones that did not pass.
func (s State) Checks() []Check {
	out := slices.Concat(s.TemplateChecks, s.LeaveChecks())
	if v := s.Verification; v != nil {
		out = append(out, v.Checks...)
	}
	return out
}

// LeaveChecks returns the checks on the template of the leave, with a subject of their own.
func (s State) LeaveChecks() []Check {
	out := slices.Clone(s.Undo.Checks)
	for i := range out {
		out[i].Subject = subjectLeave
	}
	return out
}

// subjectLeave is the subject of the checks on the template of a leave.
const subjectLeave = "leave template"

// checkTemplate holds a protoevent against what was asked for: a join, or the leave of an undo.
func (s *State) checkTemplate(t *Template, membership string) []Check {
	return CheckTemplate(Asked{RoomID: s.RoomID, User: s.Header.User, Joining: s.Header.Joining, Membership: membership,
		Offered: s.Header.Offered, Form2015: s.Header.Form == Form2015}, t)
}

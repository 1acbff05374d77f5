package flow

import (
	"slices"

	"doorstep/flow/verify"
)

// Checks returns the checks on the handshake so far: of the templates, of the answer and our join, and of those on the
// events of the answer the ones that did not pass.
func (s State) Checks() []verify.Check {
	out := slices.Concat(s.TemplateChecks, s.LeaveChecks())
	if v := s.Verification; v != nil {
		out = append(out, v.Checks...)
	}
	return out
}

// LeaveChecks returns the checks on the template of the leave, with a subject of their own.
func (s State) LeaveChecks() []verify.Check {
	out := slices.Clone(s.Undo.Checks)
	for i := range out {
		out[i].Subject = SubjectLeave
	}
	return out
}

// subjectLeave is the subject of the checks on the template of a leave.
const SubjectLeave = "leave template"

// checkTemplate holds a protoevent against what was asked for: a join, or the leave of an undo.
func (s *State) CheckTemplate(t *verify.Template, membership string) []verify.Check {
	return verify.CheckTemplate(verify.Asked{RoomID: s.RoomID, User: s.Header.User, Joining: s.Header.Joining, Membership: membership,
		Offered: s.Header.Offered, Form2015: s.Header.Form == Form2015}, t)
}

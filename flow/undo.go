package flow

import (
	"fmt"

	"doorstep/client"
)

// An Undo is the leave that follows a join which is not to last: a handshake of its own, make_leave and send_leave, with
// the server that took the join.
type Undo struct {
	Template *Template
	Checks   []Check // of the leave template
	Build    *Build
	Left     bool
	Problem  string // why we could not leave; empty while we may
	Refusal  *Refusal
	Seq      int // the entry Problem is about
}

// wantsUndo reports whether there may be a join of ours to undo: we were let in, or the answer to our join never came, or
// it did and cannot be used. After a refusal there is nothing to undo.
func (s State) wantsUndo() bool {
	if !s.Header.Leave || s.Sent == nil || s.Waiting != nil || s.Undo.Left || s.Undo.Problem != "" {
		return false
	}
	return s.Stopped == nil || s.Stopped.Refusal == nil && s.Stopped.Step != A6
}

// nextUndo returns the step of the leave that comes next.
func (s State) nextUndo() (Step, bool) {
	server := s.Sent.Server
	switch {
	case s.Undo.Build != nil:
		return s.ask(U3, Resident, server, client.SendLeaveRequest(true, s.RoomID, s.Undo.Build.EventID, s.Undo.Build.Event)), true
	case s.Undo.Template != nil:
		return Step{ID: L1, Work: BuildEvent, From: Joining, To: Joining}, true
	}
	return s.ask(U1, Resident, server, client.MakeLeaveRequest(s.RoomID, s.Header.User)), true
}

// undoAnswered takes in U2 and U4.
func (s *State) undoAnswered(e *Entry) {
	u := &s.Undo
	switch {
	case e.Kind == Failure:
		u.Problem, u.Seq = "no answer: "+e.Failure.Message, e.Seq
	case e.Response.Status != 200:
		u.Refusal, u.Seq = refusalOf(e.Response), e.Seq
		u.Problem = fmt.Sprintf("refused: %d %s", u.Refusal.Status, u.Refusal.Errcode)
	case e.Step == U4:
		u.Left = true
	default:
		t := templateAnswer(e)
		if t.Said == "" && t.Event != nil && s.Template != nil { // the answer may leave the version out, and we know it
			t = &Template{Seq: t.Seq, Server: t.Server, Event: t.Event, RoomVersion: s.Template.RoomVersion}
		}
		u.Checks = checkMembershipTemplate(s, t, "leave")
		s.brought(e, u.Checks)
		if why := refusedBy(u.Checks); why != "" {
			u.Problem, u.Seq = "the leave template cannot be signed: "+why, e.Seq
			return
		}
		u.Template = t
	}
}

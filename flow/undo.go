package flow

import (
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// HoldsLeave says why the leave that was asked for is not sent; NotHeld where nothing keeps it, or it was asked for
// twice. The template is asked for in any case but the first: it is what tells.
func (s State) HoldsLeave() LeaveHold {
	switch {
	case !s.Header.Leave || s.Header.LeaveSure || s.Undo.Left:
		return NotHeld
	case s.AlreadyMember() != 0:
		return HeldAlreadyIn
	case s.Undo.Template == nil:
		return NotHeld
	case s.Undo.Ends == EndsAnother:
		return HeldNotOurs
	case s.Undo.Ends == EndsUnknown && s.fate == FateUnknown:
		return HeldNotKnown
	}
	return NotHeld
}

// Says is what a hold means, as a sentence without its end; empty for NotHeld.
func (h LeaveHold) Says() string {
	switch h {
	case HeldAlreadyIn:
		return "the user was in the room before this join, and the leave would have ended that"
	case HeldNotOurs:
		return "the membership in force is not this join, and a leave would reject an invite or end what was there before"
	case HeldNotKnown:
		return "the leave template does not say whether this join stands, and a leave may reject an invite"
	}
	return ""
}

// LeaveWords says what became of the leave that was asked for: left again, or why not. Empty where none was asked for,
// or its end is not known yet.
func (s State) LeaveWords() string {
	switch {
	case s.Rejected():
		return "the invite is rejected"
	case s.Undo.Left && s.Undo.Ends == EndsAnother && s.AlreadyMember() == 0:
		return "left: the membership that ended was not this join, but the one in force"
	case s.Undo.Left:
		return "left again"
	case s.WhyNotLeft() != "":
		return "not left: " + s.WhyNotLeft()
	}
	return ""
}

// WhyNotLeft is why the leave that was asked for came to nothing; empty where it did not.
func (s State) WhyNotLeft() string {
	switch {
	case !s.fate.MayStand() || s.Undo.Left:
		return ""
	case s.Undo.Problem != "":
		return s.Undo.Problem
	}
	return s.HoldsLeave().Says()
}

// wantsUndo reports whether there may be a join of ours to undo, and nothing keeps us from it: we were let in, or
// nobody can say that we were not. After a refusal there is nothing to undo.
func (s State) wantsUndo() bool {
	if !s.Header.Leave || s.Sent == nil || s.Waiting != nil || s.Undo.Left || s.Undo.Problem != "" {
		return false
	}
	return s.fate.MayStand() && s.HoldsLeave() == NotHeld
}

// nextUndo returns the step of the leave that comes next.
func (s State) nextUndo() (Step, bool) { return s.nextLeave(s.Sent.Server) }

// nextLeave returns the step that comes next of a leave by way of a server.
func (s State) nextLeave(server string) (Step, bool) {
	switch {
	case s.Undo.Build != nil:
		return s.ask(U3, Resident, server, client.SendLeaveRequest(!s.Undo.sendV1, s.RoomID, s.Undo.Build.EventID,
			s.Undo.Build.Event)), true
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
		u.Problem, u.Seq = "no whole answer: "+e.Failure.Message, e.Seq
	case e.Step == U4 && !u.sendV1 && lacksEndpoint(e.Response):
		u.sendV1 = true // the same event, the older endpoint
	case e.Step == U2 && !response.Succeeds(e.Response) && s.rejects() && s.tooEarly(e): // it is asked again
	case !response.Succeeds(e.Response):
		u.Refusal, u.Seq = response.RefusalOf(e.Response), e.Seq
		u.Problem = "refused: " + u.Refusal.String()
		if who := u.Refusal.Speaker; who != response.Homeserver {
			u.Problem = who.Who(e.Server) + " answered: " + u.Refusal.String()
		}
	case e.Step == U4 && e.Speaker() == response.WebServer:
		u.Problem, u.Seq = "a web page came in place of the answer: the leave may not have reached the homeserver", e.Seq
	case e.Step == U4:
		u.Left = true
	default:
		s.leaveTemplate(e)
	}
}

func (s *State) leaveTemplate(e *Entry) {
	u := &s.Undo
	t := e.Template()
	if v := s.versionKnown(); t.Said == "" && t.Event != nil && v != nil { // the answer may leave it out
		t = &verify.Template{Seq: t.Seq, Server: t.Server, Event: t.Event, RoomVersion: v}
	}
	u.Checks = s.CheckTemplate(t, "leave")
	s.brought(e, u.Checks)
	if why := verify.RefusedBy(u.Checks); why != "" {
		u.Problem, u.Seq = "the leave template cannot be signed: "+why, e.Seq
		return
	}
	ends := s.endedBy(t)
	if ends == EndsAnother && s.rejects() && s.tooEarly(e) {
		return // it is asked again
	}
	u.Template, u.Ends = t, ends
}

// versionKnown is the room version as far as it is known before a leave: that of the join, or of the invite; nil where
// neither tells.
func (s State) versionKnown() *event.Version {
	if s.Template != nil {
		return s.Template.RoomVersion
	}
	if s.Invite == nil {
		return nil
	}
	v, _ := event.Lookup(s.Invite.RoomVersion)
	return v
}

// lacksEndpoint reports whether a server says that it does not know the endpoint it was asked at.
func lacksEndpoint(r *client.Response) bool {
	f := response.RefusalOf(r)
	return !response.Succeeds(r) && f.Errcode == "M_UNRECOGNIZED" && slices.Contains([]int{404, 400, 405}, f.Status)
}

// endedBy says which membership a leave made of t would end. Its auth events hold the user's membership in force: our
// join, where that stands, or the invite that is to be rejected. Spec: server-server, Auth events selection.
func (s *State) endedBy(t *verify.Template) Ends {
	if s.Build == nil && !s.rejects() || t.RoomVersion == nil {
		return EndsUnknown
	}
	e, err := event.Parse(t.RoomVersion, t.Event)
	switch {
	case err != nil:
		return EndsUnknown
	case s.rejects() && s.Invite.EventID != "" && slices.Contains(e.AuthEvents(), s.Invite.EventID):
		return EndsInvite
	case s.rejects():
		return EndsAnother
	case slices.Contains(e.AuthEvents(), s.Build.EventID):
		return EndsOurJoin
	}
	return EndsAnother
}

// AlreadyMember returns the entry that shows that the user was in the room before our join: the answer to send_join,
// whose state, or what our join rests on, has the user joined. 0 where nothing shows it.
func (s State) AlreadyMember() int {
	if s.Reply == nil || !s.Reply.Usable() || s.Template == nil || s.Template.RoomVersion == nil || s.Build == nil {
		return 0
	}
	join, err := event.Parse(s.Template.RoomVersion, s.Build.Event)
	if err != nil {
		return 0
	}
	events := s.Reply.Events(s.Template.RoomVersion)
	for i, list := range [][]verify.ReplyEvent{events.State, events.AuthChain} {
		for _, r := range list {
			// What is in auth_chain only may be of long ago, unless the join itself rests on it.
			if r.Event != nil && s.isEarlierJoin(r.Event) && (i == 0 || slices.Contains(join.AuthEvents(), r.Event.ID())) {
				return s.Reply.Seq
			}
		}
	}
	return 0
}

// isEarlierJoin reports whether e says that our user is in the room, by another event than our join.
func (s State) isEarlierJoin(e *event.Event) bool {
	if e.Type() != "m.room.member" {
		return false
	}
	if key, keyed := e.StateKey(); !keyed || key != s.Header.User {
		return false
	}
	membership, _ := e.ContentString("membership")
	return membership == "join" && e.ID() != s.Build.EventID
}

// LeftBehind returns the server that may have made us a member without anybody going on with it here: the join was sent
// to it, and neither the handshake came to its good end nor was the room left again. False when nothing of ours can be
// there: the join was never sent, it was refused, it is meant to stay, or the user was in the room before.
func (s State) LeftBehind() (server string, maybe bool) {
	if !s.Header.Leave && s.Verification != nil && s.Stopped == nil {
		return "", false
	}
	return s.MayStand()
}

// MayStand returns the server that has made us a member, or may have, by a join of ours that was not taken back. False
// where nothing of ours can be in the room, or the user was in it before.
func (s State) MayStand() (server string, may bool) {
	switch {
	case s.Sent == nil || !s.fate.MayStand() || s.Undo.Left || s.Header.Hosted(): // who joins there is not ours
		return "", false
	case s.AlreadyMember() != 0: // the user is where the user was
		return "", false
	}
	return s.Sent.Server, true
}

// A JoinCommand is how a join was asked for, as far as a command line that takes it back has to repeat it; see
// live.JoinOptions.
type JoinCommand struct {
	User, ServerName, KeyFile, Listen string
	CertFile, CertKey, CAFile         string
	Pins                              []string
	Insecure, Private                 bool
}

// Undo is the command line that joins a room again as o says, by the server that took the join, and leaves it: a word
// each. Nil where the room is none, as in the recording of a stranger: it could be read as an option.
func (o JoinCommand) Undo(room, server string) []string {
	if !strings.HasPrefix(room, "!") {
		return nil
	}
	args := []string{"doorstep", "join", room, "--via", server}
	for _, f := range []struct{ flag, value string }{
		{"--user", o.User}, {"--server-name", o.ServerName}, {"--key", o.KeyFile}, {"--listen", o.Listen},
		{"--tls-cert", o.CertFile}, {"--tls-key", o.CertKey}, {"--ca", o.CAFile},
	} {
		if f.value != "" {
			args = append(args, f.flag, f.value)
		}
	}
	for _, pin := range o.Pins {
		args = append(args, "--resolve", pin)
	}
	if o.Insecure {
		args = append(args, "--insecure")
	}
	if o.Private {
		args = append(args, "--allow-private")
	}
	return append(args, "--yes", "--leave", "--leave") // twice: if the join stands, its user is a member by now
}

// UndoCommand is that command line as far as a trace knows it: how the joining server was reached, and where its key
// lies, is in no trace. Nil where nothing of ours can be in the room.
func (s State) UndoCommand() []string {
	server, maybe := s.LeftBehind()
	if !maybe {
		return nil
	}
	o := JoinCommand{User: s.Header.User}
	if client.Domain(o.User) != s.Header.Joining {
		o.ServerName = s.Header.Joining
	}
	return o.Undo(s.RoomID, server)
}

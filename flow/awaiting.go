package flow

import (
	"fmt"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// What is done about invites that are waited for, before there is a join: the wait, the exchange of an invite to an
// address for an invite to its user, and the leave by which an invite is rejected.

// Patience is how long an invite is waited for; 0: none is.
func (h Header) Patience() time.Duration { return time.Duration(h.WaitInvite) * time.Millisecond }

// awaits reports whether an invite is waited for and has not come.
func (s State) awaits() bool { return s.Header.WaitInvite > 0 && !s.Asked && s.Invite == nil }

// rejects reports whether there is an invite to be rejected.
func (s State) rejects() bool { return s.Header.Reject && s.Invite != nil && !s.Asked }

// Rejected reports whether the invite was rejected, as was asked for.
func (s State) Rejected() bool { return s.Header.Reject && s.Undo.Left }

// Target is what our client asks to join: the alias or room that was named, or the room of the invite.
func (s State) Target() string {
	if s.Header.Target == "" && s.Invite != nil {
		return s.Invite.RoomID
	}
	return s.Header.Target
}

// nextAwaiting returns what is to be done until there is an invite.
func (s State) nextAwaiting() (Step, bool) {
	switch {
	case s.Stopped != nil:
		return Step{}, false
	case s.Bound != nil && !s.Bound.asked:
		return s.ask(R, Resident, s.Bound.Server, client.ExchangeInviteRequest(s.Bound.RoomID, s.Bound.Event)), true
	}
	return Step{ID: R, Work: AwaitInvite, From: Joining, To: Joining}, true
}

// nextRejecting returns the step of the leave that comes next.
func (s State) nextRejecting() (Step, bool) {
	if s.Stopped != nil || s.Undo.Left {
		return Step{}, false
	}
	return s.nextLeave(s.Invite.Origin)
}

// invited takes in an invite that we have signed. While one is waited for, the first counts: our listener refuses the
// others.
func (s *State) invited(asked, e *Entry) {
	read := inviteOf(asked)
	switch {
	case read == nil || read.User != "" && read.User != s.Header.User:
		return
	case s.Header.WaitInvite > 0 && s.Invite != nil:
		return
	}
	i := *read
	i.Answered, s.Invite = e.At, &i
	if s.Header.Target == "" || s.Header.Reject {
		s.RoomID = i.RoomID
	}
}

// What is asked right after our answer to an invite may come before the inviter's server has put it into the room: that
// takes some of them a second when they are busy.
const (
	earlyTime = 15 * time.Second
	mostEarly = 4
)

// tooEarly takes in a refusal by the inviter's server that may be owed to that, and reports whether it is one: then
// it is asked again.
func (s *State) tooEarly(e *Entry) bool {
	if s.Header.WaitInvite == 0 || s.Invite == nil || e.Server != s.Invite.Origin || len(s.Early) >= mostEarly ||
		e.At-s.Invite.Answered > earlyTime || e.Speaker() != response.Homeserver ||
		e.Response.Status != 403 && e.Response.Status != 404 {
		return false
	}
	s.Early = append(slices.Clone(s.Early), e.Seq)
	return true
}

// bound takes in what an identity server handed over.
func (s *State) bound(asked *Entry) {
	call, ok := client.ReadBind(asked.Request.Body)
	if !ok || !s.awaits() || s.Bound != nil {
		return
	}
	if s.Bound = BoundBy(s.Header, call); s.Bound != nil {
		s.Bound.Seq = asked.Seq
	}
}

// BoundBy returns the invite to an address that a call of an identity server brings, of several the first that can be
// asked for; nil where there is none.
func BoundBy(h Header, call client.BindCall) *Bound {
	if call.User != h.User {
		return nil
	}
	for _, i := range call.Invites {
		server := client.Domain(i.Sender)
		_, err := client.ParseServerName(server)
		_, wrong := client.ParseRoomID(i.RoomID)
		switch {
		case err != nil || wrong != nil || server == h.Joining:
		case h.Target != "" && !client.IsAlias(h.Target) && i.RoomID != h.Target:
		default:
			if raw := exchangeOf(i, h.User); raw != nil {
				return &Bound{ThirdPartyInvite: i, Server: server, Event: raw}
			}
		}
	}
	return nil
}

// exchangeOf makes what a server in the room is asked to make an invite of: the member event without what only that
// server can fill in. Spec: server-server, PUT exchange_third_party_invite.
func exchangeOf(i client.ThirdPartyInvite, user string) []byte {
	name, named := event.GetString(i.Signed, "display_name")
	content := []byte(`{"membership":"invite","third_party_invite":{"signed":`)
	content = append(content, i.Signed...)
	if named {
		content = append(append(content, `,"display_name":`...), event.Quote(name)...)
	}
	content = append(content, `}}`...)
	raw := JSONObject("type", "m.room.member", "room_id", i.RoomID, "sender", i.Sender, "state_key", user)
	raw, err := event.Edit(raw, []event.Member{{Key: "content", Value: content}})
	if err != nil {
		return nil
	}
	return raw
}

// exchanged takes in the answer to the exchange. The invite itself comes before it, as a request to us; the wait goes
// on where the server says yes and has not sent it.
func (s *State) exchanged(e *Entry) {
	if s.Bound == nil || s.Asked {
		return
	}
	switch {
	case s.Invite != nil:
	case e.Kind == Failure:
		s.stop(e, outcomeOf(e), nil, "the inviter's server gave no whole answer about the invite to an address")
	case !response.Succeeds(e.Response):
		s.refusedBy(e, "no invite is made of the invite to an address")
	}
}

// waitedInVain takes in that no invite came.
func (s *State) waitedInVain(e *Entry) {
	if e.Failure.Kind == client.FailedTimeout {
		s.stop(e, TimedOut, nil, fmt.Sprintf("nobody invited %s within %s", s.Header.User, s.Header.Patience()))
		return
	}
	s.stop(e, outcomeOf(e), nil, e.Failure.Message)
}

// rejectionAnswered takes in what stops a rejection: see undoAnswered, which has read the answer.
func (s *State) rejectionAnswered(e *Entry) {
	u := s.Undo
	switch {
	case !s.rejects() || u.Left:
	case u.Problem == "":
		if e.Step == U2 && u.Template != nil && u.Ends != EndsInvite {
			s.stop(e, Failed, nil, "the leave is not sent: it would end another membership than the invite")
		}
	case e.Kind == Failure:
		s.stop(e, outcomeOf(e), nil, "the invite is not rejected: "+u.Problem)
	case u.Refusal != nil:
		s.refusedBy(e, "the invite is not rejected")
	case e.Step == U4:
		s.stop(e, Failed, nil, "the invite may not be rejected: "+u.Problem)
	default:
		s.stop(e, Invalid, nil, u.Problem)
	}
}

// refusedBy stops at an answer that is no success: refused where a homeserver gave it.
func (s *State) refusedBy(e *Entry, why string) {
	f := response.RefusalOf(e.Response)
	outcome := Refused
	if f.Speaker != response.Homeserver {
		outcome, why = Failed, f.Speaker.Who(e.Server)+" answers: "+why
	}
	s.stop(e, outcome, f, why)
}

// unfound takes in that the server of whoever invited cannot be found, where nobody else can help; false where that is
// not so.
func (s *State) unfound(e *Entry, f *client.Failure) bool {
	if e.To != Resident || s.Asked || !s.rejects() && !(s.awaits() && s.Bound != nil && !s.Bound.asked) {
		return false
	}
	s.stop(e, outcomeOfFailure(f), nil, "the inviter's server cannot be found")
	return true
}

// RejectWords says what became of an invite that was to be rejected; empty where none was, or it is not.
func (s State) RejectWords() string {
	if !s.Rejected() {
		return ""
	}
	return "the invite to " + s.RoomID + " is rejected: " + s.Invite.Origin + " has taken the leave"
}

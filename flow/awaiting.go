package flow

import (
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// What is done about invites that are waited for, before there is a join: the wait, the exchange of an invite to an
// address for an invite to its user, and the leave by which an invite is rejected.

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

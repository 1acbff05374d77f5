package flow

import (
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/response"
)

// Next returns the step s calls for; false means that the handshake is over, or waits for an answer. It is a pure
// function of s: only a Stepper touches the network.
func (s State) Next() (Step, bool) {
	switch {
	case s.Header.Logged() || s.Header.Watched(): // whatever came next is not known, or for others to do
		return Step{}, false
	case s.due != nil && (s.Asked || s.Header.WaitInvite > 0): // an answer is due
		return Step{}, false
	case s.awaits():
		return s.nextAwaiting()
	case s.rejects():
		return s.nextRejecting()
	case !s.Asked:
		return Step{ID: A1, Work: ClientAsks, From: Client, To: Joining,
			Request: client.JoinRequest(s.Target(), s.Header.Via)}, true
	case s.Cancelled():
		return s.nextOfCancelled()
	case s.wantsProbe():
		return s.nextProbe()
	case s.wantsOwnName():
		return s.nextOwnName(), true
	case s.Waiting != nil && s.wantsSoftware() != "":
		return s.ask(R, Resident, s.wantsSoftware(), client.VersionRequest()), true
	case s.wantsStateIDs():
		return s.nextStateIDs(), true
	case s.wantsUndo():
		return s.nextUndo()
	case s.Waiting == nil:
		return Step{}, false
	case s.Stopped != nil || s.Verification != nil:
		return Step{ID: A8, Work: ClientHears, From: Joining, To: Client}, true
	case s.Reply != nil:
		return s.nextVerify(), true
	case s.Build != nil:
		return s.nextSend(), true
	case s.Template != nil:
		return Step{ID: L1, Work: BuildEvent, From: Joining, To: Joining}, true
	case s.wantsDirectory():
		server := client.Domain(s.Alias)
		return s.ask(A2, Directory, server, client.DirectoryRequest(s.Alias)), true
	}
	c, ok := s.Candidate()
	if !ok {
		return Step{}, false
	}
	step := s.ask(A4, Resident, c.Server, client.MakeJoinRequest(s.RoomID, s.Header.User, s.Header.Offered))
	step.Attempt, step.Of = s.at+1, len(s.Candidates)
	return step, true
}

// nextOfCancelled returns what is left to do of a handshake that somebody ended: our client is told, and nobody else.
func (s State) nextOfCancelled() (Step, bool) {
	if s.Waiting == nil {
		return Step{}, false
	}
	return Step{ID: A8, Work: ClientHears, From: Joining, To: Client}, true
}

// wantsSoftware returns the next candidate to be asked what it runs: where candidates are compared, each that answered.
func (s State) wantsSoftware() string {
	if !s.Header.AskAll {
		return ""
	}
	for _, c := range s.Candidates {
		if c.answered && !c.asked {
			return c.Server
		}
	}
	return ""
}

func (s State) nextSend() Step {
	return s.ask(A6, Resident, s.sendTo(),
		client.SendJoinRequest(!s.sendV1, s.RoomID, s.Build.EventID, s.Build.Event, s.Header.Omit))
}

func (s State) nextVerify() Step {
	wanted := s.Signers()
	if notary := s.Header.Notary; notary != "" && len(s.Keys.WantNotary(wanted)) > 0 {
		wanted = append(slices.Clone(wanted), notary)
	}
	if servers := s.Keys.Missing(wanted); len(servers) > 0 {
		return Step{ID: R, Work: FetchKeys, From: Joining, To: Resident, Servers: servers, Request: client.KeysRequest()}
	}
	notary := s.Keys.Of(s.Header.Notary)
	if servers := s.Keys.WantNotary(s.Signers()); len(servers) > 0 && notary.Known() {
		return Step{ID: R, Work: AskNotary, From: Joining, To: Resident, Server: s.Header.Notary, Servers: servers,
			Request: client.NotaryRequest(servers[0], time.Time{})}
	}
	return Step{ID: L2, Work: VerifyReply, From: Joining, To: Joining}
}

// sendTo returns the server that gets send_join: the one that gave the protoevent, or in the 2015 form, if so asked,
// the next candidate.
func (s State) sendTo() string {
	if s.Header.Form == Form2015 && s.Header.SendTo == SendToAnother {
		for _, c := range s.Candidates {
			if !c.Tried && c.Server != s.Template.Server {
				return c.Server
			}
		}
	}
	return s.Template.Server
}

// A ClientAnswer is what our client gets to hear (A8).
type ClientAnswer struct {
	Status int
	Body   []byte
}

// ClientAnswer returns the answer to our client that s leads to. Refusals of a homeserver keep their status and errcode
// where the client can do something about them; anything wrong between servers is a 502, and so is an answer by which
// the join may stand. Spec: client-server, POST join.
func (s State) ClientAnswer() ClientAnswer {
	if s.Stopped == nil {
		return ClientAnswer{200, JSONObject("room_id", s.RoomID)}
	}
	status, errcode := 502, "M_UNKNOWN"
	f := s.Stopped.Refusal
	if f != nil && f.Speaker == response.Homeserver && f.Errcode != "" && f.Status >= 400 && f.Status < 500 &&
		f.Status != 401 {
		status, errcode = f.Status, f.Errcode
	}
	why := s.Stopped.Why
	if f != nil && f.Message != "" {
		why += ": " + f.Message
	}
	if s.Stopped.Outcome == TimedOut {
		status = 504
	}
	return ClientAnswer{status, JSONObject("errcode", errcode, "error", why)}
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

package flow

import (
	"fmt"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/response"
)

// A Step is the next thing the handshake calls for, before it is done: all of it can be shown.
type Step struct {
	ID       StepID
	Work     Work
	From, To Role
	Server   string         // the server asked or resolved; empty for local work and for our client
	Request  client.Request // Ask and ClientAsks: what will be sent, but for the headers
	Servers  []string       // FetchKeys: the servers whose key documents are needed
	Attempt  int
	Of       int

	Destination *client.Destination // the one address to ask; nil: those of Server, until one takes the connection
}

// Work is the sort of thing a step does.
type Work string

// The sorts of work.
const (
	ClientAsks  Work = "client asks"  // A1
	ClientHears Work = "client hears" // A8
	Resolve     Work = "resolve"      // find where a server name leads
	Ask         Work = "ask"          // send a request to another server
	BuildEvent  Work = "build"        // L1
	FetchKeys   Work = "fetch keys"   // the key documents of every server that must have signed something
	AskNotary   Work = "ask notary"   // for the key documents that their servers did not give
	VerifyReply Work = "verify"       // L2
)

// Next returns the step s calls for; false means that the handshake is over, or waits for an answer. It is a pure
// function of s: only a Stepper touches the network.
func (s State) Next() (Step, bool) {
	switch {
	case !s.Asked:
		return Step{ID: A1, Work: ClientAsks, From: Client, To: Joining,
			Request: client.JoinRequest(s.Header.Target, s.Header.Via)}, true
	case s.Pending != nil: // an answer is due
		return Step{}, false
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

// ask returns the step that sends r to server, or the one before it that finds out where the server is.
func (s State) ask(id StepID, to Role, server string, r client.Request) Step {
	if _, ok := s.Destinations[server]; !ok {
		return Step{ID: R, Work: Resolve, From: Joining, To: to, Server: server}
	}
	return Step{ID: id, Work: Ask, From: Joining, To: to, Server: server, Request: r}
}

func (s State) nextSend() Step {
	return s.ask(A6, Resident, s.sendTo(),
		client.SendJoinRequest(!s.sendV1, s.RoomID, s.Build.EventID, s.Build.Event, s.Header.Omit))
}

func (s State) nextVerify() Step {
	wanted := s.signers()
	if notary := s.Header.Notary; notary != "" && len(s.Keys.WantNotary(wanted)) > 0 {
		wanted = append(slices.Clone(wanted), notary)
	}
	if servers := s.Keys.Missing(wanted); len(servers) > 0 {
		return Step{ID: R, Work: FetchKeys, From: Joining, To: Resident, Servers: servers, Request: client.KeysRequest()}
	}
	notary := s.Keys.Of(s.Header.Notary)
	if servers := s.Keys.WantNotary(s.signers()); len(servers) > 0 && notary != nil && notary.Problem == "" {
		return Step{ID: R, Work: AskNotary, From: Joining, To: Resident, Server: s.Header.Notary, Servers: servers,
			Request: client.NotaryRequest(servers[0], time.Time{})}
	}
	return Step{ID: L2, Work: VerifyReply, From: Joining, To: Joining}
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
	if f != nil && f.Speaker == response.Homeserver && f.Errcode != "" && f.Status >= 400 && f.Status < 500 && f.Status != 401 {
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

// Says is one plain sentence on what the step will do.
func (st Step) Says() string {
	switch st.Work {
	case ClientAsks:
		return "The client asks its own server to join the room."
	case ClientHears:
		return "The joining server answers its client."
	case Resolve:
		return fmt.Sprintf("Find out where the server name %s leads: address, Host header, certificate name.", st.Server)
	case BuildEvent:
		return "Fill in the protoevent, hash it and sign it: it becomes the join event."
	case FetchKeys:
		return fmt.Sprintf("Fetch the signing keys of %d servers that must have signed what came back.", len(st.Servers))
	case AskNotary:
		return fmt.Sprintf("Ask the notary %s for the signing keys of %d servers that did not give them.", st.Server, len(st.Servers))
	case VerifyReply:
		return "Check every claim of the answer, then authorise our join."
	}
	switch st.Request.Endpoint {
	case client.ServerVersion:
		return fmt.Sprintf("Ask %s which software it runs.", st.Server)
	case client.StateIDs:
		return "Ask which events the state has: members were left out, and have to be fetched later."
	case client.UserDevices:
		return fmt.Sprintf("Ask %s something harmless, signed: once with escapes in the path and once without.", st.Server)
	case client.NotaryQuery:
		return fmt.Sprintf("Ask %s for our own key document: can it fetch it, and is it the one we use?", st.Server)
	case client.ServerKeys:
		if st.Destination == nil {
			return fmt.Sprintf("Ask for the key document that is published under our own name, %s.", st.Server)
		}
		return fmt.Sprintf("Ask for the key document of %s at one of its addresses.", st.Server)
	}
	switch st.ID {
	case A2:
		return "Ask the directory server which room the alias names, and which servers are in it."
	case A4:
		return "Ask a resident server for a protoevent."
	case A6:
		return "Submit the signed join event. The resident server adds it to the room and tells the other servers."
	case U1:
		return "Ask a resident server for a leave template."
	case U3:
		return "Submit the signed leave event."
	}
	return ""
}

// signedAt is the origin_server_ts of an event signed at now: milliseconds since the epoch.
func signedAt(now time.Time) int64 { return now.UnixMilli() }

package flow

import (
	"fmt"

	"doorstep/client"
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
	AwaitInvite Work = "await invite" // for as long as the header says
)

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
		return fmt.Sprintf("Ask the notary %s for the signing keys of %d servers that did not give them.", st.Server,
			len(st.Servers))
	case AwaitInvite:
		return "Wait until somebody invites the user: the invite names the room, and the server to ask."
	case VerifyReply:
		return "Check every claim of the answer, then authorise our join."
	}
	switch st.Request.Endpoint {
	case client.ExchangeInvite:
		return fmt.Sprintf("Have %s make an invite to the user of the invite to an address.", st.Server)
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

// ask returns the step that sends r to server, or the one before it that finds out where the server is.
func (s State) ask(id StepID, to Role, server string, r client.Request) Step {
	if _, ok := s.Destinations[server]; !ok {
		return Step{ID: R, Work: Resolve, From: Joining, To: to, Server: server}
	}
	return Step{ID: id, Work: Ask, From: Joining, To: to, Server: server, Request: r}
}

// OfLeave reports whether a step is part of the leave. L1 is a step of both: until we are in, it is the join that is
// built, unless there is none to build because an invite is rejected.
func (st Step) OfLeave(s State) bool {
	switch st.ID {
	case U1, U3:
		return true
	}
	return st.ID == L1 && (s.Build != nil || s.rejects())
}

package flow

import (
	"fmt"

	"doorstep/client"
)

// An Authenticated says what the server that was asked made of the signature of a request: nobody else can, since no
// trace holds it. It is local work of the server that decided, and comes after the request and before its answer.
// Spec: server-server, Request Authentication.
type Authenticated struct {
	Request int               `json:"request"`          // Seq of the request
	Origin  string            `json:"origin,omitempty"` // whom the request says it comes from
	KeyID   string            `json:"key_id,omitempty"` // the key it says it is signed with
	Reason  client.AuthReason `json:"reason,omitempty"` // why it was not believed; empty: the signature verifies
	Detail  string            `json:"detail,omitempty"` // the same in words
}

// An Exited says how the command ended that was to make another server join: of a handshake in which we are asked.
type Exited struct {
	Code     int    `json:"code"`                // its exit code
	Signal   string `json:"signal,omitempty"`    // what ended it, by name; empty: it ended by itself
	TimedOut bool   `json:"timed_out,omitempty"` // it was ended because it took too long
}

// Succeeded reports whether the command ended by itself, with success.
func (x *Exited) Succeeded() bool { return x.Code == 0 && x.Signal == "" && !x.TimedOut }

// Says is what the server made of the signature, in a few words.
func (a *Authenticated) Says() string {
	switch a.Reason {
	case "":
		return "the signature verifies"
	case client.AuthMissing:
		return "no signature"
	case client.AuthMalformed:
		return "the Authorization header cannot be read"
	case client.AuthDestination:
		return "signed for another server"
	case client.AuthUnknownKey:
		return "the key is not known"
	case client.AuthSignature:
		return "the signature is wrong"
	}
	return "not authenticated"
}

// Says is how the command ended, in a few words.
func (x *Exited) Says() string {
	switch {
	case x.TimedOut:
		return "the command took too long"
	case x.Signal != "":
		return "the command was ended by " + x.Signal
	}
	return fmt.Sprintf("the command ended with %d", x.Code)
}

package flow

import (
	"errors"
	"fmt"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// A RawReply is an answer to send_join without the handshake around it, as from a log or a debugger.
type RawReply struct {
	RoomVersion string
	Answer      []byte    // the body: the object of v2, or the two-element list of v1
	Keys        []byte    // {"server_keys": [key documents]}, as a notary answers; nil: no keys are known
	Join        []byte    // the join event that was sent; nil: it is not known
	Now         time.Time // when the key documents were got: none is believed for more than a week from then

	Progress *verify.Progress // is told how far the verification got; nil: nobody asks
}

// ErrGivenUp tells of a verification that was given up.
var ErrGivenUp = errors.New("the verification was given up")

// VerifyRaw verifies an answer that comes without its handshake, and returns the state a handshake would have led to.
// What only the handshake knows stays not checked, with the reason: whether members were asked to be left out, under
// which ID the join was sent. Without Join, an event that came back with the answer is taken for it.
//
// The outcome is Verified when the join is proven, or, where none is known, the room; Invalid when the answer or the
// join would be refused, or what it rests on is not proven, with the reason in Stopped.Why; and Refused where the
// answer is a refusal in the list of v1, or Failed where it is an error of the server's own. It errs when RoomVersion
// is not one of ours, or Keys or Join are not what they should be.
//
// It errs with ErrGivenUp when the verification was given up, by its Progress.
func VerifyRaw(r RawReply) (State, error) {
	version, ok := event.Lookup(r.RoomVersion)
	if !ok {
		return State{}, fmt.Errorf("room version %q: there are 1 to 12", wording.Clip(r.RoomVersion))
	}
	keys, err := verify.ReadKeyFile(r.Keys, r.Now)
	if err != nil {
		return State{}, err
	}
	s := State{
		Header:   Header{Created: r.Now, Source: "file", Form: FormCurrent},
		Template: &verify.Template{Said: version.ID, RoomVersion: version},
		Keys:     keys,
	}
	s.Reply = verify.ReadReply(0, "", r.Answer)
	if u, problem := response.UnwrapV1(r.Answer); problem == "" && u.List && (u.Status < 200 || u.Status > 299) {
		f := response.RefusalOf(&client.Response{Status: u.Status, Body: u.Object})
		s.Stopped = &Stop{Step: A7, Outcome: Refused, Refusal: f, Why: "the answer is a refusal"}
		if fateByAnswer(&client.Response{Status: u.Status, Body: u.Object}) != FateRefused {
			s.Stopped.Outcome, s.Stopped.Why = Failed, "the answer is an error of the server's own"
		}
		return s, nil
	}
	var join *event.Event
	if r.Join != nil {
		if join, err = event.Parse(version, r.Join); err != nil {
			return State{}, fmt.Errorf("the join event cannot be read: %w", err)
		}
		s.Build = &Build{EventID: join.ID(), RoomVersion: version.ID, Event: r.Join}
	}
	s.RoomID, s.Header.User = s.Reply.Room(version, join)
	s.Header.Target, s.Header.Joining = s.RoomID, client.Domain(s.Header.User)
	in := s.Evidence()
	in.Progress, in.Time = r.Progress, CheckingTime
	v := verify.Verify(in)
	s.Verification = v
	switch {
	case v == nil:
		return s, ErrGivenUp
	case v.Invalid != "":
		s.Stopped = &Stop{Step: L2, Outcome: Invalid, Why: v.Invalid}
	case v.Unproven != "":
		s.Stopped = &Stop{Step: L2, Outcome: Invalid, Why: "not proven: " + v.Unproven}
	default:
		s.Stopped = &Stop{Step: L2, Outcome: Verified, Why: "what the join rests on holds"}
	}
	return s, nil
}

package flow

import (
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// wantsStateIDs reports whether the resident server is to be asked which events the state has: we are in, and members
// were left out. Until they are fetched others may refuse to serve us.
func (s State) wantsStateIDs() bool {
	asked := s.Sent != nil && s.Build != nil && s.Template != nil // a recording may hold an answer without what it answers
	return asked && s.Done && s.Stopped == nil && s.Verification != nil && s.Reply != nil && s.Reply.MembersOmitted &&
		s.Omitted == nil && !s.Undo.Left
}

func (s State) nextStateIDs() Step {
	return s.ask(R, Resident, s.Sent.Server, client.StateIDsRequest(s.RoomID, s.Build.EventID))
}

// stateIDsAnswered takes in the IDs of the state. Spec: server-server, GET state_ids.
func (s *State) stateIDsAnswered(e *Entry) {
	o := &Omitted{Seq: e.Seq}
	s.Omitted = o
	if e.Kind == Failure {
		o.Problem = e.Failure.Message
		return
	}
	if !response.Succeeds(e.Response) {
		f := response.RefusalOf(e.Response)
		o.Problem = fmt.Sprintf("%d %s %s", f.Status, f.Errcode, f.Message)
		return
	}
	body, err := event.ReadObject(e.Response.Body)
	if err != nil {
		o.Problem = "not a JSON object: " + err.Error()
		return
	}
	ids, ok := body.Elements("pdu_ids")
	switch {
	case body.Get("pdu_ids") == nil:
		o.Problem = "pdu_ids is missing"
		return
	case !ok:
		o.Problem = "pdu_ids is not a list"
		return
	}
	have, memberBytes, memberCount := map[string]bool{}, 0, 0
	events := s.Reply.Events(s.Template.RoomVersion)
	for _, list := range [][]verify.ReplyEvent{events.State, events.AuthChain} {
		for _, r := range list {
			if r.Event == nil || have[r.Event.ID()] {
				continue
			}
			have[r.Event.ID()] = true
			if r.Event.Type() == "m.room.member" {
				memberBytes += len(r.Event.Raw())
				memberCount++
			}
		}
	}
	for _, raw := range ids {
		id, ok := event.String(raw)
		if !ok {
			continue
		}
		o.Total++
		if !have[id] {
			o.Missing++
		}
	}
	if memberCount > 0 {
		o.Bytes = o.Missing * (memberBytes / memberCount)
	}
}

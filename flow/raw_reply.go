package flow

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
)

// A RawReply is an answer to send_join without the handshake around it, as from a log or a debugger.
type RawReply struct {
	RoomVersion string
	Answer      []byte    // the body: the object of v2, or the two-element list of v1
	Keys        []byte    // {"server_keys": [key documents]}, as a notary answers; nil: no keys are known
	Join        []byte    // the join event that was sent; nil: it is not known
	Now         time.Time // when the key documents were got: none is believed for more than a week from then
}

// VerifyRaw verifies an answer that comes without its handshake, and returns the state a handshake would have led to. What
// only the handshake knows stays not checked, with the reason: whether members were asked to be left out, under which ID the
// join was sent. Without Join, an event that came back with the answer is taken for it.
//
// The outcome is Verified when the join is proven, or, where none is known, the room; Invalid when the answer or the join would
// be refused, or what it rests on is not proven, with the reason in Stopped.Why; and Refused where the answer is a refusal in
// the list of v1, or Failed where it is an error of the server's own. It errs when RoomVersion is not one
// of ours, or Keys or Join are not what they should be.
func VerifyRaw(r RawReply) (State, error) {
	version, ok := event.Lookup(r.RoomVersion)
	if !ok {
		return State{}, fmt.Errorf("room version %q: there are 1 to 12", clip(r.RoomVersion))
	}
	keys, err := readKeys(r.Keys, r.Now)
	if err != nil {
		return State{}, err
	}
	s := State{
		Header:   Header{Created: r.Now, Source: "file", Form: FormCurrent},
		Template: &Template{Said: version.ID, RoomVersion: version},
		Keys:     keys,
	}
	s.Reply = replyAnswer(&Entry{Kind: Response, Step: A7, Response: &client.Response{Status: 200, Body: r.Answer}})
	if u, problem := unwrapReply(r.Answer); problem == "" && u.list && (u.status < 200 || u.status > 299) {
		f := refusalOf(&client.Response{Status: u.status, Body: u.object})
		s.Stopped = &Stop{Step: A7, Outcome: Refused, Refusal: f, Why: "the answer is a refusal"}
		if fateByAnswer(&client.Response{Status: u.status, Body: u.object}) != FateRefused {
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
	s.RoomID, s.Header.User = s.Reply.room(version, join)
	s.Header.Target, s.Header.Joining = s.RoomID, client.Domain(s.Header.User)
	v := Verify(s)
	s.Verification = v
	switch {
	case v.Invalid != "":
		s.Stopped = &Stop{Step: L2, Outcome: Invalid, Why: v.Invalid}
	case v.Unproven != "":
		s.Stopped = &Stop{Step: L2, Outcome: Invalid, Why: "not proven: " + v.Unproven}
	default:
		s.Stopped = &Stop{Step: L2, Outcome: Verified, Why: "what the join rests on holds"}
	}
	return s, nil
}

// room tells the room of an answer and who joins: from the join event, otherwise the room from its create event.
func (r *Reply) room(v *event.Version, join *event.Event) (roomID, user string) {
	if r.Problem != "" {
		return "", ""
	}
	events := r.Events(v)
	if join == nil && events.Returned != nil && events.Returned.Event != nil && isJoin(events.Returned.Event) {
		join = events.Returned.Event
	}
	if join != nil {
		return join.RoomID(), join.Sender()
	}
	for _, list := range [][]ReplyEvent{events.State, events.AuthChain} {
		for _, e := range list {
			if e.Event != nil && e.Event.Type() == typeCreate {
				return e.Event.RoomID(), ""
			}
		}
	}
	return "", ""
}

// readKeys reads key documents as a notary hands them out. Of two documents of one server, a key comes from the first
// that lists it; a document that cannot be accepted counts only where there is no other.
// Spec: server-server, Querying keys through another server.
func readKeys(doc []byte, now time.Time) (KeyRing, error) {
	k := KeyRing{created: now, servers: map[string]*ServerKeys{}}
	if doc == nil {
		return k, nil
	}
	members, err := event.Members(doc)
	if err != nil {
		return k, fmt.Errorf("key documents: %w", err)
	}
	var list []byte
	for _, m := range members {
		if m.Key == "server_keys" {
			list = m.Value
		}
	}
	if list == nil {
		return k, errors.New(`key documents: there is no "server_keys"`)
	}
	documents, err := event.Elements(list)
	if err != nil {
		return k, errors.New(`key documents: "server_keys" is not a list`)
	}
	for i, d := range documents {
		server := documentServer(d)
		if server == "" {
			return k, fmt.Errorf("key documents: number %d has no server_name", i+1)
		}
		read := readKeyDocument(server, d, now, 0)
		known := k.servers[server]
		switch {
		case known == nil || known.Problem != "":
			k.servers[server] = read
		case read.Problem == "":
			for id, key := range read.Keys {
				if _, listed := known.Keys[id]; !listed {
					known.Keys[id] = key
				}
			}
		}
	}
	return k, nil
}

func documentServer(doc []byte) string {
	members, _ := event.Members(doc)
	for _, m := range members {
		if m.Key == "server_name" {
			s, _ := event.String(m.Value)
			return strings.TrimSpace(s)
		}
	}
	return ""
}

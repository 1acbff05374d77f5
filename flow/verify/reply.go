package verify

import (
	"fmt"
	"sync"

	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/wording"
)

// A Reply is what A7 said: the room as it was before the join. Its events are still text; Verification reads them.
type Reply struct {
	Seq            int
	Server         string
	List           bool // the two-element list of v1
	Body           []byte
	State          [][]byte
	AuthChain      [][]byte
	Event          []byte // the returned join event; nil: none
	MembersOmitted bool
	ServersInRoom  []string // nil: not given
	Problem        string   // why nothing can be made of it
	Field          string   // the JSON pointer Problem is about

	readEvents sync.Once
	events     *ReplyEvents
}

// ReadReply reads the body of a good answer to send_join, which the entry with that Seq brought from a server. What is wrong
// with it as a whole is in Problem; its events stay text until Events reads them.
// Spec: server-server, PUT v2/send_join; r0.1.4, PUT v1/send_join.
func ReadReply(seq int, server string, body []byte) *Reply {
	r := &Reply{Seq: seq, Server: server, Body: body}
	u, problem := response.UnwrapV1(body)
	r.List = u.List
	if problem != "" {
		r.Problem = problem
		return r
	}
	members, err := event.Members(u.Object)
	if err != nil {
		r.Problem = wording.NotAnObject(u.Object, err)
		return r
	}
	seen := map[string]bool{}
	for _, m := range members {
		seen[m.Key] = true
		if r.Field, r.Problem = r.read(m); r.Problem != "" {
			return r
		}
	}
	for _, key := range []string{"state", "auth_chain"} {
		if !seen[key] {
			r.Field, r.Problem = "/"+key, key+" is missing"
			return r
		}
	}
	return r
}

func (r *Reply) read(m event.Member) (field, problem string) {
	var err error
	switch m.Key {
	case "state":
		r.State, err = event.Elements(m.Value)
	case "auth_chain":
		r.AuthChain, err = event.Elements(m.Value)
	case "event":
		r.Event = m.Value
	case "members_omitted":
		switch string(m.Value) {
		case "true":
			r.MembersOmitted = true
		case "false":
		default:
			return "/members_omitted", "members_omitted is not a boolean"
		}
	case "servers_in_room":
		var names [][]byte
		if names, err = event.Elements(m.Value); err == nil {
			r.ServersInRoom = []string{}
			for i, n := range names {
				name, ok := event.String(n)
				if !ok {
					return fmt.Sprintf("/servers_in_room/%d", i), "a server name is not a string"
				}
				r.ServersInRoom = append(r.ServersInRoom, name)
			}
		}
	}
	if err != nil {
		return "/" + m.Key, m.Key + " is not a list"
	}
	return "", ""
}

// At returns the reply as the answer at another entry.
func (r *Reply) At(seq int) *Reply {
	return &Reply{Seq: seq, Server: r.Server, List: r.List, Body: r.Body, State: r.State, AuthChain: r.AuthChain,
		Event: r.Event, MembersOmitted: r.MembersOmitted, ServersInRoom: r.ServersInRoom, Problem: r.Problem, Field: r.Field}
}

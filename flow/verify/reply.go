package verify

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"doorstep/client"
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
	Beyond         int    // events of the two lists that are over the limit: they are not in State and AuthChain
	Event          []byte // the returned join event; nil: none
	MembersOmitted bool
	ServersInRoom  []string // nil: not given
	MoreServers    int      // of servers_in_room, those over the limit
	MoreMembers    int      // of the answer itself: keys that nobody asks for, over the limit of those
	Problem        string   // why nothing can be made of it
	Field          string   // the JSON pointer Problem is about
	// Error is what the answer says where it is an error, in spite of its status, or without one; nil: it is none.
	Error *response.Refusal

	most       int  // events that are looked at
	small      bool // a list has too many that are too short to be one
	readEvents sync.Mutex
	events     *ReplyEvents // nil: they have not been read
}

// What of an answer is looked at. Together with the bytes that it may have, these bound the memory it takes and the
// work it makes, whatever it looks like.
const (
	MostEvents  = 250_000 // in state and auth_chain together: a quarter more than in the largest rooms
	MostServers = 15_000  // that must have signed something: a half more than in the largest rooms

	mostNamed   = 20_000 // in servers_in_room
	mostMembers = 1000   // of the answer itself: the specification knows seven
)

// An event has signatures, hashes and more: what is shorter than leastEvent bytes is none. Of such an answer's list
// mostSmall are looked at, since each takes a hundred times its bytes in what there is to say about it.
const (
	leastEvent = 100
	mostSmall  = 1000
)

// Usable reports whether the answer has the shape of its endpoint, so that its events can be read.
func (r *Reply) Usable() bool { return r.Problem == "" }

// ReadReply reads the body of a good answer to send_join, which the entry with that Seq brought from a server. What
// is wrong with it as a whole is in Problem; its events stay text until Events reads them. Spec: server-server, PUT
// v2/send_join; r0.1.4, PUT v1/send_join.
func ReadReply(seq int, server string, body []byte) *Reply {
	return readReply(seq, server, body, MostEvents)
}

func readReply(seq int, server string, body []byte, most int) *Reply {
	r := &Reply{most: most, Seq: seq, Server: server, Body: body}
	u, problem := response.UnwrapV1(body)
	r.List = u.List
	if problem != "" {
		r.Problem = problem
		return r
	}
	members, more, err := event.MembersUpTo(u.Object, mostMembers, "state", "auth_chain", "event", "members_omitted",
		"servers_in_room", "errcode")
	if err != nil {
		r.Problem = wording.NotAnObject(u.Object, err)
		return r
	}
	r.MoreMembers = more
	seen := map[string]bool{}
	for _, m := range members {
		seen[m.Key] = true
		if r.Field, r.Problem = r.read(m); r.Problem != "" {
			return r
		}
	}
	if seen["errcode"] && !seen["state"] && !seen["auth_chain"] {
		r.Error = response.RefusalOf(&client.Response{Body: u.Object})
		r.Field, r.Problem = "/errcode", "it is an error: "+wording.Name(r.Error.Errcode)
		if r.Error.Message != "" {
			r.Problem += ": " + wording.Clip(r.Error.Message)
		}
		return r
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
		r.State, err = r.list(m.Value)
	case "auth_chain":
		r.AuthChain, err = r.list(m.Value)
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
		room := mostNamed
		names, r.MoreServers, err = event.ElementsWhile(m.Value, func([]byte) bool { room--; return room >= 0 })
		if err == nil {
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

// list reads a list of events, up to the limit on those of both lists.
func (r *Reply) list(arr []byte) ([][]byte, error) {
	room, small := r.most-len(r.State)-len(r.AuthChain), 0
	events, more, err := event.ElementsWhile(arr, func(e []byte) bool {
		if len(e) < leastEvent {
			small++
		}
		room--
		return room >= 0 && small <= mostSmall
	})
	r.Beyond += more
	r.small = r.small || small > mostSmall
	return events, err
}

// overLimit says why not all events of the answer are looked at; empty where all are.
func (r *Reply) overLimit() string {
	all := len(r.State) + len(r.AuthChain) + r.Beyond
	switch {
	case r.MoreMembers > 0:
		return fmt.Sprintf("the answer has %d members, over the limit of %d members: some of them may come twice",
			mostMembers+r.MoreMembers, mostMembers)
	case r.Beyond == 0:
		return ""
	case r.small:
		return fmt.Sprintf("of the %d events of the answer more than the limit of %d are shorter than %d bytes, too short "+
			"for one: %d were not looked at", all, mostSmall, leastEvent, r.Beyond)
	}
	return fmt.Sprintf("the answer holds %d events, over the limit of %d events: %d were not looked at", all, r.most,
		r.Beyond)
}

// At returns the reply as the answer at another entry.
func (r *Reply) At(seq int) *Reply {
	return &Reply{Seq: seq, Server: r.Server, List: r.List, Body: r.Body, State: r.State, AuthChain: r.AuthChain,
		Beyond: r.Beyond, MoreServers: r.MoreServers, MoreMembers: r.MoreMembers, most: r.most, small: r.small,
		Event: r.Event, MembersOmitted: r.MembersOmitted,
		ServersInRoom: r.ServersInRoom, Problem: r.Problem, Field: r.Field}
}

// ReplyEvents are the events of a reply, read in a room version. Their order is that of the reply.
type ReplyEvents struct {
	State     []ReplyEvent
	AuthChain []ReplyEvent
	Returned  *ReplyEvent // the join event the resident returned; nil: none

	once        sync.Once
	signedBy    []string
	moreSigners int // that must have signed something, over MostServers; a server may be counted more than once
}

// A ReplyEvent is one event of a reply. Event is nil when its bytes cannot be read, and Err says why.
type ReplyEvent struct {
	At    Position
	Event *event.Event
	Err   error
}

// Pointer is where it is in the reply: "/state/3", or SentCopy.
func (e *ReplyEvent) Pointer() string { return e.At.String() }

// SentCopy is EventWork.Where of an event of our own, as it was built and sent.
const SentCopy = "sent"

// A Position is a place for events in a handshake: a list of the reply, and where in it.
type Position struct {
	list  replyList
	index int32
}

type replyList uint8

const (
	notInReply replyList = iota // ours, as it was sent
	inState
	inAuthChain
	asReturned
)

// String gives the position as the JSON pointer into the reply; that of an event that was sent as SentCopy.
func (p Position) String() string {
	switch p.list {
	case inState:
		return "/state/" + strconv.Itoa(int(p.index))
	case inAuthChain:
		return "/auth_chain/" + strconv.Itoa(int(p.index))
	case asReturned:
		return "/event"
	}
	return SentCopy
}

// Holding returns the event of state or auth_chain that a JSON pointer into the reply leads to, or into; nil: there is
// none.
func (r *ReplyEvents) Holding(pointer string) *ReplyEvent {
	for key, list := range map[string][]ReplyEvent{"/state/": r.State, "/auth_chain/": r.AuthChain} {
		rest, ok := strings.CutPrefix(pointer, key)
		index, _, _ := strings.Cut(rest, "/")
		if i, err := strconv.Atoi(index); ok && err == nil && i >= 0 && i < len(list) {
			return &list[i]
		}
	}
	return nil
}

// ReplyCounts counts the events of a reply. Events are told apart by their IDs.
type ReplyCounts struct {
	State, AuthChain, Both, StateOnly, AuthChainOnly, Events int
	Signatures                                               int // that had to be there, over distinct events
}

// Signers returns the servers whose signatures the events must carry, in order of first need, up to MostServers.
func (r *ReplyEvents) Signers() []string {
	r.once.Do(func() {
		seen := map[string]bool{}
		need := func(e *event.Event) {
			if e == nil {
				return
			}
			for _, server := range RequiredSigners(e) {
				switch {
				case seen[server]:
				case len(seen) < MostServers:
					seen[server] = true
					r.signedBy = append(r.signedBy, server)
				default:
					r.moreSigners++
				}
			}
		}
		for _, list := range [][]ReplyEvent{r.State, r.AuthChain} {
			for _, e := range list {
				need(e.Event)
			}
		}
		if r.Returned != nil {
			need(r.Returned.Event)
		}
	})
	return r.signedBy
}

// Events reads the reply's events in room version v, once.
func (r *Reply) Events(v *event.Version) *ReplyEvents {
	events, _ := r.eventsUnless(nil, v)
	return events
}

// eventsUnless is Events, unless over says meanwhile that they are not wanted: then it returns false.
func (r *Reply) eventsUnless(over func() bool, v *event.Version) (events *ReplyEvents, whole bool) {
	r.readEvents.Lock()
	defer r.readEvents.Unlock()
	if r.events != nil {
		return r.events, true
	}
	read := func(list replyList, i int, raw []byte) ReplyEvent {
		e, err := event.Parse(v, raw)
		return ReplyEvent{At: Position{list, int32(i)}, Event: e, Err: err}
	}
	out := &ReplyEvents{State: make([]ReplyEvent, len(r.State)), AuthChain: make([]ReplyEvent, len(r.AuthChain))}
	inParallel(len(r.State), 64, over, func(i int) { out.State[i] = read(inState, i, r.State[i]) })
	inParallel(len(r.AuthChain), 64, over, func(i int) { out.AuthChain[i] = read(inAuthChain, i, r.AuthChain[i]) })
	if over != nil && over() {
		return nil, false
	}
	if r.Event != nil && string(r.Event) != "null" {
		e := read(asReturned, 0, r.Event)
		out.Returned = &e
	}
	r.events = out
	return out, true
}

// WantEvents reads the events as Events does, unless ctx ends meanwhile: then it returns false, and none are read.
func (r *Reply) WantEvents(ctx context.Context, v *event.Version) bool {
	_, whole := r.eventsUnless(func() bool { return ctx.Err() != nil }, v)
	return whole
}

// RequiredSigners returns the servers whose signatures an event must carry: the sender's, except of an invite by
// third party, whose sender's server may not know of it; in versions 1 and 2 also that of the event ID; of a join
// allowed by a restricted rule also that of the user who authorised it. Spec: server-server, Validating hashes and
// signatures on received events.
func RequiredSigners(e *event.Event) []string {
	var out []string
	add := func(server string) {
		if _, err := client.ParseServerName(server); err == nil && !slices.Contains(out, server) {
			out = append(out, server)
		}
	}
	membership := e.Membership()
	_, thirdParty := e.Content("third_party_invite")
	if !(membership == "invite" && thirdParty) {
		add(client.Domain(e.Sender()))
	}
	if e.Version().IDs == event.IDChosen {
		add(client.Domain(e.ID()))
	}
	if authoriser, ok := e.ContentString("join_authorised_via_users_server"); ok && membership == "join" &&
		e.Version().Restricted {
		add(client.Domain(authoriser))
	}
	return out
}

// Room tells the room of an answer and who joins: from the join event, otherwise the room from its create event.
func (r *Reply) Room(v *event.Version, join *event.Event) (roomID, user string) {
	if !r.Usable() {
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
			if e.Event != nil && e.Event.Type() == TypeCreate {
				return e.Event.RoomID(), ""
			}
		}
	}
	return "", ""
}

// Signed reports whether any event of the reply carries a signature.
func (r *Reply) Signed(v *event.Version) bool {
	events := r.Events(v)
	lists := [][]ReplyEvent{events.State, events.AuthChain}
	if events.Returned != nil {
		lists = append(lists, []ReplyEvent{*events.Returned})
	}
	for _, list := range lists {
		for _, e := range list {
			if e.Event != nil && len(e.Event.Signatures()) > 0 {
				return true
			}
		}
	}
	return false
}

func isJoin(e *event.Event) bool {
	key, ok := e.StateKey()
	return ok && e.Membership() == "join" && key == e.Sender()
}

// TypeCreate is the type of create events.
const TypeCreate = "m.room.create"

const typeMember = "m.room.member"

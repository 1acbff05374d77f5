package verify

import (
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"doorstep/client"
	"doorstep/flow/event"
)

// ReplyEvents are the events of a reply, read in a room version. Their order is that of the reply.
type ReplyEvents struct {
	State     []ReplyEvent
	AuthChain []ReplyEvent
	Returned  *ReplyEvent // the join event the resident returned; nil: none

	once     sync.Once
	signedBy []string
}

// signers returns the servers whose signatures the events must carry, in order of first need.
func (r *ReplyEvents) Signers() []string {
	r.once.Do(func() {
		seen := map[string]bool{}
		need := func(e *event.Event) {
			if e == nil {
				return
			}
			for _, server := range RequiredSigners(e) {
				if !seen[server] {
					seen[server] = true
					r.signedBy = append(r.signedBy, server)
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

// A ReplyEvent is one event of a reply. Event is nil when its bytes cannot be read, and Err says why.
type ReplyEvent struct {
	Pointer string // where it is in the reply: "/state/3"
	Event   *event.Event
	Err     error
}

// Events reads the reply's events in room version v, once.
func (r *Reply) Events(v *event.Version) *ReplyEvents {
	r.readEvents.Do(func() {
		read := func(pointer string, raw []byte) ReplyEvent {
			e, err := event.Parse(v, raw)
			return ReplyEvent{Pointer: pointer, Event: e, Err: err}
		}
		out := &ReplyEvents{State: make([]ReplyEvent, len(r.State)), AuthChain: make([]ReplyEvent, len(r.AuthChain))}
		inParallel(len(r.State), 64, func(i int) { out.State[i] = read("/state/"+strconv.Itoa(i), r.State[i]) })
		inParallel(len(r.AuthChain), 64, func(i int) { out.AuthChain[i] = read("/auth_chain/"+strconv.Itoa(i), r.AuthChain[i]) })
		if r.Event != nil && string(r.Event) != "null" {
			e := read("/event", r.Event)
			out.Returned = &e
		}
		r.events = out
	})
	return r.events
}

// RequiredSigners returns the servers whose signatures an event must carry: the sender's, except of an invite by third
// party, whose sender's server may not know of it; in versions 1 and 2 also that of the event ID; of a join allowed by a
// restricted rule also that of the user who authorised it.
// Spec: server-server, Validating hashes and signatures on received events.
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
	if authoriser, ok := e.ContentString("join_authorised_via_users_server"); ok && membership == "join" && e.Version().Restricted {
		add(client.Domain(authoriser))
	}
	return out
}

// inParallel calls do with 0 to n-1, on as many workers as there are processors to use, which take batch of them at a
// time. Which worker gets what depends on the moment, so do must write to its own place only. It returns when all is done.
//
// The workers give way after every piece: a screen is drawn beside them.
func inParallel(n, batch int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), (n+batch-1)/batch)
	if workers <= 1 {
		for i := range n {
			do(i)
			runtime.Gosched()
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		client.Go(func() {
			defer wg.Done()
			for {
				end := int(next.Add(int64(batch)))
				start := end - batch
				if start >= n {
					return
				}
				for i := start; i < min(end, n); i++ {
					do(i)
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
}

// Room tells the room of an answer and who joins: from the join event, otherwise the room from its create event.
func (r *Reply) Room(v *event.Version, join *event.Event) (roomID, user string) {
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

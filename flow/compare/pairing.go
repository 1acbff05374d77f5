package compare

import (
	"cmp"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// pairServers pairs the servers of two handshakes: those of one name, those in the same part, the join candidates in
// their order, and what is left in the order in which it is met.
func (n *names) pairServers(a, b Side) {
	la, lb := serversOf(a), serversOf(b)
	for _, s := range la {
		n.serversA[s] = true
	}
	for _, s := range lb {
		n.serversB[s] = true
	}
	for _, s := range la {
		if n.serversB[s] {
			n.pair(aServer, s, s)
		}
	}
	ra, rb := rolesOf(a), rolesOf(b)
	for i := range ra {
		n.pair(aServer, ra[i], rb[i])
	}
	ca, cb := a.State.Candidates, b.State.Candidates
	for i := range min(len(ca), len(cb)) {
		n.pair(aServer, ca[i].Server, cb[i].Server)
	}
	j := 0
	for _, s := range la {
		if _, has := n.inB[aServer][s]; has {
			continue
		}
		for j < len(lb) {
			j++
			if _, has := n.inA[aServer][lb[j-1]]; !has {
				n.pair(aServer, s, lb[j-1])
				break
			}
		}
	}
}

// pairUsersAndRooms pairs the rooms, aliases and users of two handshakes: those of the join itself, then users of one
// name, of one localpart on servers that are pairs, on such servers in the order of their events, and what is left in
// that order.
func (n *names) pairUsersAndRooms(a, b Side, la, lb []*answerEvent) {
	n.pair(aUser, a.Trace.Header.User, b.Trace.Header.User)
	n.pair(aRoom, a.State.RoomID, b.State.RoomID)
	n.pair(anAlias, alias(a), alias(b))
	n.pair(aKeyID, a.Trace.Header.KeyID, b.Trace.Header.KeyID)
	ua, ub := usersOf(la), usersOf(lb)
	inB := map[string]bool{}
	for _, u := range ub {
		inB[u] = true
	}
	for _, u := range ua {
		if inB[u] {
			n.pair(aUser, u, u)
		}
	}
	for _, u := range ua {
		name, server, _ := strings.Cut(u, ":")
		if partner := name + ":" + n.inB[aServer][server]; inB[partner] {
			n.pair(aUser, u, partner)
		}
	}
	left := func(users []string, has map[string]string) (out []string) {
		for _, u := range users {
			if _, paired := has[u]; !paired {
				out = append(out, u)
			}
		}
		return out
	}
	ua, ub = left(ua, n.inB[aUser]), left(ub, n.inA[aUser])
	of := map[string][]string{} // of the second: users by server
	for _, u := range ub {
		of[client.Domain(u)] = append(of[client.Domain(u)], u)
	}
	for _, u := range ua {
		if partner := n.inB[aServer][client.Domain(u)]; len(of[partner]) > 0 {
			n.pair(aUser, u, of[partner][0])
			of[partner] = of[partner][1:]
		}
	}
	ua, ub = left(ua, n.inB[aUser]), left(ub, n.inA[aUser])
	for i := range min(len(ua), len(ub)) {
		n.pair(aUser, ua[i], ub[i])
	}
}

// An eventPair is an event of the first answer and the one that is in its place in the second; either may be missing.
type eventPair struct {
	label string // type and state key
	a, b  *answerEvent
}

// pairEvents pairs the events of two answers by type and state key: those in force, then those that were, from the
// oldest on, then what is left. The IDs of pairs stand for each other.
func (n *names) pairEvents(a, b flow.State, la, lb []*answerEvent) []eventPair {
	if a.Build != nil && b.Build != nil {
		n.pair(anEvent, a.Build.EventID, b.Build.EventID)
		n.aboutA[a.Build.EventID], n.aboutB[b.Build.EventID] = "our join", "our join"
	}
	n.bothAnswers = len(la) > 0 && len(lb) > 0
	for _, e := range la {
		n.aboutA[e.event.ID()] = cmp.Or(n.aboutA[e.event.ID()], e.label())
	}
	for _, e := range lb {
		n.aboutB[e.event.ID()] = cmp.Or(n.aboutB[e.event.ID()], e.label())
	}
	partner := map[*answerEvent]*answerEvent{}
	taken := map[*answerEvent]bool{}
	match := func(la, lb []*answerEvent, fits func(*answerEvent) bool) {
		at := map[string][]*answerEvent{}
		for _, e := range lb {
			if !taken[e] && fits(e) {
				k := n.place(e.event, true)
				at[k] = append(at[k], e)
			}
		}
		for _, e := range la {
			if k := n.place(e.event, false); partner[e] == nil && fits(e) && len(at[k]) > 0 {
				partner[e], taken[at[k][0]] = at[k][0], true
				at[k] = at[k][1:]
			}
		}
	}
	oldestA, oldestB := oldestFirst(la), oldestFirst(lb)
	match(oldestA, oldestB, func(e *answerEvent) bool { return e.inState })
	match(oldestA, oldestB, func(e *answerEvent) bool { return !e.inState })
	slices.Reverse(oldestA) // where one answer leaves members out, its newest is what the other has in state
	slices.Reverse(oldestB)
	match(oldestA, oldestB, func(*answerEvent) bool { return true })
	var out []eventPair
	for _, e := range la {
		p := eventPair{label: e.label(), a: e, b: partner[e]}
		if p.b != nil {
			n.pair(anEvent, e.event.ID(), p.b.event.ID())
			if p.b.inState {
				p.label = strings.TrimSuffix(p.label, earlier)
			}
		}
		out = append(out, p)
	}
	for _, e := range lb {
		if !taken[e] {
			out = append(out, eventPair{label: e.label(), b: e})
		}
	}
	return out
}

// place is what an event is in force for, in the names of the second handshake.
func (n *names) place(e *event.Event, second bool) string {
	key, isState := e.StateKey()
	if !isState {
		return e.Type() + "\x00\x00"
	}
	return e.Type() + "\x00" + n.inSecond(key, second)
}

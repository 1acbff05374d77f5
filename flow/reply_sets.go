package flow

import (
	"fmt"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A Place says in which of the two lists of an answer an event is.
type Place int

// The places of an event. state is what is in force just before the join; auth_chain is what has to be known to check that.
const (
	InBoth      Place = iota // in force, and other events rest on it
	InStateOnly              // in force, and nothing rests on it
	InChainOnly              // was in force when something that rests on it was sent
)

func (p Place) String() string {
	return [...]string{"both", "state", "auth_chain"}[p]
}

// A SetEvent is one event of an answer: in which list it is, and what that comes from.
type SetEvent struct {
	ID         string
	Event      *event.Event // nil: it cannot be read
	Pointer    string       // where it is in the answer first
	Place      Place
	Named      int    // how many events of the answer name it among their auth_events, our join counted
	By         string // one of those, in state where one is, and our join only where no other does; empty: none
	ReplacedBy string // in auth_chain only: the event that state has at its place; empty: none

	implied, padding, omitted bool
	ours                      bool // By is our join
}

// Why says in words why the event is where it is.
func (e SetEvent) Why() string {
	switch {
	case e.Event == nil:
		return "it cannot be read"
	case e.implied:
		return "the room ID stands for it, so that every event rests on it without naming it"
	case e.Place == InBoth:
		return "in force now, and " + e.namers()
	case e.Place == InStateOnly && e.Named == 0:
		return "in force now; nobody's authority rests on it"
	case e.Place == InStateOnly:
		return "in force now, and " + e.namers() + "; auth_chain need not repeat what is in state"
	case e.padding:
		return "nothing in state rests on it: padding"
	case e.ours:
		return "our join rests on it"
	case e.ReplacedBy == e.By:
		return "in force until " + said(e.By) + " replaced it, which rests on it"
	case e.ReplacedBy != "":
		return e.when() + "; replaced since by " + said(e.ReplacedBy)
	case e.omitted:
		return e.when() + "; members are left out of state"
	}
	return e.when() + "; state has nothing in its place"
}

func (e SetEvent) namers() string {
	by := said(e.By)
	if e.ours {
		by = "our join"
	}
	switch e.Named {
	case 0:
		return "nothing in the answer rests on it"
	case 1:
		return by + " rests on it"
	}
	return fmt.Sprintf("%s and %d more rest on it", by, e.Named-1)
}

func (e SetEvent) when() string {
	if e.Named > 1 {
		return fmt.Sprintf("in force when %s and %d more were sent", said(e.By), e.Named-1)
	}
	return "in force when " + said(e.By) + " was sent"
}

// ReplySets compares the two lists of an answer.
type ReplySets struct {
	Events []SetEvent // each event once: state in its order, then what is in auth_chain only
	// Unchecked is how many state events name one that is in auth_chain only: what could not be checked without it.
	Unchecked int
	Padding   int // how many are in auth_chain only and nothing in state, nor our join, rests on them
	chainOnly int
}

// Why says, by what this answer holds, why an auth_chain is sent at all.
func (s ReplySets) Why() string {
	past := s.chainOnly - s.Padding
	if past == 0 {
		return "Everything the state rests on is still in force, so that state alone would do here."
	}
	are, were, them := "are", "They were", "them"
	if past == 1 {
		are, were, them = "is", "It was", "it"
	}
	return fmt.Sprintf("%s in auth_chain %s no longer in force. %s when events that are in force now were sent: without %s %s could not be checked against what they name.",
		count(past, "event"), are, were, them, count(s.Unchecked, "state event"))
}

// Sets compares the state and the auth_chain of the answer; no events when the answer could not be read.
func (v *Verification) Sets() ReplySets {
	if v.verifier == nil || v.verifier.byID == nil {
		return ReplySets{}
	}
	return v.verifier.sets()
}

func (v *verifier) sets() ReplySets {
	n := len(v.claims)
	named, by := make([]int, n), make([]int32, n)
	for i := range by {
		by[i] = -1
	}
	inForce := v.stateBefore()
	replacement := func(c *claim) string {
		if c.read.Event == nil {
			return ""
		}
		key, _ := c.read.Event.StateKey()
		if now := inForce[auth.Tuple{Type: c.read.Event.Type(), StateKey: key}]; now != nil && now.id != c.id {
			return now.id
		}
		return ""
	}
	var sets ReplySets
	for i := range v.claims {
		c := &v.claims[i]
		needsChain := false
		for _, at := range c.named {
			named[at]++
			if by[at] < 0 || v.tells(c, at) > v.tells(&v.claims[by[at]], at) {
				by[at] = int32(i)
			}
			needsChain = needsChain || v.claims[at].state < 0
		}
		if needsChain && c.state >= 0 {
			sets.Unchecked++
		}
	}
	if v.join.used != nil {
		ids, _ := v.resolve(v.join.used.AuthEvents())
		for _, at := range ids {
			named[at]++
		}
	}
	sets.Events = make([]SetEvent, 0, n)
	for i := range v.claims {
		c := &v.claims[i]
		if c.copyOf >= 0 {
			continue
		}
		e := SetEvent{ID: c.id, Event: c.read.Event, Pointer: c.read.Pointer, Named: named[i]}
		switch {
		case by[i] >= 0:
			e.By = v.claims[by[i]].id
		case named[i] > 0:
			e.By, e.ours = v.join.id, true
		}
		e.ReplacedBy = replacement(c)
		switch {
		case c.state >= 0 && c.chain >= 0:
			e.Place = InBoth
		case c.state >= 0:
			e.Place = InStateOnly
		default:
			e.Place = InChainOnly
			sets.chainOnly++
		}
		if c.read.Event != nil {
			kind := c.read.Event.Type()
			e.implied = v.version.RoomIDIsCreate && kind == typeCreate
			e.padding = e.Place == InChainOnly && !c.reached
			if e.padding {
				sets.Padding++
			}
			e.omitted = v.state.Reply.MembersOmitted && kind == "m.room.member"
		}
		sets.Events = append(sets.Events, e)
	}
	return sets
}

// tells says how well c explains that the claim at is needed: best an event of state that is not what replaced it.
func (v *verifier) tells(c *claim, at int32) int {
	a, b := c.read.Event, v.claims[at].read.Event
	switch {
	case c.state < 0:
		return 0
	case samePlace(a, b):
		return 1
	}
	return 2
}

func samePlace(a, b *event.Event) bool {
	if a == nil || b == nil || a.Type() != b.Type() {
		return false
	}
	one, isState := a.StateKey()
	other, isStateToo := b.StateKey()
	return isState && isStateToo && one == other
}

package verify

import (
	"fmt"
	"strings"

	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A Place says in which of the two lists of an answer an event is.
type Place int

// The places of an event. state is what is in force just before the join; auth_chain is what has to be known to check
// that.
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
	ID      string
	Event   *event.Event // nil: it cannot be read
	Pointer string       // where it is in the answer first
	Place   Place
	Named   int    // how many events of the answer name it among their auth_events, our join counted
	By      string // one of those, in state where one is, and our join only where no other does; empty: none
	// ReplacedBy is what came after it at its place, by state or by what names it, where it is in auth_chain only; empty:
	// nothing did.
	ReplacedBy string

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
	case e.ours && e.omitted && e.ReplacedBy == "":
		return "our join rests on it; members are left out of state"
	case e.ours:
		return "our join rests on it"
	case e.ReplacedBy == e.By:
		return "in force until " + wording.Name(e.By) + ", which rests on it, replaced it"
	case e.ReplacedBy != "":
		return e.when() + "; replaced since by " + wording.Name(e.ReplacedBy)
	case e.omitted:
		return e.when() + "; members are left out of state"
	}
	return e.when() + "; state has nothing in its place"
}

func (e SetEvent) namers() string {
	by := wording.Name(e.By)
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
		return fmt.Sprintf("in force when %s and %d more were sent", wording.Name(e.By), e.Named-1)
	}
	return "in force when " + wording.Name(e.By) + " was sent"
}

// ReplySets compares the two lists of an answer.
type ReplySets struct {
	Events []SetEvent // each event once: state in its order, then what is in auth_chain only
	// Unchecked is how many state events name one that is in auth_chain only: what could not be checked without it.
	Unchecked int

	StateNamed int // how many are in state only, and something rests on them
	StateFree  int // how many are in state only, and nothing does

	// What is in auth_chain only is there for one of these reasons.
	Replaced int // something else is at its place by now
	Omitted  int // a membership that nothing seen has replaced, where members are left out of state: it may be in force
	Absent   int // state has nothing at its place
	Padding  int // nothing in state, nor our join, rests on it

	unread string // why there is nothing to compare
}

// Why says, by what this answer holds, why an auth_chain is sent at all.
func (s ReplySets) Why() string {
	if s.unread != "" {
		return "Nothing of the answer was read: " + s.unread + "."
	}
	var parts []string
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{s.Replaced, "is no longer in force", "are no longer in force"},
		{s.Absent, "has nothing in its place in state", "have nothing in their place in state"},
		{s.Omitted, "is a membership, and members are left out of state",
			"are memberships, and members are left out of state"},
	} {
		switch {
		case part.n == 1:
			parts = append(parts, "1 event in auth_chain "+part.one)
		case part.n > 1:
			parts = append(parts, fmt.Sprintf("%d events in auth_chain %s", part.n, part.many))
		}
	}
	switch {
	case len(parts) == 0:
		return "Everything the state rests on is still in force, so that state alone would do here."
	case s.Unchecked == 0:
		return strings.Join(parts, "; ") + "."
	}
	was, them, name := "Without", "them", "they name"
	if s.Replaced+s.Absent+s.Omitted == 1 {
		them = "it"
	}
	if s.Unchecked == 1 {
		name = "it names"
	}
	if len(parts) == 1 && s.Replaced > 0 {
		was = "They were when events that are in force now were sent: without"
		if s.Replaced == 1 {
			was = "It was when events that are in force now were sent: without"
		}
	}
	return fmt.Sprintf("%s. %s %s %s could not be checked against what %s.",
		strings.Join(parts, "; "), was, them, wording.Count(s.Unchecked, "state event"), name)
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
		if now := inForce.at(c.place()); now != nil && now.id() != c.id() {
			return now.id()
		}
		return ""
	}
	var sets ReplySets
	next := map[int32]int32{} // by an event, one at the same place that names it, and so came after it
	for i := range v.claims {
		c := &v.claims[i]
		needsChain := false
		for _, at := range c.named {
			named[at]++
			if by[at] < 0 || v.tells(c, at) > v.tells(&v.claims[by[at]], at) {
				by[at] = int32(i)
			}
			needsChain = needsChain || v.claims[at].state < 0
			if samePlace(c.read.Event, v.claims[at].read.Event) {
				next[at] = int32(i)
			}
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
		e := SetEvent{ID: c.id(), Event: c.read.Event, Pointer: c.read.Pointer(), Named: named[i]}
		switch {
		case by[i] >= 0:
			e.By = v.claims[by[i]].id()
		case named[i] > 0:
			e.By, e.ours = v.join.id, true
		}
		e.ReplacedBy = replacement(c)
		if after, ok := next[int32(i)]; ok && e.ReplacedBy == "" && c.state < 0 {
			e.ReplacedBy = v.claims[after].id()
		}
		switch {
		case c.state >= 0 && c.chain >= 0:
			e.Place = InBoth
		case c.state >= 0:
			e.Place = InStateOnly
		default:
			e.Place = InChainOnly
		}
		if c.read.Event != nil {
			kind := c.read.Event.Type()
			e.implied = v.version.RoomIDIsCreate && kind == TypeCreate
			e.padding = e.Place == InChainOnly && !c.reached
			e.omitted = v.in.Reply.MembersOmitted && kind == typeMember
		}
		sets.count(e)
		sets.Events = append(sets.Events, e)
	}
	return sets
}

// count adds an event to the numbers.
func (s *ReplySets) count(e SetEvent) {
	switch {
	case e.Place == InBoth:
	case e.Place == InStateOnly && e.Named > 0:
		s.StateNamed++
	case e.Place == InStateOnly:
		s.StateFree++
	case e.padding:
		s.Padding++
	case e.ReplacedBy != "":
		s.Replaced++
	case e.omitted:
		s.Omitted++
	default:
		s.Absent++
	}
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

package verify

import (
	"cmp"
	"slices"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// stateBefore returns that state, whatever the checks say of its events. It is asked for once copies are told apart.
func (v *verifier) stateBefore() *stateBefore {
	s := v.before
	if s == nil {
		s = &stateBefore{}
	}
	s.once.Do(func() {
		s.v = v
		for i := range v.claims {
			if c := &v.claims[i]; c.state < 0 || c.read.Event == nil {
				continue
			}
			// of copies the one that counts
			if at := v.meantAt(int32(i)); v.claims[at].isState() {
				s.order = append(s.order, at)
			}
		}
		v.sortByPlace(s.order)
	})
	return s
}

// sortByPlace sorts claims that have a place by it; those at one place stay in their order.
func (v *verifier) sortByPlace(claims []int32) {
	slices.SortStableFunc(claims, func(a, b int32) int {
		return comparePlaces(v.claims[a].place(), v.claims[b].place())
	})
}

// at returns the claim at a place; nil when there is none.
func (s *stateBefore) at(t auth.Tuple) *claim {
	i, found := slices.BinarySearchFunc(s.order, t, func(at int32, t auth.Tuple) int {
		return comparePlaces(s.v.claims[at].place(), t)
	})
	if !found {
		return nil
	}
	return &s.v.claims[s.order[i]]
}

// usableState is a state without what a homeserver drops or rejects. It is asked for once the events are judged.
type usableState struct{ *stateBefore }

// At returns the event at t, nil when there is none.
func (s usableState) At(t auth.Tuple) *event.Event {
	if c := s.at(t); c != nil && c.usable() {
		return c.use
	}
	return nil
}

func (v *verifier) usableState() auth.State { return usableState{v.stateBefore()} }

// joinState is the usable state before our join, as far as the answer tells it.
type joinState struct {
	usableState
	named []string // events that stand for members who were left out
}

// joinState is that state. Where members are left out, those count whose memberships our join names: Synapse resolves
// the state that it was given with the events the join names before it judges the join, for the same reason.
func (v *verifier) joinState(before *stateBefore) joinState {
	s := joinState{usableState: usableState{before}}
	if v.in.Reply.MembersOmitted {
		s.named = v.join.used.AuthEvents()
	}
	return s
}

// at returns the claim at a place; nil when there is none.
func (s joinState) at(t auth.Tuple) *claim {
	if c := s.stateBefore.at(t); c != nil || t.Type != typeMember {
		return c
	}
	return s.v.claimAt(s.named, t)
}

// At returns the event at t, nil when there is none.
func (s joinState) At(t auth.Tuple) *event.Event {
	if c := s.at(t); c != nil && c.usable() {
		return c.use
	}
	return nil
}

// claimAt returns the claim among those with the IDs named whose event is at t; nil when none is.
func (v *verifier) claimAt(named []string, t auth.Tuple) *claim {
	for _, id := range named {
		if at, ok := v.byID[id]; ok && v.claims[at].isState() && v.claims[at].place() == t {
			return &v.claims[at]
		}
	}
	return nil
}

// usable reports whether homeservers neither drop nor reject an event.
func (c *claim) usable() bool { return c.dropped == notDropped && c.verdict != Fail }

// isState reports whether the event of the claim, which can be read, has a place in the state of the room.
func (c *claim) isState() bool {
	_, ok := c.read.Event.StateKey()
	return ok
}

// placed reports whether the claim is in state and has a place there.
func (c *claim) placed() bool { return c.state >= 0 && c.read.Event != nil && c.isState() }

// place is where in the state of the room the event of the claim, which can be read, is.
func (c *claim) place() auth.Tuple {
	key, _ := c.read.Event.StateKey()
	return auth.Tuple{Type: c.read.Event.Type(), StateKey: key}
}

func comparePlaces(a, b auth.Tuple) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.StateKey, b.StateKey))
}

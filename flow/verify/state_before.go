package verify

import (
	"cmp"
	"iter"
	"slices"
	"sync"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A stateBefore is the state before our join as the answer gives it: of two events at one place the first.
type stateBefore struct {
	once  sync.Once
	v     *verifier
	order []int32 // the claims in it, by place, those at one place as in the answer
}

// stateBefore returns that state, whatever the checks say of its events. It is asked for once copies are told apart.
func (v *verifier) stateBefore() *stateBefore {
	s := v.before
	if s == nil {
		s = &stateBefore{}
	}
	s.once.Do(func() {
		s.v = v
		for at := range v.placed() {
			s.order = append(s.order, at)
		}
		slices.SortStableFunc(s.order, func(a, b int32) int {
			return comparePlaces(v.claims[a].place(), v.claims[b].place())
		})
	})
	return s
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

// placed goes through the claims in state that have a place, in the order of the answer; of copies the one that counts.
func (v *verifier) placed() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := range v.claims {
			c := &v.claims[i]
			if c.state < 0 || c.read.Event == nil {
				continue
			}
			at := v.meantAt(int32(i))
			if _, ok := v.claims[at].read.Event.StateKey(); ok && !yield(at) {
				return
			}
		}
	}
}

// usable reports whether homeservers neither drop nor reject an event.
func (c *claim) usable() bool { return c.dropped == notDropped && c.verdict != Fail }

// place is where in the state of the room the event of the claim, which can be read, is.
func (c *claim) place() auth.Tuple {
	key, _ := c.read.Event.StateKey()
	return auth.Tuple{Type: c.read.Event.Type(), StateKey: key}
}

func comparePlaces(a, b auth.Tuple) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.StateKey, b.StateKey))
}

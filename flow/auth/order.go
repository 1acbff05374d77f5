package auth

import (
	"slices"

	"doorstep/flow/event"
)

// A Knot is events that name one another in a circle through their auth_events, or one event that names itself. No
// server can have accepted any of them, as each would have to be accepted before another. It can happen in room
// versions 1 and 2, whose event IDs are chosen and no hashes. What builds on such an event is judged right when
// Context.Rejected reports it.
type Knot struct {
	Events []*event.Event // all events that can be reached from each other, in the order given
	Circle []*event.Event // one way round: each names the next among its auth_events, the last names the first
}

// Sort puts the events of an answer, state and auth chain together, in an order in which each comes after those of
// its auth_events that are among them. Events that are part of a circle have no such order; they are in knots
// instead, and an event that merely builds on them is in ordered. Every event is in one of the two once, nil ones
// left out; where two events have one ID, the first is meant by it. The order depends on nothing but that of events.
// Takes time in proportion to the number of events and auth_events.
func Sort(events []*event.Event) (ordered []*event.Event, knots []Knot) {
	list := make([]*event.Event, 0, len(events))
	place := make(map[string]int32, len(events))
	for _, e := range events {
		if e == nil {
			continue
		}
		if _, taken := place[e.ID()]; !taken {
			place[e.ID()] = int32(len(list))
		}
		list = append(list, e)
	}
	named := make([][]int32, len(list))
	for i, e := range list {
		for _, id := range e.AuthEvents() {
			if to, ok := place[id]; ok {
				named[i] = append(named[i], to)
			}
		}
	}
	at := func(places []int32) []*event.Event {
		out := make([]*event.Event, len(places))
		for i, p := range places {
			out[i] = list[p]
		}
		return out
	}
	order, tangles := Arrange(len(list), func(i int32) []int32 { return named[i] })
	for _, t := range tangles {
		knots = append(knots, Knot{Events: at(t.Places), Circle: at(t.Circle)})
	}
	return at(order), knots
}

// A Tangle is a Knot by the places of its events.
type Tangle struct{ Places, Circle []int32 }

// Arrange is Sort for n events that are known by their places, from 0, and for which named gives the places of their
// auth_events.
func Arrange(n int, named func(place int32) []int32) (ordered []int32, tangles []Tangle) {
	g := &graph{n, named}
	ordered = make([]int32, 0, n)
	g.components(func(members []int32) {
		if len(members) == 1 && !slices.Contains(named(members[0]), members[0]) {
			ordered = append(ordered, members[0])
			return
		}
		tangles = append(tangles, g.tangle(members))
	})
	return ordered, tangles
}

// A graph is events by their places and, for each, the places of its auth_events.
type graph struct {
	n     int
	named func(place int32) []int32
}

// components finds the strongly connected components and hands each to found after those it points to (Tarjan's
// algorithm, with a stack of its own: a chain of events is as deep as its sender likes).
func (g *graph) components(found func(members []int32)) {
	const none = -1
	var (
		n     = g.n
		index = make([]int32, n) // order of discovery, none before
		low   = make([]int32, n) // smallest index reachable within the stack
		next  = make([]int32, n) // next edge to follow
		open  = make([]bool, n)  // on the stack of events without component
		stack []int32
		path  []int32 // from the root of the search to the event at hand
		count int32
	)
	for i := range index {
		index[i] = none
	}
	enter := func(v int32) {
		index[v], low[v] = count, count
		count++
		stack, path = append(stack, v), append(path, v)
		open[v] = true
	}
	for root := range int32(n) {
		if index[root] != none {
			continue
		}
		for enter(root); len(path) > 0; {
			v := path[len(path)-1]
			if named := g.named(v); int(next[v]) < len(named) {
				w := named[next[v]]
				next[v]++
				if index[w] == none {
					enter(w)
				} else if open[w] {
					low[v] = min(low[v], index[w])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				up := path[len(path)-1]
				low[up] = min(low[up], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			bottom := len(stack) - 1
			for stack[bottom] != v {
				bottom--
			}
			for _, w := range stack[bottom:] {
				open[w] = false
			}
			found(stack[bottom:])
			stack = stack[:bottom]
		}
	}
}

// tangle finds one way round the events of a component.
func (g *graph) tangle(members []int32) Tangle {
	within := make(map[int32]int, len(members)) // to the step of the walk it was reached at, from 1; 0: not reached
	for _, m := range members {
		within[m] = 0
	}
	var walk []int32
	for at := members[0]; within[at] == 0; {
		walk = append(walk, at)
		within[at] = len(walk)
		for _, to := range g.named(at) {
			if step, ok := within[to]; ok {
				at = to
				if step > 0 {
					walk = walk[step-1:]
				}
				break
			}
		}
	}
	return Tangle{Places: slices.Sorted(slices.Values(members)), Circle: walk}
}

package verify

import (
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// An AuthNode is one event in a graph of what rests on what.
type AuthNode struct {
	ID      string
	Event   *event.Event // nil: it is not in the answer, or cannot be read
	Missing bool         // it is named, and not in the answer
	InState bool
	InChain bool
	Outcome CheckOutcome // the worst of all checks on it
	Rank    int          // how far below the root it belongs: one more than the lowest of those that name it
}

// An AuthEdge says that one node names another among its auth_events. Nodes are told by their places.
type AuthEdge struct {
	From, To int
	Implied  bool // From names nothing: it rests on the create event because the room ID stands for it (version 12)
}

// An AuthGraph is an event and all it rests on.
type AuthGraph struct {
	Nodes []AuthNode // the event itself first, then nearest first
	Edges []AuthEdge // in the order of the nodes, and of their auth_events
	More  int        // how many events were left out, for being too many
}

// Ancestry returns the graph of what an event of the answer, or our join, rests on: at most limit nodes of it. No nodes
// when there is no such event. It ends in spite of circles.
func (v *Verification) Ancestry(id string, limit int) AuthGraph {
	if v.verifier == nil || v.verifier.byID == nil || limit < 1 {
		return AuthGraph{}
	}
	g := v.verifier.ancestry(id, limit)
	for i := range g.Nodes {
		g.Nodes[i].Outcome = v.OutcomeOf(g.Nodes[i].ID)
	}
	return g
}

// Node is an event of the answer, or our join, as a graph has it.
func (v *Verification) Node(id string) AuthNode {
	if v.verifier == nil {
		return AuthNode{ID: id, Missing: true}
	}
	n := v.verifier.node(id)
	n.Outcome = v.OutcomeOf(id)
	return n
}

func (v *verifier) ancestry(id string, limit int) AuthGraph {
	var g AuthGraph
	place := map[string]int{}
	add := func(id string, rank int) (at int, ok bool) {
		if at, ok = place[id]; ok {
			return at, true
		}
		if len(g.Nodes) == limit {
			place[id] = -1
			g.More++
			return -1, false
		}
		at = len(g.Nodes)
		place[id] = at
		g.Nodes = append(g.Nodes, v.node(id))
		g.Nodes[at].Rank = rank
		return at, true
	}
	if v.event(id) == nil {
		return AuthGraph{}
	}
	add(id, 0)
	for from := 0; from < len(g.Nodes); from++ {
		e := g.Nodes[from].Event
		if e == nil {
			continue
		}
		named := e.AuthEvents()
		implied := len(named) == 0 && v.version.RoomIDIsCreate && e.Type() != TypeCreate && v.create != nil
		if implied {
			named = []string{v.create.ID()}
		}
		for _, to := range named {
			if at, ok := add(to, g.Nodes[from].Rank+1); ok && at >= 0 {
				g.Edges = append(g.Edges, AuthEdge{From: from, To: at, Implied: implied})
			}
		}
	}
	g.rank()
	return g
}

// rank puts every node below all that name it. Nodes in a circle stay where they are.
func (g *AuthGraph) rank() {
	events := make([]*event.Event, 0, len(g.Nodes))
	place := map[*event.Event]int{}
	for i, n := range g.Nodes {
		if n.Event != nil {
			events = append(events, n.Event)
			place[n.Event] = i
		}
	}
	below := make([][]int, len(g.Nodes))
	for _, e := range g.Edges {
		below[e.From] = append(below[e.From], e.To)
	}
	ordered, _ := auth.Sort(events)
	for i := len(ordered) - 1; i >= 0; i-- {
		from := place[ordered[i]]
		for _, to := range below[from] {
			if to != from {
				g.Nodes[to].Rank = max(g.Nodes[to].Rank, g.Nodes[from].Rank+1)
			}
		}
	}
}

// node describes the event with that ID, or that it is missing.
func (v *verifier) node(id string) AuthNode {
	n := AuthNode{ID: id, Event: v.event(id)}
	at, inAnswer := v.byID[id]
	if inAnswer {
		first := v.first(&v.claims[at])
		n.InState, n.InChain = first.state >= 0, first.chain >= 0
	}
	n.Missing = !inAnswer && n.Event == nil
	return n
}

// event returns the event of the answer with that ID, or our join; nil when there is none that can be read.
func (v *verifier) event(id string) *event.Event {
	if at, ok := v.byID[id]; ok {
		return v.claims[at].read.Event
	}
	if id != v.join.id {
		return nil
	}
	return v.join.readable()
}

// readable is the copy of our join that counts, or where none does one that can be read; nil: there is none.
func (j *joinEvent) readable() *event.Event {
	for _, e := range []*event.Event{j.used, j.own, j.returned} {
		if e != nil {
			return e
		}
	}
	return nil
}

// NamedBy returns the IDs of the events that name the one with that ID among their auth_events, those of state first,
// our join last: at most limit of them, and how many there are.
func (v *Verification) NamedBy(id string, limit int) (ids []string, total int) {
	if v.verifier == nil {
		return nil, 0
	}
	take := func(by string) {
		if total++; len(ids) < limit {
			ids = append(ids, by)
		}
	}
	at, ok := v.verifier.byID[id]
	if !ok {
		return nil, 0
	}
	for i := range v.verifier.claims {
		c := &v.verifier.claims[i]
		for _, named := range c.named {
			if c.copyOf < 0 && v.verifier.claims[named].id() == v.verifier.claims[at].id() {
				take(c.id())
				break
			}
		}
	}
	if join := v.verifier.join.readable(); join != nil {
		for _, named := range join.AuthEvents() {
			if named == id {
				take(v.verifier.join.id)
				break
			}
		}
	}
	return ids, total
}

package pane

import (
	"fmt"
	"strings"

	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// graphEvents is how many events of a graph are drawn.
const graphEvents = 500

// draftGraph makes p the graph of what an event rests on.
func (ev *Events) draftGraph(p *EventPage) {
	v := ev.Found
	p.Graph = v.Ancestry(p.id, graphEvents)
	nodes := make(render.Graph, len(p.Graph.Nodes))
	missing := 0
	for i, n := range p.Graph.Nodes {
		nodes[i] = ev.GraphNode(n)
		if n.Missing {
			missing++
		}
	}
	implied := 0
	for _, e := range p.Graph.Edges {
		nodes[e.From].Parents = append(nodes[e.From].Parents, e.To)
		if e.Implied {
			implied++
		}
	}
	resting := 0
	if len(nodes) > 0 {
		nodes, resting = ev.addDependants(p, nodes)
	}
	p.tree = nodes.Tree()
	b := ev.Prose()
	words := "What it rests on, by auth_events: " + wording.Count(max(len(p.Graph.Nodes)-1, 0), "event")
	if p.Graph.More > 0 {
		words += fmt.Sprintf(", the nearest; %d more are left out", p.Graph.More)
	}
	if missing > 0 {
		words += fmt.Sprintf("; %d not in the answer", missing)
	}
	b.Put(b.Title, words+"; "+restingWords(resting))
	if implied > 0 {
		b.Remark("In this version no event names the create event: the room ID stands for it.")
	}
	if len(nodes) > 0 && ev.Found.Unread() != "" {
		b.Remark("What it names is not shown: nothing of the answer was read.")
	}
	if len(nodes) > 0 {
		b.Remark(ev.Phrases.Press(keymap.ActOpen) +
			" goes on from the event under the cursor; on the first row it opens the event.")
	} else {
		b.Remark("It is not in the answer, or cannot be read.")
	}
	p.head = &b.Prose
	p.notes = ev.graphNote
}

// graphNote says why an event of a graph is in the lists it is in.
func (ev *Events) graphNote(id string) string {
	if set, ok := ev.find(id); ok {
		return id + ": " + set.Why()
	}
	if ev.IsOurs(id) {
		return id + ": our join"
	}
	return id + ": not in the answer"
}

// dependants is how many of the events that rest on one are drawn.
const dependants = 100

// addDependants adds the events that name the one p is about, below what it rests on, and returns how many there are.
func (ev *Events) addDependants(p *EventPage, nodes render.Graph) (render.Graph, int) {
	v := ev.Found
	ids, total := v.NamedBy(p.id, dependants)
	if total == 0 {
		return nodes, 0
	}
	title := render.Node{ID: "what rests on it", Label: render.Untrusted(wording.Count(total, "event"))}
	if total > len(ids) {
		title.Label = render.Untrusted(fmt.Sprintf("%d of %d events", len(ids), total))
	}
	at := len(nodes)
	p.onIt = append(p.onIt, "")
	nodes = append(nodes, title)
	for _, id := range ids {
		nodes[at].Parents = append(nodes[at].Parents, len(nodes))
		nodes = append(nodes, ev.GraphNode(v.Node(id)))
		p.onIt = append(p.onIt, id)
	}
	return nodes, total
}

// restingWords says how many events rest on one.
func restingWords(n int) string {
	switch n {
	case 0:
		return "nothing in the answer rests on it"
	case 1:
		return "1 event rests on it"
	}
	return fmt.Sprintf("%d events rest on it", n)
}

// GraphNode is an event of the graph as it is drawn.
func (ev *Events) GraphNode(n verify.AuthNode) render.Node {
	out := render.Node{ID: render.Untrusted(n.ID), Status: story.CheckStatus(n.Outcome)}
	if n.Missing {
		out.Status = render.Fail
	}
	var places []string
	if n.Event != nil {
		out.ID = render.Untrusted(story.EventWords(n.Event))
		places = append(places, ev.ShortID(n.ID))
	}
	for _, p := range []struct {
		is   bool
		says string
	}{{n.InState, "state"}, {n.InChain, "auth_chain"}, {n.Missing, "not in the answer"}, {ev.IsOurs(n.ID), "our join"}} {
		if p.is {
			places = append(places, p.says)
		}
	}
	out.Label = render.Untrusted(strings.Join(places, " "))
	return out
}

// The heights of a graph: a head where there is room, the tree, a line or two on the event under the cursor.
func (p *EventPage) headHeight() int {
	if p.height < 6 {
		return 0
	}
	return min(len(p.head.Lines), p.height/3)
}

func (p *EventPage) noteHeight() int { return Between(p.height/4, 0, 3) }

func (p *EventPage) treeHeight() int { return max(p.height-p.headHeight()-p.noteHeight(), 0) }

func (p *EventPage) drawGraph(l theme.Look, width, height int) []string {
	out := p.head.Draw(width, p.headHeight(), 0)
	t := p.tree
	t.Cursor, t.Top = p.cursor, p.top
	out = append(out, t.Draw(l.Styles, l.Glyphs, width, p.treeHeight())...)
	id, _ := p.current()
	b := &story.Builder{Look: l}
	b.Put(b.Dim, p.notes(id))
	b.LayOut(width)
	return theme.Box(append(out, b.Draw(width, p.noteHeight(), 0)...), width, height)
}

package pane

import (
	"fmt"
	"strings"

	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A PageKind says what a page over the list of events shows.
type PageKind int

// The pages.
const (
	WholePage PageKind = iota // the event: its place, its checks, its JSON, its work
	WorkPage                  // the work alone
	GraphPage                 // what it rests on, and what rests on it
)

// An EventPage is one event looked into. The text of a page is in parts, one below the other: prose and the JSON.
type EventPage struct {
	Kind      PageKind
	id, where string
	Parts     []pagePart
	Graph     verify.AuthGraph
	onIt      []string // IDs of events that rest on it, behind those of Graph in the tree; empty: a title
	tree      render.Tree
	head      *story.Prose // above the tree
	notes     func(id string) string

	cursor, top, left int // the cursor is that of the tree
	width, height     int
}

// A pagePart is prose or a document.
type pagePart struct {
	Text *story.Prose
	doc  *render.Document
}

func (p pagePart) lines() int {
	if p.doc != nil {
		return p.doc.Lines()
	}
	return len(p.Text.Lines)
}

// NewPage makes a page about an event, at a place where that is one copy of several.
func (ev *Events) NewPage(kind PageKind, id, where string) *EventPage {
	p := &EventPage{Kind: kind, id: id, where: where}
	switch kind {
	case GraphPage:
		ev.draftGraph(p)
	case WorkPage:
		p.Parts = []pagePart{{Text: ev.workText(id, where)}}
	default:
		p.Parts = []pagePart{{Text: ev.placeText(id)}}
		if w, ok := ev.Work(id, where); ok {
			p.Parts = append(p.Parts, pagePart{doc: render.NewDocument(w.Event.Raw(), nil)},
				pagePart{Text: ev.workText(id, where)})
		}
	}
	return p
}

// placeText says what an event is, where in the answer it is and why, and what every check on it found.
func (ev *Events) placeText(id string) *story.Prose {
	b, v := ev.Prose(), ev.Found
	set, inAnswer := ev.find(id)
	switch {
	case inAnswer && set.Event != nil:
		b.Section(story.EventWords(set.Event))
	case inAnswer:
		b.Section("What is at " + set.Pointer)
	case ev.IsOurs(id):
		b.Section("Our join")
	default:
		b.Section("Not in the answer")
	}
	b.Field("event", id)
	if inAnswer {
		b.Field("in", set.Place.String()+"  "+set.Pointer)
		b.Field("why", set.Why())
		if set.Event == nil {
			b.Put(b.Fail, b.Glyphs.Fail+" it cannot be read")
		}
	}
	const shown = 5
	by, total := v.NamedBy(id, shown)
	b.Field("named by", wording.Count(total, "event")+" among their auth_events")
	for _, one := range by {
		b.Put(b.Dim, "    "+ev.named(one))
	}
	if total > len(by) {
		b.Put(b.Dim, fmt.Sprintf("    and %d more", total-len(by)))
	}
	checks := v.Of(id)
	if ev.Verified() {
		b.Section("Its checks: " + story.TallyWords(story.TallyOf(checks)))
	} else {
		b.Section("Its checks: not made yet")
	}
	for _, c := range checks {
		c.Subject = "" // all of them are about the event
		ev.Check(b, c)
	}
	if ev.Keyless {
		b.Section("The event, pretty-printed")
	} else {
		b.Remark("s shows the work alone, a what it rests on, 7 the rules tried on it, y v copies it as it came. " +
			"Esc goes back.")
		b.Section("The event, pretty-printed")
	}
	return &b.Prose
}

// named gives an event of the answer its type.
func (ev *Events) named(id string) string {
	if n := ev.Found.Node(id); n.Event != nil {
		return n.Event.Type() + " " + id
	}
	return id
}

// workText is all the arithmetic on one copy of an event.
func (ev *Events) workText(id, where string) *story.Prose {
	b := ev.Prose()
	b.Blank()
	ev.WorkOn(b, id, where)
	return &b.Prose
}

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
		b.Remark("Enter goes on from the event under the cursor; on the first row it opens the event.")
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

// current is the event the page is about; in a graph the one under the cursor.
func (p *EventPage) current() (id, where string) {
	if p.Kind == GraphPage && p.cursor < len(p.tree.Rows) {
		if id := p.nodeID(p.tree.Rows[p.cursor].Node); id != "" && id != p.id {
			return id, ""
		}
	}
	return p.id, p.where
}

// nodeID is the event that a node of the tree stands for; empty: none.
func (p *EventPage) nodeID(node int) string {
	if node < len(p.Graph.Nodes) {
		return p.Graph.Nodes[node].ID
	}
	return p.onIt[node-len(p.Graph.Nodes)]
}

func (p *EventPage) layOut(l theme.Look, width, height int) {
	p.width, p.height = width, height
	if p.head != nil {
		p.head.LayOut(width)
	}
	for _, part := range p.Parts {
		if part.doc != nil {
			// tells it the width, on which its lines depend
			part.doc.View(l.Styles, l.Glyphs, width, 1, 0, -1, render.ViewOptions{})
			continue
		}
		part.Text.LayOut(width)
	}
	p.settle()
}

func (p *EventPage) lines() int {
	n := 0
	for _, part := range p.Parts {
		n += part.lines()
	}
	return n
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

func (p *EventPage) settle() {
	if p.Kind == GraphPage {
		p.cursor = Between(p.cursor, 0, max(len(p.tree.Rows)-1, 0))
		p.top = max(min(p.top, p.cursor), p.cursor-max(p.treeHeight(), 1)+1, 0)
		return
	}
	p.top = Between(p.top, 0, max(p.lines()-p.height, 0))
}

func (p *EventPage) move(n int) {
	if p.Kind == GraphPage {
		p.cursor += n
	} else {
		p.top += n
	}
	p.settle()
}

func (p *EventPage) end(last bool) {
	p.cursor, p.top = 0, 0
	if last {
		p.cursor, p.top = len(p.tree.Rows), p.lines()
	}
	p.settle()
}

func (p *EventPage) click(y int) {
	if p.Kind != GraphPage {
		return
	}
	if at := p.top + y - p.headHeight(); y >= p.headHeight() && y < p.headHeight()+p.treeHeight() &&
		at < len(p.tree.Rows) {
		p.cursor = at
		p.settle()
	}
}

// draw returns p as exactly height lines of width cells.
func (p *EventPage) draw(l theme.Look, width, height int) []string {
	if p.Kind == GraphPage {
		return p.drawGraph(l, width, height)
	}
	var out []string
	skip := p.top
	for _, part := range p.Parts {
		n := part.lines()
		if skip >= n {
			skip -= n
			continue
		}
		room := min(n-skip, height-len(out))
		if room <= 0 {
			break
		}
		if part.doc != nil {
			out = append(out, part.doc.View(l.Styles, l.Glyphs, width, room, skip, -1, render.ViewOptions{Left: p.left})...)
		} else {
			out = append(out, part.Text.Draw(width, room, skip)...)
		}
		skip = 0
	}
	return theme.Box(out, width, height)
}

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

// Plain returns all lines of a page that is no graph, width cells wide.
func (p *EventPage) Plain(l theme.Look, width int) []string {
	p.layOut(l, width, 1)
	var out []string
	for _, part := range p.Parts {
		if part.doc != nil {
			out = append(out, part.doc.View(l.Styles, l.Glyphs, width, part.lines(), 0, -1, render.ViewOptions{})...)
		} else {
			out = append(out, part.Text.Lines...)
		}
	}
	return out
}

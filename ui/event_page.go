package ui

import (
	"fmt"
	"strings"

	"doorstep/flow/verify"
	"doorstep/render"
)

// A pageKind says what a page over the list of events shows.
type pageKind int

// The pages.
const (
	wholePage pageKind = iota // the event: its place, its checks, its JSON, its work
	workPage                  // the work alone
	graphPage                 // what it rests on
)

// An eventPage is one event looked into. The text of a page is in parts, one below the other: prose and the JSON.
type eventPage struct {
	kind      pageKind
	id, where string
	parts     []pagePart
	graph     verify.AuthGraph
	tree      render.Tree
	head      *prose // above the tree
	notes     func(id string) string

	cursor, top, left int // the cursor is that of the tree
	width, height     int
}

// A pagePart is prose or a document.
type pagePart struct {
	text *prose
	doc  *render.Document
}

func (p pagePart) lines() int {
	if p.doc != nil {
		return p.doc.Lines()
	}
	return len(p.text.lines)
}

func (ev *events) newPage(kind pageKind, id, where string) *eventPage {
	p := &eventPage{kind: kind, id: id, where: where}
	switch kind {
	case graphPage:
		ev.draftGraph(p)
	case workPage:
		p.parts = []pagePart{{text: ev.workText(id, where)}}
	default:
		p.parts = []pagePart{{text: ev.placeText(id)}}
		if w, ok := ev.work(id, where); ok {
			p.parts = append(p.parts, pagePart{doc: render.NewDocument(w.Event.Raw())}, pagePart{text: ev.workText(id, where)})
		}
	}
	return p
}

// placeText says what an event is, where in the answer it is and why, and what every check on it found.
func (ev *events) placeText(id string) *prose {
	b, v := ev.prose(), ev.state.Verification
	b.note("Esc goes back. s shows the work alone, a what the event rests on, 7 the rules tried on it.")
	set, inAnswer := ev.find(id)
	switch {
	case inAnswer && set.Event != nil:
		b.title(eventWords(set.Event))
	case inAnswer:
		b.title("What is at " + set.Pointer)
	case ev.isOurs(id):
		b.title("Our join")
	default:
		b.title("Not in the answer")
	}
	b.field("event", id)
	if inAnswer {
		b.field("in", set.Place.String()+"  "+set.Pointer)
		b.field("why", set.Why())
		if set.Event == nil {
			b.text(b.Fail, b.g.Fail+" it cannot be read")
		}
	}
	const shown = 5
	by, total := v.NamedBy(id, shown)
	b.field("named by", count(total, "event")+" among their auth_events")
	for _, one := range by {
		b.text(b.Dim, "    "+ev.origin(one))
	}
	if total > len(by) {
		b.text(b.Dim, fmt.Sprintf("    and %d more", total-len(by)))
	}
	checks := v.Of(id)
	b.title("Its checks: " + tallyWords(tallyOf(checks)))
	for _, c := range checks {
		c.Subject = "" // all of them are about the event
		ev.check(b, c)
	}
	b.title("The event, pretty-printed: y v copies it as it came")
	return &b.prose
}

// workText is all the arithmetic on one copy of an event.
func (ev *events) workText(id, where string) *prose {
	b := ev.prose()
	b.blank()
	ev.workOn(b, id, where)
	return &b.prose
}

// graphEvents is how many events of a graph are drawn.
const graphEvents = 500

// draftGraph makes p the graph of what an event rests on.
func (ev *events) draftGraph(p *eventPage) {
	v := ev.state.Verification
	p.graph = v.Ancestry(p.id, graphEvents)
	nodes := make(render.Graph, len(p.graph.Nodes))
	missing := 0
	for i, n := range p.graph.Nodes {
		nodes[i] = ev.graphNode(n)
		if n.Missing {
			missing++
		}
	}
	implied := 0
	for _, e := range p.graph.Edges {
		nodes[e.From].Parents = append(nodes[e.From].Parents, e.To)
		if e.Implied {
			implied++
		}
	}
	p.tree = nodes.Tree()
	b := ev.prose()
	words := "What it rests on, by auth_events: " + count(max(len(nodes)-1, 0), "event")
	if p.graph.More > 0 {
		words += fmt.Sprintf(", the nearest; %d more are left out", p.graph.More)
	}
	if missing > 0 {
		words += fmt.Sprintf("; %d not in the answer", missing)
	}
	b.text(b.Title, words)
	if implied > 0 {
		b.note("In this version no event names the create event: the room ID stands for it.")
	}
	if len(nodes) > 0 && ev.state.Verification.Unread() != "" {
		b.note("What it names is not shown: nothing of the answer was read.")
	}
	if len(nodes) > 0 {
		b.note("Enter goes on from the event under the cursor; on the first row it opens the event.")
	} else {
		b.note("It is not in the answer, or cannot be read.")
	}
	p.head = &b.prose
	p.notes = func(id string) string {
		if set, ok := ev.find(id); ok {
			return id + ": " + set.Why()
		}
		if ev.isOurs(id) {
			return id + ": our join"
		}
		return id + ": not in the answer"
	}
}

func (ev *events) graphNode(n verify.AuthNode) render.Node {
	out := render.Node{ID: render.Untrusted(n.ID), Status: checkStatus(n.Outcome)}
	if n.Missing {
		out.Status = render.Fail
	}
	var places []string
	if n.Event != nil {
		out.ID = render.Untrusted(eventWords(n.Event))
		places = append(places, ev.shortID(n.ID))
	}
	for _, p := range []struct {
		is   bool
		says string
	}{{n.InState, "state"}, {n.InChain, "auth_chain"}, {n.Missing, "not in the answer"}, {ev.isOurs(n.ID), "our join"}} {
		if p.is {
			places = append(places, p.says)
		}
	}
	out.Label = render.Untrusted(strings.Join(places, " "))
	return out
}

// current is the event the page is about; in a graph the one under the cursor.
func (p *eventPage) current() (id, where string) {
	if p.kind == graphPage && p.cursor < len(p.tree.Rows) {
		if id := p.graph.Nodes[p.tree.Rows[p.cursor].Node].ID; id != p.id {
			return id, ""
		}
	}
	return p.id, p.where
}

func (p *eventPage) layOut(l look, width, height int) {
	p.width, p.height = width, height
	if p.head != nil {
		p.head.layOut(width)
	}
	for _, part := range p.parts {
		if part.doc != nil {
			part.doc.View(l.Styles, l.g, width, 1, 0, -1, render.ViewOptions{}) // tells it the width, on which its lines depend
			continue
		}
		part.text.layOut(width)
	}
	p.settle()
}

func (p *eventPage) lines() int {
	n := 0
	for _, part := range p.parts {
		n += part.lines()
	}
	return n
}

// The heights of a graph: a head where there is room, the tree, a line or two on the event under the cursor.
func (p *eventPage) headHeight() int {
	if p.height < 6 {
		return 0
	}
	return min(len(p.head.lines), p.height/3)
}

func (p *eventPage) noteHeight() int { return between(p.height/4, 0, 3) }

func (p *eventPage) treeHeight() int { return max(p.height-p.headHeight()-p.noteHeight(), 0) }

func (p *eventPage) settle() {
	if p.kind == graphPage {
		p.cursor = between(p.cursor, 0, max(len(p.tree.Rows)-1, 0))
		p.top = max(min(p.top, p.cursor), p.cursor-max(p.treeHeight(), 1)+1, 0)
		return
	}
	p.top = between(p.top, 0, max(p.lines()-p.height, 0))
}

func (p *eventPage) move(n int) {
	if p.kind == graphPage {
		p.cursor += n
	} else {
		p.top += n
	}
	p.settle()
}

func (p *eventPage) end(last bool) {
	p.cursor, p.top = 0, 0
	if last {
		p.cursor, p.top = len(p.tree.Rows), p.lines()
	}
	p.settle()
}

func (p *eventPage) click(y int) {
	if p.kind != graphPage {
		return
	}
	if at := p.top + y - p.headHeight(); y >= p.headHeight() && y < p.headHeight()+p.treeHeight() && at < len(p.tree.Rows) {
		p.cursor = at
		p.settle()
	}
}

// draw returns p as exactly height lines of width cells.
func (p *eventPage) draw(l look, width, height int) []string {
	if p.kind == graphPage {
		return p.drawGraph(l, width, height)
	}
	var out []string
	skip := p.top
	for _, part := range p.parts {
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
			out = append(out, part.doc.View(l.Styles, l.g, width, room, skip, -1, render.ViewOptions{Left: p.left})...)
		} else {
			out = append(out, part.text.draw(width, room, skip)...)
		}
		skip = 0
	}
	return box(out, width, height)
}

func (p *eventPage) drawGraph(l look, width, height int) []string {
	out := p.head.draw(width, p.headHeight(), 0)
	t := p.tree
	t.Cursor, t.Top = p.cursor, p.top
	out = append(out, t.Draw(l.Styles, l.g, width, p.treeHeight())...)
	id, _ := p.current()
	b := &proseBuilder{look: l}
	b.text(b.Dim, p.notes(id))
	b.layOut(width)
	return box(append(out, b.draw(width, p.noteHeight(), 0)...), width, height)
}

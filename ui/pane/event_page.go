package pane

import (
	"fmt"

	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

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
	b.About(story.OfType(ev.typeOf(id, "")))
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
	b.Point(story.OfTerm("event ID"))
	if inAnswer {
		b.Field("in", set.Place.String()+"  "+set.Pointer)
		b.Point(story.OfTerm("why both state and auth_chain"))
		b.Field("why", set.Why())
		b.Point(story.OfTerm("why both state and auth_chain"))
		if set.Event == nil {
			b.Put(b.Fail, b.Glyphs.Fail+" it cannot be read")
		}
	}
	const shown = 5
	by, total := v.NamedBy(id, shown)
	b.Field("named by", wording.Count(total, "event")+" among their auth_events")
	b.Point(story.OfTerm("auth events"))
	for _, one := range by {
		b.Put(b.Dim, "    "+ev.named(one))
		b.Point(story.OfTerm("auth events"))
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
	b.Section("The event, pretty-printed")
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

func (p *EventPage) move(n int) {
	p.cursor += n
	p.settle()
}

func (p *EventPage) end(last bool) {
	p.cursor, p.top, p.left = 0, 0, 0
	if last {
		p.cursor = len(p.tree.Rows) + p.lines()
	}
	p.settle()
}

// scroll moves the window of a text, and the cursor only as far as it has to.
func (p *EventPage) scroll(n int) {
	if p.Kind == GraphPage {
		p.move(n)
		return
	}
	p.top = Between(p.top+n, 0, max(p.lines()-p.height, 0))
	p.cursor = Between(p.cursor, p.top, p.top+max(p.height-1, 0))
	p.settle()
}

func (p *EventPage) click(y int) {
	at := p.top + y
	if p.Kind == GraphPage {
		if at -= p.headHeight(); y < p.headHeight() || y >= p.headHeight()+p.treeHeight() || at >= len(p.tree.Rows) {
			return
		}
	}
	p.cursor = at
	p.settle()
}

// draw returns p as exactly height lines of width cells. find is what is searched for; the cursor of a text shows where
// the pane has the keys.
func (p *EventPage) draw(l theme.Look, width, height int, focused bool, find render.Needle) []string {
	if p.Kind == GraphPage {
		return p.drawGraph(l, width, height)
	}
	cursor := -1
	if focused {
		cursor = p.cursor
	}
	return theme.Box(p.drawLines(l, width, height, p.top, cursor, find), width, height)
}

// Plain returns all lines of a page that is no graph, width cells wide.
func (p *EventPage) Plain(l theme.Look, width int) []string {
	p.layOut(l, width, 1)
	return p.drawLines(l, width, p.lines(), 0, -1, render.Needle{})
}

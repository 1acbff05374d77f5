package story

import (
	"doorstep/flow/explain"
	"doorstep/flow/wording"
)

// walkable is how many bytes of a body are gone through for a field while a frame waits.
const walkable = 4 << 20

// UnderBodysCursor is the field under the cursor of the row's body; nothing where it is on none.
func (s *Scene) UnderBodysCursor() Pointed {
	p := Pointed{Path: s.Field}
	if e := s.Entry(); e != nil && p.Path != "" {
		if failed := s.failure(); failed != nil && failed.Response != nil {
			e = failed
		}
		p.Body, _ = explain.BodyOf(s.Trace, e)
	}
	return p
}

// explains adds what is known of what the reader points at, and never of another thing under its name.
func (s *Scene) explains(b *Builder, p Pointed) {
	if p.Path != "" {
		s.field(b, p)
	}
	for _, at := range p.At {
		b.SectionOf(PointAt(at), Called(at))
		if e := entryAt(at); e != nil {
			b.entry(e)
			continue
		}
		b.Say("Nothing is known of this " + nouns[at.Kind] + ": no part of the specification that Doorstep knows names it.")
	}
	if p.Finding != "" {
		s.cause(b, p.Finding)
	}
	if p.Listed {
		if len(p.At) == 0 {
			b.Say("This event cannot be read: what its type is, is not known.")
		}
		b.listColumns()
	}
}

// listColumns says what the columns of the list of events are.
func (b *Builder) listColumns() {
	b.SectionOf(OfTerm("event"), "The columns of the list")
	for _, c := range []struct {
		title, says string
		of          Pointed
	}{
		{"event", "its type; our join comes first", ofField(explain.Event, "/type")},
		{"state key", "which piece of state of that type it is: for a member, whose", OfTerm("state key")},
		{"sender", "the user who sent it", ofField(explain.Event, "/sender")},
		{"in", "which list of the answer holds it: state, auth_chain, or both", OfTerm("why both state and auth_chain")},
		{"named by", "how many events of the answer list it among their auth_events", OfTerm("auth events")},
		{"depth", "one more than the greatest of the events before it, as the server that made it says", OfTerm("depth")},
		{"time", "when it was made, as the server that made it says", ofField(explain.Event, "/origin_server_ts")},
	} {
		b.Field(c.title+":", c.says)
		b.Point(c.of)
	}
	b.Field("the first column:", "the worst that the checks on it found")
}

// field explains a field.
func (s *Scene) field(b *Builder, p Pointed) {
	b.SectionOf(p, "Field "+p.Path)
	if len(p.Body.Bytes) > walkable {
		b.Say("The body is too large to be looked through for every field. The tab Events opens its events one by one: " +
			"there every field is explained.")
		return
	}
	at, there := p.Body.At(p.Path)
	e := explain.Find(at)
	if !there || e == nil {
		b.Say("Nothing is known of this field: no part of the specification that Doorstep knows names it here.")
		return
	}
	b.entry(e)
	if named := p.typeNamed(at); !named.Nothing() && len(p.At) == 0 {
		s.explains(b, named)
	}
}

// entry adds what an entry says, and what to ask for next.
func (b *Builder) entry(e *explain.Entry) {
	for _, section := range explain.Sections() {
		if section == explain.In2015 && len(e.In2015) > 0 && len(e.Today) > 0 {
			b.beside(e.Heading(explain.In2015), e.In2015, e.Heading(explain.Today), e.Today)
			break
		}
		for i, text := range e.Text(section) {
			if section == explain.What || i > 0 {
				b.Say(text)
				continue
			}
			b.Field(e.Heading(section)+":", b.Own(text))
		}
	}
	for _, place := range e.Spec {
		b.place("Spec:", place.Title, place.URL)
	}
	b.seeAlso(e)
}

// mostRelated is how many entries are offered next to one: those that it names, and as many of those that name it.
const mostRelated = 12

// seeAlso offers the entries that one is linked to.
func (b *Builder) seeAlso(e *explain.Entry) {
	related := e.Related()
	shown := related[:min(len(related), max(len(e.See), mostRelated))]
	b.offer(shown)
	if more := len(related) - len(shown); more > 0 {
		b.Remark(wording.Count(more, "more link") + ": `doorstep explain " + e.Reference().String() + "` lists all.")
	}
}

// offer adds entries, a line each, which says what is asked for there.
func (b *Builder) offer(entries []explain.Reference) {
	if len(entries) == 0 {
		return
	}
	b.Blank()
	b.Put(b.Key, "See also:")
	for _, r := range entries {
		to, gloss := r.String(), ""
		if e := r.Entry(); e != nil && e.Gloss() != "" {
			to, gloss = to+":", e.Gloss()
		}
		b.labelled(b.Key, to, b.Own(gloss))
		b.Point(ofReference(r))
	}
}

package story

import (
	"doorstep/flow/explain"
	"doorstep/flow/wording"
)

// A Pointed is a field that the reader points at: where it is, and the body that holds it.
type Pointed struct {
	Path string // JSON pointer; empty: no field
	Body explain.Body
}

// walkable is how many bytes of a body are gone through for a field while a frame waits.
const walkable = 4 << 20

// pointed is the field that the reader points at: that of a page, or the one under the cursor of the row's body.
func (s *Scene) pointed() Pointed {
	if s.OnPage.Path != "" {
		return s.OnPage
	}
	p := Pointed{Path: s.Field}
	if e := s.Entry(); e != nil {
		if failed := s.failure(); failed != nil && failed.Response != nil {
			e = failed
		}
		p.Body, _ = explain.BodyOf(s.Trace, e)
	}
	return p
}

// field explains the field that the reader points at, and never another one under its name.
func (s *Scene) field(b *Builder) {
	p := s.pointed()
	if p.Path == "" {
		return
	}
	b.Section("Field " + p.Path)
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
}

// entry adds what an entry says, and what to ask for next.
func (b *Builder) entry(e *explain.Entry) {
	for _, section := range explain.Sections() {
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
		b.Paras[len(b.Paras)-1].See = r
	}
}

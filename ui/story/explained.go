package story

import (
	"doorstep/flow/explain"
	"doorstep/ui/theme"
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

// Explained is what is known of a thing, whatever handshake it comes up in.
func Explained(l theme.Look, p Pointed) *Prose {
	s := &Scene{Look: l, Asked: p}
	b := s.Prose()
	s.explains(b, p)
	return &b.Prose
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

// cause explains a finding: as it was found here, or else what the catalogue says of it.
func (s *Scene) cause(b *Builder, id string) {
	b.About(Pointed{Finding: id})
	for _, f := range s.Findings {
		if f.ID == id {
			s.finding(b, f)
			return
		}
	}
	for _, e := range explain.Of(explain.Finding, id) {
		b.Section(e.Title)
		b.entry(e)
		return
	}
	b.Section("Finding " + id)
	b.Say("Nothing is known of this finding.")
}

package lesson

// lead has the lines of a step lead to the notes about them, now that all notes of the page are known.
func (b *book) lead(s *Step) {
	for i := range s.Head {
		s.Head[i].Anchor = b.link(s.Head[i].about).Anchor
	}
	s.split()
	b.leadBody(&s.Body)
	b.leadChanges(s.Changes)
	b.leadChecks(s.Checks)
}

func (b *book) leadBody(of *Body) {
	for i := range of.Lines {
		if l := &of.Lines[i]; l.entry != nil {
			l.Field = b.link(l.entry)
		}
	}
}

func (b *book) leadChanges(changes []Change) {
	for i := range changes {
		changes[i].Anchor = b.link(changes[i].about).Anchor
	}
}

func (b *book) leadChecks(c *Checks) {
	if c == nil {
		return
	}
	for _, list := range [][]Check{c.List, c.Passed} {
		for i := range list {
			list[i].Anchor = b.link(list[i].about).Anchor
		}
	}
}

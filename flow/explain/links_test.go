package explain

import "testing"

// Every link leads to one entry, and not to the one that it stands in.
func TestLinksResolve(t *testing.T) {
	for i := range All() {
		e := &All()[i]
		for _, r := range e.See {
			switch to := r.Entry(); {
			case to == nil && len(Of(r.Kind, r.Name)) > 1:
				t.Errorf("%s:%d: %s: several entries are called %s: the address has to stand there", e.File, e.Line, e.Name, r)
			case to == nil:
				t.Errorf("%s:%d: %s: there is no entry %s", e.File, e.Line, e.Name, r)
			case to == e:
				t.Errorf("%s:%d: %s leads to itself", e.File, e.Line, e.Name)
			}
		}
	}
}

// Links can be followed both ways, and what is printed of one can be asked for.
func TestRelated(t *testing.T) {
	links := 0
	for i := range All() {
		e := &All()[i]
		seen := map[*Entry]bool{}
		for _, r := range e.Related() {
			to := r.Entry()
			if to == nil || seen[to] || to == e {
				t.Fatalf("%s %s: %s", e.Kind, e.Name, r)
			}
			seen[to], links = true, links+1
			if found, _ := Ask(r.String()); len(found) != 1 || found[0] != to {
				t.Errorf("%s: asked for, it finds %d entries", r, len(found))
			}
			back := false
			for _, other := range to.Related() {
				back = back || other.Entry() == e
			}
			if !back {
				t.Errorf("%s leads to %s, and not back", e.Reference(), r)
			}
		}
	}
	t.Logf("%d entries, %d links", len(All()), links)
}

// Nothing stands alone: from every entry, all others of the set can be reached.
func TestNoOrphan(t *testing.T) {
	reached := map[*Entry]bool{}
	next := []*Entry{Of(Term, "remote join handshake")[0]}
	for len(next) > 0 {
		e := next[0]
		if next = next[1:]; reached[e] {
			continue
		}
		reached[e] = true
		for _, r := range e.Related() {
			next = append(next, r.Entry())
		}
	}
	for i := range All() {
		if e := &All()[i]; !reached[e] {
			t.Errorf("%s:%d: nothing leads to %s %s", e.File, e.Line, e.Kind, e.Name)
		}
	}
}

// Every entry says something of its own: what one thing is stands under no other's name.
func TestNoTextTwice(t *testing.T) {
	first := map[string]*Entry{}
	for i := range All() {
		e := &All()[i]
		for _, text := range e.What {
			if other := first[text]; other != nil {
				t.Errorf("%s:%d: %s is what %s:%d says of %s: %q", e.File, e.Line, e.Name, other.File, other.Line, other.Name,
					text)
			}
			first[text] = e
		}
	}
}

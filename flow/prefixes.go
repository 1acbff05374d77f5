package flow

import (
	"maps"
	"slices"
)

// Prefixes folds prefixes of one trace, in any order. It keeps a state now and then, and goes on from the last one
// before the end of a prefix, so that each takes as long as few entries do. The zero value is ready; it is not safe for
// concurrent use.
type Prefixes struct {
	trace Trace // the longest so far
	kept  []State
}

// keptApart is how many entries lie between the states that are kept.
var keptApart = 4096

// Fold returns what Fold does: the state t leads to. It is the caller's.
func (p *Prefixes) Fold(t Trace) State {
	if len(t.Entries) == 0 {
		return begun(t.Header)
	}
	shorter, longer := t, p.trace
	if len(longer.Entries) < len(shorter.Entries) {
		shorter, longer = longer, shorter
	}
	if len(shorter.Entries) == 0 || !longer.continues(shorter) {
		p.kept, p.trace = []State{begun(t.Header)}, t
	}
	if len(t.Entries) > len(p.trace.Entries) {
		p.trace = t
	}
	at := min(len(t.Entries)/keptApart, len(p.kept)-1)
	s := p.kept[at].clone()
	for n := at * keptApart; n < len(t.Entries); n++ {
		if n > at*keptApart && n%keptApart == 0 {
			p.kept = append(p.kept, s.clone())
		}
		s.apply(t, &t.Entries[n])
	}
	return s
}

// clone returns a state that goes on by itself.
func (s *State) clone() State {
	out := *s
	out.Candidates, out.instead = slices.Clone(s.Candidates), slices.Clone(s.instead)
	out.sawFailure, out.Destinations, out.Unresolved = maps.Clone(s.sawFailure), maps.Clone(s.Destinations),
		maps.Clone(s.Unresolved)
	out.broughtChecks = maps.Clone(s.broughtChecks)
	out.Keys = s.Keys.Clone()
	out.probe.residents, out.probe.directories = slices.Clone(s.probe.residents), slices.Clone(s.probe.directories)
	out.probe.done, out.probe.older = maps.Clone(s.probe.done), maps.Clone(s.probe.older)
	return out
}

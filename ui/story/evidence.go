package story

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/ui/keymap"
)

// evidence adds what a finding rests on: the entries, each with what it is.
func (s *Scene) evidence(b *Builder, f diagnose.Finding) {
	const named = 3
	words := EvidenceWords(f.Evidence)
	elsewhere := func(seq int) bool { return seq != s.Row.ID.Seq && seq != s.Row.Failure }
	if !s.Keyless && slices.ContainsFunc(f.Evidence, elsewhere) {
		words += "; " + s.Phrases.Press(keymap.ActOpen) + " in this pane goes there"
	}
	b.Field("Evidence:", words)
	for _, seq := range f.Evidence[:min(len(f.Evidence), named)] {
		if e := s.Trace.Entry(seq); e != nil {
			b.indented(b.Dim, 4, "", fmt.Sprintf("#%d %s", seq, e.Step), s.EntryWords(s.Trace, s.State, e))
			b.Point(s.ofEntry(e))
		}
	}
}

// EntryWords says what an entry is.
func (l Phrases) EntryWords(t flow.Trace, s flow.State, e *flow.Entry) string {
	switch {
	case e.Kind == flow.Failure && e.Failure != nil:
		return "failed: " + strings.Join(l.FailureWords(e), " ")
	case e.Kind == flow.Request && e.Request != nil:
		return strings.Join(l.RequestWords(e), " ")
	case e.Kind == flow.Response && e.Response != nil:
		return strings.Join(l.ResponseWords(t, s, e), " ")
	case e.Kind == flow.Local:
		return strings.Join(l.LocalWords(s, e), " ")
	}
	return string(e.Kind)
}

// AfterEntries is what other homeservers do after each of some entries.
type AfterEntries struct {
	Seqs []int
	List []diagnose.Reaction
}

// ReactionsAfter tells what others do after those of the entries that were refused or are odd; entries after which all
// of them do the same are named together.
func ReactionsAfter(t flow.Trace, seqs []int) []AfterEntries {
	var out []AfterEntries
	for _, seq := range seqs {
		e := t.Entry(seq)
		if e == nil {
			continue
		}
		list := diagnose.Reactions(e)
		if list == nil {
			continue
		}
		if i := slices.IndexFunc(out, func(w AfterEntries) bool { return slices.Equal(w.List, list) }); i >= 0 {
			out[i].Seqs = append(out[i].Seqs, seq)
			continue
		}
		out = append(out, AfterEntries{[]int{seq}, list})
	}
	return out
}

// RefusedEntries are the entries at which an attempt failed, in order: those that findings rest on, and where it
// stopped.
func RefusedEntries(s flow.State, findings []diagnose.Finding) []int {
	var out []int
	for _, f := range findings {
		out = append(out, f.Evidence...)
	}
	if s.Stopped != nil {
		out = append(out, s.Stopped.Seq)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// would adds what other homeservers do after the entries.
func (s *Scene) reactions(b *Builder, seqs []int) {
	for _, w := range ReactionsAfter(s.Trace, seqs) {
		b.Section("After " + EvidenceWords(w.Seqs) + ", other homeservers")
		for _, one := range w.List {
			b.Field(one.Server, one.Does)
		}
	}
}

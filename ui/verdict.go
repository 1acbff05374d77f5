package ui

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
)

// evidenceWords lists the entries a finding rests on.
func evidenceWords(evidence []int) string {
	var words []string
	for _, seq := range evidence {
		words = append(words, fmt.Sprint(seq))
	}
	if len(words) == 1 {
		return "entry " + words[0]
	}
	return "entries " + strings.Join(words, ", ")
}

// evidence adds what a finding rests on: the entries, each with what it is.
func (s *scene) evidence(b *proseBuilder, f diagnose.Finding) {
	const named = 3
	words := evidenceWords(f.Evidence)
	if slices.ContainsFunc(f.Evidence, func(seq int) bool { return seq != s.row.id.seq && seq != s.row.failure }) {
		words += "; Enter in this pane goes there"
	}
	b.field("Evidence:", words)
	for _, seq := range f.Evidence[:min(len(f.Evidence), named)] {
		if e := s.trace.Entry(seq); e != nil {
			b.indented(b.Dim, 4, "", fmt.Sprintf("#%d %s", seq, e.Step), s.entryWords(s.trace, s.state, e))
		}
	}
}

// entryWords says what an entry is.
func (l phrases) entryWords(t flow.Trace, s flow.State, e *flow.Entry) string {
	switch {
	case e.Kind == flow.Failure && e.Failure != nil:
		return "failed: " + strings.Join(l.failureWords(e), " ")
	case e.Kind == flow.Request && e.Request != nil:
		return strings.Join(l.requestWords(e), " ")
	case e.Kind == flow.Response && e.Response != nil:
		return strings.Join(l.answerWords(t, s, e), " ")
	case e.Kind == flow.Local:
		return strings.Join(l.localWords(s, e), " ")
	}
	return string(e.Kind)
}

// A wouldDo is what other homeservers do after each of some entries.
type wouldDo struct {
	seqs []int
	list []diagnose.Would
}

// wouldsAt tells what others do after those of the entries that were refused or are odd; entries after which all of them do
// the same are named together.
func wouldsAt(t flow.Trace, seqs []int) []wouldDo {
	var out []wouldDo
	for _, seq := range seqs {
		e := t.Entry(seq)
		if e == nil {
			continue
		}
		list := diagnose.WouldDo(e)
		if list == nil {
			continue
		}
		if i := slices.IndexFunc(out, func(w wouldDo) bool { return slices.Equal(w.list, list) }); i >= 0 {
			out[i].seqs = append(out[i].seqs, seq)
			continue
		}
		out = append(out, wouldDo{[]int{seq}, list})
	}
	return out
}

// refusedEntries are the entries at which an attempt failed, in order: those that findings rest on, and where it stopped.
func refusedEntries(s flow.State, findings []diagnose.Finding) []int {
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
func (s *scene) would(b *proseBuilder, seqs []int) {
	for _, w := range wouldsAt(s.trace, seqs) {
		b.title("After " + evidenceWords(w.seqs) + ", other homeservers")
		for _, one := range w.list {
			b.field(one.Server, one.Does)
		}
	}
}

package ui

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/render"
)

// findings tells each finding: what happened, what to do, then what it rests on; at the end what other homeservers do
// after the entries at which attempts failed.
func (p *PlainWriter) findings(b *strings.Builder, t flow.Trace, s flow.State, found []diagnose.Finding) {
	for _, f := range found {
		p.wrapped(b, 2, "finding: "+f.ID+": ", fmt.Sprintf("%s (%s)", f.Title, f.Severity), true)
		for _, part := range []struct{ name, text string }{
			{"what to do", f.Advice}, {"cause", f.Cause}, {"tell it apart", f.Apart}, {"source", f.Source},
		} {
			if part.name == "tell it apart" {
				p.evidence(b, t, s, f)
			}
			if part.text != "" {
				p.wrapped(b, 4, "  "+part.name+": ", part.text, false)
			}
			if part.name == "what to do" {
				for _, command := range f.Try { // on one line, so that it can be copied
					fmt.Fprintln(b, "  try: "+p.long(command))
				}
			}
		}
	}
	for _, w := range wouldsAt(t, refusedEntries(s, found)) {
		p.wrapped(b, 2, "after "+evidenceWords(w.seqs)+", ", "other homeservers:", true)
		for _, one := range w.list {
			p.wrapped(b, 4, "  "+one.Server+": ", one.Does, false)
		}
	}
}

func (p *PlainWriter) evidence(b *strings.Builder, t flow.Trace, s flow.State, f diagnose.Finding) {
	if len(f.Evidence) == 0 {
		return
	}
	const named = 3
	words := evidenceWords(f.Evidence)
	for i, seq := range f.Evidence[:min(len(f.Evidence), named)] {
		if e := t.Entry(seq); e != nil {
			lead := "; "
			if i == 0 {
				lead = ": "
			}
			words += fmt.Sprintf("%s%s %s", lead, e.Step, p.entryWords(t, s, e))
		}
	}
	if f.Suspect {
		words += " (a hint, no proof)"
	}
	p.wrapped(b, 4, "  evidence: ", words, false)
}

// wrapped writes a name and a text that may hold anything as lines of running text, an empty one before them if asked for.
func (p *PlainWriter) wrapped(b *strings.Builder, hang int, name, text string, apart bool) {
	if apart {
		b.WriteByte('\n')
	}
	fmt.Fprintln(b, strings.Join(wrap(name+p.long(text), plainWidth, hang), "\n"))
}

// long makes running text drawable, all of it that a page would hold.
func (p *PlainWriter) long(s string) string {
	if p.o.ASCII {
		s = plainSigns.Replace(s)
	}
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: cellsOfText, ASCII: p.o.ASCII})
}

// sets says why both lists of an answer were sent, where there are any.
func (p *PlainWriter) sets(b *strings.Builder, s flow.State) {
	v := s.Verification
	if v == nil || v.Counts.Events == 0 {
		return
	}
	sets := v.Sets()
	p.wrapped(b, 4, "  why auth_chain: ", sets.Why()+paddingWords(sets), false)
}

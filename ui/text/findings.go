package text

import (
	"bufio"
	"fmt"
	"slices"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// Findings tells each finding: what happened, what to do, then what it rests on; at the end what other homeservers do
// after the entries at which attempts failed.
func (p *Writer) Findings(b *bufio.Writer, t flow.Trace, s flow.State, found []diagnose.Finding) {
	unheard := diagnose.UnheardOf(t, s, found)
	for _, f := range found {
		p.wrapped(b, 2, "finding: "+f.ID+": ", fmt.Sprintf("%s (%s)", f.Title, f.Severity), true)
		for _, part := range []struct{ name, text string }{
			{"what to do", f.Advice}, {"cause", f.Cause}, {"how to be sure", f.Apart}, {"source", f.Source},
		} {
			if part.name == "how to be sure" {
				p.evidence(b, t, s, f)
				p.unheard(b, f, unheard)
			}
			if part.text != "" {
				p.wrapped(b, 4, "  "+part.name+": ", part.text, false)
			}
			if part.name == "what to do" {
				for _, command := range f.Try { // on one line, so that it can be copied
					fmt.Fprintln(b, "  try:", command)
				}
			}
		}
	}
	for _, w := range story.ReactionsAfter(t, story.RefusedEntries(s, found)) {
		p.wrapped(b, 2, "after "+story.EvidenceWords(w.Seqs)+", ", "other homeservers:", true)
		for _, one := range w.List {
			p.wrapped(b, 4, "  "+one.Server+": ", one.Does, false)
		}
	}
}

// unheard adds what a finding says never reached us.
func (p *Writer) unheard(b *bufio.Writer, f diagnose.Finding, all []diagnose.Unheard) {
	for i := range all {
		if slices.Contains(all[i].Findings, f.ID) {
			p.wrapped(b, 4, "  ", story.UnheardWords(&all[i]), false)
		}
	}
}

func (p *Writer) evidence(b *bufio.Writer, t flow.Trace, s flow.State, f diagnose.Finding) {
	if len(f.Evidence) == 0 {
		return
	}
	const named = 3
	words := story.EvidenceWords(f.Evidence)
	for i, seq := range f.Evidence[:min(len(f.Evidence), named)] {
		if e := t.Entry(seq); e != nil {
			lead := "; "
			if i == 0 {
				lead = ": "
			}
			words += fmt.Sprintf("%s%s %s", lead, e.Step, p.EntryWords(t, s, e))
		}
	}
	if f.Suspect {
		words += " (a hint, no proof)"
	}
	p.wrapped(b, 4, "  evidence: ", words, false)
}

// wrapped writes a name and a text that may hold anything as lines of running text, an empty one before them if asked
// for.
func (p *Writer) wrapped(b *bufio.Writer, hang int, name, text string, apart bool) {
	if apart {
		b.WriteByte('\n')
	}
	say(b, hang, "%s", name+p.long(text))
}

// long makes running text drawable, all of it that a page would hold.
func (p *Writer) long(s string) string { return long(s, p.o.ASCII) }

// Spelled spells out whatever of a text is beyond ASCII.
func Spelled(s string) string { return long(s, true) }

func long(s string, ascii bool) string {
	if ascii {
		s = theme.ASCIISigns.Replace(s)
	}
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: story.CellsOfText, ASCII: ascii})
}

// sets says why both lists of an answer were sent, where there are any.
func (p *Writer) sets(b *bufio.Writer, s flow.State) {
	v := s.Verification
	if v == nil || v.Counts.Events == 0 {
		return
	}
	sets := v.Sets()
	p.wrapped(b, 4, "  why auth_chain: ", sets.Why()+story.PaddingWords(sets), false)
}

package story

import (
	"fmt"

	"doorstep/flow/diagnose"
	"doorstep/flow/explain"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
)

// LacksFindings says why there are no findings to list; empty when there are.
func (s *Scene) LacksFindings() string {
	switch {
	case len(s.Findings) > 0:
		return ""
	case Over(s.State):
		return "nothing was found: no finding fits this handshake"
	}
	return "nothing has been found so far"
}

// FindingsText is the tab of all findings: their titles, then each in full.
func (s *Scene) FindingsText() *Prose {
	b := s.Prose()
	b.About(OfTerm("remote join handshake"))
	b.Section(wording.Count(len(s.Findings), "finding"))
	for _, f := range s.Findings {
		b.finding(f, f.Title+" ("+EvidenceWords(f.Evidence)+")")
	}
	if !s.Keyless {
		b.Remark(s.Phrases.Press(keymap.ActNextFinding) + " goes to the evidence of the next one, " +
			s.Phrases.Press(keymap.ActPrevFinding) + " to that of the one before")
	}
	for _, f := range s.Findings {
		s.finding(b, f)
	}
	return &b.Prose
}

// finding adds a finding in full: what to do first.
func (s *Scene) finding(b *Builder, f diagnose.Finding) {
	b.SectionOf(ofFinding(f), f.Title)
	b.Field("What to do:", f.Advice)
	s.evidence(b, f)
	if f.Suspect {
		b.Remark("Suspected: the evidence is a hint, not a proof.")
	}
	b.Say(f.Cause)
	if f.Apart != "" {
		b.Field("How to be sure:", f.Apart)
	}
	for _, line := range f.Try {
		b.Command("Try:", line)
	}
	b.Cite("Source:", f.Source)
	for _, e := range explain.Of(explain.Finding, f.ID) {
		b.offer(e.See)
	}
}

// overview lists several findings by their titles, so that none is below what is shown.
func (s *Scene) overview(b *Builder, found []diagnose.Finding) {
	if len(found) < 2 {
		return
	}
	b.Section(wording.Count(len(found), "finding"))
	for _, f := range found {
		b.finding(f, f.Title)
	}
}

// finding adds a line about a finding, with its mark.
func (b *Builder) finding(f diagnose.Finding, text string) {
	status := FindingStatus(f)
	glyph := status.Glyph(b.Glyphs)
	if glyph == "" {
		glyph = b.Glyphs.Note
	}
	b.labelled(b.StatusStyle(status), glyph, text)
	b.Point(ofFinding(f))
}

// FindingStatus is how a finding is marked.
func FindingStatus(f diagnose.Finding) render.Status {
	switch f.Severity {
	case diagnose.SeverityError:
		return render.Fail
	case diagnose.SeverityInfo:
		return render.None
	}
	return render.Warn
}

// FindingWords names the finding at a place among all, with its number.
func (s *Scene) FindingWords(at int) string {
	f := s.Findings[at]
	return fmt.Sprintf("finding %d of %d: %s", at+1, len(s.Findings), f.Title)
}

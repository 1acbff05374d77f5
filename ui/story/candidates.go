package story

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/compare"
)

// candidates adds the same table to what a tab explains.
func (s *Scene) candidates(b *Builder) {
	e, stopped := s.Entry(), s.State.Stopped
	if !s.State.Header.AskAll || e == nil || e.Step != flow.A8 && (stopped == nil || e.Seq != stopped.Seq) {
		return
	}
	b.SectionOf(OfTerm("join candidates"), "The join candidates, side by side")
	for _, c := range compare.CandidateRows(s.Trace, s.State) {
		who, what := CandidateWords(c)
		b.Put(b.Key, who)
		b.Say(what)
	}
}

// CandidateWords says who a candidate is, and what became of asking it.
func CandidateWords(c compare.CandidateRow) (who, what string) {
	who = c.Server + ", named by " + c.From
	if c.Address != "" {
		who += ", at " + c.Address
	}
	if c.Software != "" {
		who += ", runs " + c.Software
	}
	switch {
	case c.Status == 0:
		what = "no answer: " + c.Error
	case c.Agrees == "":
		what = strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", c.Status, c.Errcode, c.Error)), " ")
	case c.Agrees == "first":
		what = fmt.Sprintf("%d protoevent, room version %s; the others are compared with it", c.Status, c.RoomVersion)
	case c.Agrees == "yes":
		what = fmt.Sprintf("%d protoevent, room version %s; agrees", c.Status, c.RoomVersion)
	default:
		what = fmt.Sprintf("%d protoevent, room version %s; %s", c.Status, c.RoomVersion, c.Agrees)
	}
	if c.TookMS > 0 {
		what += fmt.Sprintf(" (%.0f ms)", c.TookMS)
	}
	return who, what
}

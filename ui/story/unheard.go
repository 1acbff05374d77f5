package story

import (
	"fmt"
	"slices"

	"doorstep/flow/diagnose"
	"doorstep/render"
)

// neverReached is what stopped a request that nobody here saw.
const neverReached = "never reached us"

// unheard draws the request for our key that the refusal of r says was wanted and that never came, before r.
func (b *rowBuilder) unheard(r Row) {
	i := slices.IndexFunc(b.Unheard, func(u diagnose.Unheard) bool { return u.Refusal == r.ID.Seq })
	if i < 0 {
		return
	}
	u := &b.Unheard[i]
	row := Row{ID: RowID{Unheard: u.Refusal}, Stretch: r.Stretch, Unheard: u}
	row.Kind, row.Inferred, row.At = render.Failure, true, -1
	row.From, row.To = r.From, r.To
	words := []string{"GET key"}
	if u.Server != b.hosts[u.From] {
		words = append(words, u.Server)
	}
	row.Label, row.Reason = untrusted(words), neverReached
	b.rows = append(b.rows, row)
}

// UnheardWords says what never reached us and how that is known, in one line.
func UnheardWords(u *diagnose.Unheard) string {
	return fmt.Sprintf("inferred: GET key by the %s server %s %s, before entry %d", u.From, u.Server, neverReached, u.Refusal)
}

// unheardProse says of a request that never reached us why it is drawn.
func (s *Scene) unheardProse(u *diagnose.Unheard) *Prose {
	b := s.Prose()
	s.putUnheard(b, u)
	return &b.Prose
}

func (s *Scene) putUnheard(b *Builder, u *diagnose.Unheard) {
	b.Section("Inferred: a request that never reached us")
	b.Say("No entry is about this arrow: it is drawn because it is missing. " + u.Server + " has to fetch our key before it " +
		"can check who asks; it refused us for want of it, and nothing came to our listener from there.")
	b.Field("Follows from:", EvidenceWords([]int{u.Refusal})+", the refusal")
	for _, f := range s.Findings {
		if slices.Contains(u.Findings, f.ID) {
			b.Field("Finding:", f.Title)
		}
	}
}

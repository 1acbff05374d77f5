package document

import (
	"doorstep/ui/story"
)

func (b *builder) sets() {
	v := b.state.Verification
	if v == nil {
		return
	}
	sets, c := v.Sets(), v.Counts
	b.Sets = &Sets{Why: long(sets.Why() + story.PaddingWords(sets)), State: c.State, AuthChain: c.AuthChain, Both: c.Both,
		StateOnly: c.StateOnly, ChainOnly: c.AuthChainOnly, Invalid: long(v.Invalid), Unproven: long(v.Unproven)}
	shown := sets.Events[:min(len(sets.Events), maxEvents)]
	b.Sets.More = len(sets.Events) - len(shown)
	for i := range shown {
		e := &shown[i]
		words := "cannot be read"
		if e.Event != nil {
			words = story.EventWords(e.Event)
		}
		b.Sets.Events = append(b.Sets.Events, Event{Words: name(words), ID: name(e.ID), Place: e.Place.String(),
			Why: long(e.Why()), Status: story.CheckStatus(v.OutcomeOf(e.ID))})
	}
}

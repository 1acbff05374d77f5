package document

import (
	"doorstep/flow/verify"
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
	shown := eventsOf(sets.Events)
	b.Sets.More = len(sets.Events) - len(shown)
	for _, e := range shown {
		words := "cannot be read"
		if e.Event != nil {
			words = story.EventWords(e.Event)
		}
		b.Sets.Events = append(b.Sets.Events, Event{Words: name(words), ID: name(e.ID), Place: e.Place.String(),
			Why: long(e.Why()), Status: story.CheckStatus(v.OutcomeOf(e.ID))})
	}
}

// eventsOf are the events that are listed, in their order: where there are too many, some of each place.
func eventsOf(all []verify.SetEvent) []*verify.SetEvent {
	ofPlace, kept := map[verify.Place]int{}, map[int]bool{}
	for _, most := range []int{maxEvents / 3, maxEvents} {
		for i := range all {
			if place := all[i].Place; !kept[i] && len(kept) < maxEvents && ofPlace[place] < most {
				kept[i] = true
				ofPlace[place]++
			}
		}
	}
	var out []*verify.SetEvent
	for i := range all {
		if kept[i] {
			out = append(out, &all[i])
		}
	}
	return out
}

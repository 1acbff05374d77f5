package document

import (
	"doorstep/render"
	"doorstep/ui/story"
)

// Sets is what came back: state against auth_chain.
type Sets struct {
	Why                        string // an auth_chain is sent at all
	State, AuthChain           int
	Both, StateOnly, ChainOnly int
	Invalid, Unproven          string // why the answer would be refused as a whole, or is not proven; empty: it is neither
	Events                     []Event
	More                       int // events that are not listed
}

// An Event is one event of the answer: in which list it is, and what became of its checks.
type Event struct {
	Words, ID, Place, Why string
	Status                render.Status
}

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

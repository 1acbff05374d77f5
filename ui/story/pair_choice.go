package story

import "doorstep/flow/compare"

// A PairChoice is one of several pairs of documents that can be compared.
type PairChoice struct {
	Pairs []compare.Pair
	At    int
}

// Pair is the pair that is chosen.
func (c PairChoice) Pair() compare.Pair { return c.Pairs[c.At] }

package flow_test

import (
	"slices"
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
)

// Whoever asks for the signers may do with the list what they like: the next one gets the same.
func TestSignersAreTheirOwn(t *testing.T) {
	t.Parallel()
	s := flow.Fold(flowtest.Embedded(t, "public-v11"))
	before := slices.Clone(s.Signers())
	if len(before) < 2 {
		t.Fatal("too few signers to tell")
	}
	slices.Reverse(s.Signers())
	if got := s.Signers(); !slices.Equal(got, before) {
		t.Errorf("%q, and before %q", got, before)
	}
}

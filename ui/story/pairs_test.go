package story_test

import (
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/flowtest"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// comparisonOf compares the first pair of a kind that an entry of a recording offers.
func comparisonOf(t *testing.T, name string, step flow.StepID, k compare.PairKind) story.Comparison {
	t.Helper()
	trace := flowtest.Embedded(t, name)
	state := flow.Fold(trace)
	s := &story.Scene{Look: theme.NewLook("mono", false, true), Trace: trace, State: state}
	for i := range trace.Entries {
		e := &trace.Entries[i]
		for _, p := range compare.PairsOf(trace, state, e) {
			if e.Step == step && p.Kind == k {
				return s.Compare(p)
			}
		}
	}
	t.Fatalf("%s: %s offers no %s", name, step, k)
	return story.Comparison{}
}

// Dendrite adds its signature to a join that came back; nothing else of it differs but unsigned, if that. The sandbox
// returns the event of a join that is not restricted as it was sent.
func TestEventThatCameBack(t *testing.T) {
	added := comparisonOf(t, "dendrite-v12", flow.A7, compare.CameBack)
	signatures := 0
	for _, c := range added.Changes {
		switch {
		case strings.HasPrefix(c.Path, "/signatures/"):
			signatures++
			if c.Kind != render.Added || !strings.Contains(c.Why, "a signature was added") {
				t.Errorf("%+v", c)
			}
		case !strings.HasPrefix(c.Path, "/unsigned"):
			t.Errorf("%s came back different: %s", c.Path, c.Why)
		}
	}
	if signatures != 1 || len(added.Equal) == 0 {
		t.Errorf("%d signatures were added, %d values are equal", signatures, len(added.Equal))
	}
	same := comparisonOf(t, "public-v12", flow.A7, compare.CameBack)
	if len(same.Changes) > 0 || !strings.HasPrefix(same.Folded, "the two are the same: ") {
		t.Errorf("%+v: %q", same.Changes, same.Folded)
	}
}

// Each event of state and auth_chain is told once, by what it is; those in both are equal.
func TestListsCompared(t *testing.T) {
	c := comparisonOf(t, "public-v12", flow.A7, compare.TwoLists)
	only := map[string]int{}
	for _, x := range c.Changes {
		only[x.Word]++
		if !strings.HasPrefix(x.Path, "m.room.") || !strings.Contains(x.Path, ", depth ") || x.Why == "" {
			t.Errorf("%+v", x)
		}
	}
	if only["only 1st"] != 7 || only["only 2nd"] != 4 || len(c.Equal) != 5 {
		t.Errorf("%v, %d in both", only, len(c.Equal))
	}
}

// What was made of the protoevent is told with reasons and sources, and what was copied apart from it.
func TestMadeFromTheProtoevent(t *testing.T) {
	c := comparisonOf(t, "public-v12", flow.L1, compare.MadeFrom)
	for _, x := range append(c.Changes, c.Equal...) {
		if x.Why == "" || x.Source == "" {
			t.Errorf("no reason: %+v", x)
		}
	}
	if len(c.Changes) != 3 || len(c.Equal) != 8 || c.Word != "copied" {
		t.Errorf("%d changed, %d %s", len(c.Changes), len(c.Equal), c.Word)
	}
}

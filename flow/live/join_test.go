package live

import (
	"slices"
	"testing"

	"doorstep/flow"
)

// Of a link the room is joined that it leads to, and its servers are candidates beside those that were named.
func TestJoinByLink(t *testing.T) {
	named := []string{"b.example"}
	r, _, stop, err := Join(t.Context(), JoinOptions{User: "@me:my.example", Form: flow.FormCurrent, Via: named,
		Target: "https://matrix.to/#/!room%3Ab.example?via=b.example&via=c.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	h := r.Trace().Header
	if h.Target != "!room:b.example" || !slices.Equal(h.Via, []string{"b.example", "c.example"}) ||
		!slices.Equal(named, []string{"b.example"}) {
		t.Errorf("target %s, via %v", h.Target, h.Via)
	}
}

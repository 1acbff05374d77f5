package flow

import (
	"fmt"
	"strings"
	"testing"
)

// A directory that lists more servers than are asked has so many candidates, and the others are told of.
func TestHostileCandidates(t *testing.T) {
	var listed []string
	for i := range 50_000 {
		listed = append(listed, fmt.Sprintf("s%d.example", i))
	}
	s := begun(Header{Joining: "a.example", Target: "#room:b.example"})
	s.lookedUp = true
	s.addListed(listed)
	if len(s.Candidates) != MaxCandidates {
		t.Errorf("%d candidates", len(s.Candidates))
	}
	for s.Stopped == nil {
		s.next(&Entry{Seq: 1}, "no answer")
	}
	if !strings.Contains(s.Stopped.Why, "over the limit of 1000 candidates") {
		t.Errorf("it stopped: %s", s.Stopped.Why)
	}
}

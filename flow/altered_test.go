package flow_test

import (
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
)

// Where somebody had another candidate asked, that one was asked, and the one before it is still to come.
func TestOtherCandidateAsked(t *testing.T) {
	for altered, want := range map[bool]string{true: "b.example", false: "a.example"} {
		s := flowtest.NewScript(func(h *flow.Header) {
			h.Target, h.Via = "!r:a.example", []string{"a.example", "b.example", "c.example"}
		}).Joins().Finds([]string{"192.0.2.1:8448"})
		e := flow.Entry{Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident, Server: "b.example",
			Request: &client.Request{Endpoint: client.MakeJoin}}
		if altered {
			e.Altered = &flow.Altered{By: flow.ByEditor, Server: "a.example", Request: &client.Request{}}
		}
		seq := s.Add(e)
		state := flow.Fold(s.Trace)
		c, _ := state.Candidate()
		if c.Server != want || altered != (len(state.Altered) == 1 && state.Altered[0] == seq) {
			t.Errorf("altered %t: at %s, changed entries %v", altered, c.Server, state.Altered)
		}
		var all []string
		for _, c := range state.Candidates {
			all = append(all, c.Server)
		}
		if len(all) < 3 || altered && all[1] != "a.example" {
			t.Errorf("altered %t: candidates %v", altered, all)
		}
	}
}

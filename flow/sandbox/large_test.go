package sandbox

import (
	"fmt"
	"testing"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/sandbox/engine"
)

// A large room is joined in every form of events, with every check made and passed, and has about as many events as
// were asked for, by users of as many servers.
func TestLargeRooms(t *testing.T) {
	for _, version := range []string{"1", "3", "10", "12"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s, err := Sized(scenario(t, largeName), Large{Events: 700, Servers: 9, Seed: 3, RoomVersion: version})
			if err != nil {
				t.Fatal(err)
			}
			trace := finish(t, s, engine.JoinOptions{})
			state := flow.Fold(trace)
			r := export.NewReport(trace, state, export.ReportOptions{})
			c := r.Counts
			if r.Outcome != flow.Joined || c.Checks.Fail+c.Checks.Warn+c.Checks.NotChecked > 0 || len(r.Findings) > 0 {
				t.Errorf("outcome %s (%s), checks %+v, findings %v", r.Outcome, r.Why, c.Checks, r.Findings)
			}
			if c.Events < 700 || c.Events > 730 || c.AuthChainOnly == 0 || c.StateOnly == 0 || c.Both == 0 {
				t.Errorf("counts %+v", c)
			}
			if n := len(state.Signers()); n < 9 || n > 13 {
				t.Errorf("%d servers have signed", n)
			}
		})
	}
}

// Only a room that can be sized is, and within bounds.
func TestSized(t *testing.T) {
	large, public := scenario(t, largeName), scenario(t, "public-v12")
	for _, l := range []Large{{Events: -1}, {Events: mostLarge + 1}, {Servers: -1}, {RoomVersion: "13"}} {
		if _, err := Sized(large, l); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
	if _, err := Sized(public, Large{Events: 5}); err == nil {
		t.Error("a room that has its size is sized")
	}
	if s, err := Sized(public, Large{}); err != nil || fmt.Sprint(s.Crowd) != fmt.Sprint(public.Crowd) {
		t.Errorf("%v, %+v", err, s.Crowd)
	}
	if s, err := Sized(large, Large{Events: 5000}); err != nil || s.Crowd.Servers != 50 {
		t.Errorf("%v, %+v", err, s.Crowd)
	}
}

package sandbox

import (
	"context"
	"fmt"
	"testing"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/flowtest"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

func TestHostedLook(t *testing.T) {
	s, _ := Lookup("public-v11")
	for _, name := range []string{"", "hash-wrong", "other-key", "redacted-otherwise", "unsigned", "depth-1", "content-after-signing", "event-id-wrong", "no-versions", "other-room","other-sender"} {
		session, err := Open(context.Background(), s, engine.JoinOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if name == "" {
			session.Run.Finish(context.Background())
		} else {
			m, _ := alter.Lookup(name)
			if err := session.Alter(context.Background(), m, ""); err != nil {
				t.Fatal(name, err)
			}
		}
		trace := flowtest.Hosted(session.Run.Trace(), nil)
		trace = flowtest.Then(trace, flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Resident, To: flow.Resident, Exited: &flow.Exited{}})
		session.Stop()
		st := flow.Fold(trace)
		fmt.Println("=====", name, st.Outcome(), st.WhyEnded())
		for _, c := range st.JoinerChecks {
			if c.Outcome != verify.Pass || name == "" {
				fmt.Println(c.Outcome, c.Kind, c.Subject, c.Field, c.Fault, "|", c.Detail)
			}
		}
		if name == "" || name == "depth-1" {
			for _, c := range st.Join().Diff(st.Header.Form) {
				fmt.Println(c.Path, c.Kind, c.Outcome, c.Why)
			}
		}
	}
}

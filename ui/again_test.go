package ui

import (
	"context"
	"slices"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/verify"
)

// R asks again for keys that are missing, in a live run whose answer was verified; anywhere else it says why not. The
// verdict says that there is something to ask for.
func TestAskingForKeysAgain(t *testing.T) {
	whole := recorded(t, "joined")
	replaying(t, 120, 40, whole, -1, Options{}).press("R").shows("ask again: a recording asks nobody")

	lacking := withoutKeysOf(t, whole, "other.example")
	source := &scripted{whole: lacking, done: len(lacking.Entries)}
	source.again = func(context.Context) bool {
		n := len(lacking.Entries)
		again := slices.Clone(lacking.Entries)
		for _, e := range whole.Entries {
			if e.Server == "other.example" && e.Answers > 0 {
				asked := whole.Entry(e.Answers)
				again = append(again, at(asked, n+1, 0, lacking), at(&e, n+2, n+1, lacking))
			}
		}
		l2 := flow.Entry{Kind: flow.Local, Step: flow.L2, From: flow.Joining, To: flow.Joining}
		again = append(again, at(&l2, n+3, 0, lacking))
		source.whole.Entries, source.done = again, len(again)
		return true
	}
	s := newScreen(t, 160, 40, Options{Scenario: "recorded",
		Start: func(context.Context, string) (Source, func(), error) { return source, func() {}, nil }})
	unchecked := func() int { return s.m.screen.latest.Verification.Tally(verify.KindSignature).NotChecked }
	if unchecked() == 0 {
		t.Fatal("everything was checked")
	}
	s.shows("R asks 1 server for keys again")
	listed := s.m.screen.events
	s.press("R").hides("R asks").shows("⟳ verify the answer")
	if s.press("8"); s.m.screen.events == nil || s.m.screen.events == listed {
		t.Error("the events are those of the verification before")
	}
	if unchecked() != 0 || s.m.screen.latest.Outcome() != flow.Joined {
		t.Errorf("%d signatures not checked, %s", unchecked(), s.m.screen.latest.Outcome())
	}
	s.press("R").shows("ask again: no key is missing")
}

// withoutKeysOf is a trace in which a server did not give its keys in time.
func withoutKeysOf(t *testing.T, whole flow.Trace, server string) flow.Trace {
	t.Helper()
	out := flow.Trace{Header: whole.Header, Entries: slices.Clone(whole.Entries)}
	for i := range out.Entries {
		if e := &out.Entries[i]; e.Server == server && e.Answers > 0 && e.To == flow.Joining {
			asked := whole.Entry(e.Answers)
			if asked.Request.Endpoint != client.ServerKeys {
				continue
			}
			e.Kind, e.Response = flow.Failure, nil
			e.Failure = &client.Failure{Kind: client.FailedTimeout, Message: "no answer"}
		}
		out.Entries[i] = out.Entries[i].Remembering()
	}
	return out
}

// at is an entry as one of that number at the end of a trace.
func at(e *flow.Entry, seq, answers int, t flow.Trace) flow.Entry {
	later := *e
	later.Seq, later.Answers, later.At = seq, answers, t.Entries[len(t.Entries)-1].At
	return later.Remembering()
}

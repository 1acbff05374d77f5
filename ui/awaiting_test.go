package ui

import (
	"context"
	"testing"
	"time"

	"doorstep/flow"
)

// While somebody is waited for who invites, the screen says so, and where: there is nothing else to see.
func TestWaitingForAnInvite(t *testing.T) {
	t.Parallel()
	run := &scripted{whole: flow.Trace{Header: flow.Header{User: "@me:my.example", Joining: "my.example",
		Listen: "127.0.0.1:8448", WaitInvite: 300_000}}}
	run.progress = flow.Progress{Of: flow.Awaiting, Done: 4, All: 300, Took: 4 * time.Second}
	s := newScreen(t, 80, 24, Options{Scenario: "recorded",
		Start: func(context.Context, string) (Source, func(), error) { return run, func() {}, nil }})
	where := []string{"wait for an invite", "for an invite of @me:my.example", "127.0.0.1:8448"}
	s.shows(where...).hides("Press .").sound()
	s.pass(keyMsg("."))
	if !s.m.screen.busy {
		t.Fatal("it does not wait")
	}
	s.shows(where...).hides("not sent yet").sound()
}

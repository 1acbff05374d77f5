package sandboxtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
)

// waiting opens a run as join --wait-invite does, beside a federation. The listener stands when it returns.
func waiting(t *testing.T, name string, change func(*live.JoinOptions)) (*Beside, *live.Run) {
	t.Helper()
	b, err := Start(t.Context(), name, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	o := b.Options()
	if change != nil {
		change(&o)
	}
	run, _, stop, err := live.Join(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return b, run
}

// finish does all of a run while something else happens, and returns what it came to.
func finish(t *testing.T, run *live.Run, meanwhile func()) (flow.Trace, flow.State) {
	t.Helper()
	done := make(chan struct{})
	client.Go(func() { defer close(done); run.Finish(t.Context()) })
	meanwhile()
	<-done
	trace := run.Trace()
	return trace, flow.Fold(trace)
}

// Whoever waits for an invite joins from it: the room is the invite's, nobody asks a directory, and the inviter's
// server is asked first.
func TestJoinsFromTheInvite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		scenario string
		target   func(*Beside) string
		version1 bool
	}{
		{scenario: "invite"}, {scenario: "invite-v1", version1: true}, {scenario: "invite-to-address"},
		{scenario: "invite-origin-left"},
	} {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			b, run := waiting(t, tt.scenario, nil)
			trace, s := finish(t, run, func() {
				if err := b.InviteWhenReady(t.Context()); err != nil {
					t.Error(err)
				}
			})
			if s.Outcome() != flow.Joined || s.RoomID != b.RoomID || b.Room.Membership(b.UserID) != "join" {
				t.Fatalf("%s in %q, and the room says %s: %s", s.Outcome(), s.RoomID, b.Room.Membership(b.UserID), s.WhyEnded())
			}
			if len(s.Candidates) == 0 || s.Candidates[0].From != "invite" {
				t.Errorf("candidates %+v", s.Candidates)
			}
			if tt.scenario != "invite-origin-left" && slices.ContainsFunc(trace.Entries,
				func(e flow.Entry) bool { return e.Step == flow.A2 }) {
				t.Error("the directory was asked")
			}
			if got := trace.Entry(s.Invite.Seq).Request.Endpoint == client.InviteV1; got != tt.version1 {
				t.Errorf("in the first form: %t", got)
			}
			for _, c := range s.Checks() {
				if c.Outcome.String() == "fail" {
					t.Errorf("%s failed: %s", c.Kind, c.Detail)
				}
			}
		})
	}
}

// A rejected invite is gone from the room; nothing was joined, and our client asked nothing.
func TestRejects(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"invite", "invite-v1", "invite-to-address"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			b, run := waiting(t, scenario, func(o *live.JoinOptions) { o.Reject = true })
			trace, s := finish(t, run, func() {
				if err := b.InviteWhenReady(t.Context()); err != nil {
					t.Error(err)
				}
			})
			if s.Outcome() != flow.Verified || !s.Rejected() || s.Undo.Ends != flow.EndsInvite || s.Asked {
				t.Fatalf("%s, rejected %t, ends %d: %s", s.Outcome(), s.Rejected(), s.Undo.Ends, s.WhyEnded())
			}
			if got := b.Room.Membership(b.UserID); got != "leave" {
				t.Errorf("the room has the user as %q", got)
			}
			if o, why, something := s.VerifiedOutcome(); something || o != flow.Failed {
				t.Errorf("verify says %s, %s", o, why)
			}
			for _, f := range diagnose.Findings(trace, s) {
				if f.Severity == diagnose.SeverityError {
					t.Errorf("%s is an error", f.ID)
				}
			}
		})
	}
}

// The room that was named is the only one whose invite is taken. What is refused is told so, strangers not which room
// it would have to be, and is in the trace.
func TestOnlyTheRoomNamed(t *testing.T) {
	t.Parallel()
	for target, joins := range map[string]bool{"#room:directory.example": true, "#other:directory.example": false,
		"!other:resident.example": false} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			b, run := waiting(t, "invite", func(o *live.JoinOptions) { o.Target, o.WaitInvite = target, 2*time.Second })
			trace, s := finish(t, run, func() {
				if err := b.InviteWhenReady(t.Context()); (err == nil) != joins {
					t.Errorf("the invite: %v", err)
				}
			})
			if joins {
				if s.Outcome() != flow.Joined {
					t.Errorf("%s: %s", s.Outcome(), s.WhyEnded())
				}
				return
			}
			found := diagnose.Findings(trace, s)
			if s.Outcome() != flow.TimedOut || s.ExitCode(s.Outcome(), false) != 5 || len(found) == 0 ||
				found[0].ID != "nobody-invited" {
				t.Errorf("%s, %v: %s", s.Outcome(), found, s.WhyEnded())
			}
			if b.Room.Membership(b.UserID) == "invite" {
				t.Error("the room has the invite")
			}
			if !slices.ContainsFunc(trace.Entries, func(e flow.Entry) bool {
				if e.Response == nil || e.Response.Status != 403 {
					return false
				}
				said := string(e.Response.Body) // whoever the room's name names is told more than a stranger
				return strings.Contains(said, target) || strings.Contains(said, "not the invite that is waited for")
			}) {
				t.Error("the refusal is not in the trace")
			}
		})
	}
}

// Of two invites the first is taken and the other one told; the handshake goes on with the first.
func TestTwoInvites(t *testing.T) {
	t.Parallel()
	b, run := waiting(t, "invite", nil)
	_, s := finish(t, run, func() {
		errs := make(chan error, 2)
		var wg sync.WaitGroup
		for range 2 {
			wg.Add(1)
			client.Go(func() { defer wg.Done(); errs <- b.InviteWhenReady(t.Context()) })
		}
		wg.Wait()
		var told []string
		for range 2 {
			if err := <-errs; err != nil {
				told = append(told, err.Error())
			}
		}
		if len(told) != 1 || !strings.Contains(told[0], "another invite came first") {
			t.Errorf("told %q", told)
		}
	})
	if s.Outcome() != flow.Joined {
		t.Errorf("%s: %s", s.Outcome(), s.WhyEnded())
	}
}

// Whoever has enough of waiting ends it, and what ends it is kept.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	_, run := waiting(t, "invite", nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(100*time.Millisecond, func() { cancel(flow.Interrupt("SIGINT")) })
	run.Finish(ctx)
	if s := flow.Fold(run.Trace()); s.Outcome() != flow.Cancelled || s.ExitCode(s.Outcome(), false) != 130 {
		t.Errorf("%s, exit code %d: %s", s.Outcome(), s.ExitCode(s.Outcome(), false), s.WhyEnded())
	}
}

// An invite that comes too late is told so.
func TestTooLate(t *testing.T) {
	t.Parallel()
	b, run := waiting(t, "invite", func(o *live.JoinOptions) { o.WaitInvite = 50 * time.Millisecond })
	run.Finish(t.Context())
	if err := b.InviteWhenReady(t.Context()); err == nil || !strings.Contains(err.Error(), "any more") {
		t.Errorf("the invite: %v", err)
	}
	if s := flow.Fold(run.Trace()); s.Outcome() != flow.TimedOut || s.Invite != nil {
		t.Errorf("%s, invite %+v", s.Outcome(), s.Invite)
	}
}

// A flood of invites that are not wanted leaves the trace bounded, each is answered and counted, and the one that is
// wanted is taken all the same.
func TestFlood(t *testing.T) {
	t.Parallel()
	b, run := waiting(t, "invite", func(o *live.JoinOptions) { o.WaitInvite = 5 * time.Minute })
	const flood = 1500
	_, s := finish(t, run, func() {
		stranger := &client.Client{Roots: b.Authority.Pool(), AllowPrivate: true}
		var wg sync.WaitGroup
		for part := range 4 {
			wg.Add(1)
			client.Go(func() {
				defer wg.Done()
				for range flood / 4 {
					x := stranger.Do(t.Context(), to(b), client.Request{Endpoint: client.InviteV1, Method: "PUT",
						Target: "/_matrix/federation/v1/invite/r/e", Body: []byte("{}")}, nil)
					if x.Response == nil || x.Response.Status < 400 {
						t.Errorf("part %d: %+v", part, x)
						return
					}
				}
			})
		}
		wg.Wait()
		if err := b.InviteWhenReady(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if s.Outcome() != flow.Joined {
		t.Fatalf("%s: %s", s.Outcome(), s.WhyEnded())
	}
	entries := len(run.Trace().Entries)
	if entries > 600 || run.Outside() < flood-250 { // it came from one address, and each would be two entries
		t.Errorf("%d entries, and %d requests outside", entries, run.Outside())
	}
}

// to leads to the joining server.
func to(b *Beside) client.Destination {
	return client.Destination{Server: engine.JoiningName, Address: b.Listen, Host: engine.JoiningName,
		SNI: engine.JoiningName, VerifyName: engine.JoiningName}
}

// What is told of the room is the inviter's word, and may be anything: the invite is refused where it is no list of
// events, and nothing of it is believed otherwise.
func TestHostileStateShown(t *testing.T) {
	t.Parallel()
	for shown, taken := range map[string]bool{
		`[]`: true, `null`: false, `{}`: false, `[1]`: false, `"x"`: false,
		`[{"type":"m.room.canonical_alias","content":{"alias":"` + "\\u001b[2J" + `"}}]`: true,
		`[` + strings.Repeat(`{},`, 500) + `{}]`:                                         false,
		`[{"type":"m.room.create","content":{"room_version":"99"}}]`:                     true,
	} {
		b, run := waiting(t, "invite", func(o *live.JoinOptions) { o.WaitInvite = 3 * time.Second })
		e, err := b.Room.Signed(b.Servers[engine.ResidentName], b.Cast.Alice, b.UserID, "invite")
		if err != nil {
			t.Fatal(err)
		}
		inviter := &client.Client{Roots: b.Authority.Pool(), AllowPrivate: true, Identity: &client.Identity{
			ServerName: engine.ResidentName, Key: b.Servers[engine.ResidentName].Keys.Current}}
		body := fmt.Appendf(nil, `{"room_version":%q,"event":%s,"invite_room_state":%s}`, b.Scenario.RoomVersion, e.Raw(),
			shown)
		x := inviter.Do(t.Context(), to(b), client.Request{Endpoint: client.Invite, Method: "PUT", Body: body,
			Target: "/_matrix/federation/v2/invite/" + client.EscapePath(b.RoomID) + "/" + client.EscapePath(e.ID())}, nil)
		if x.Response == nil || (x.Response.Status == 200) != taken {
			t.Errorf("%.60s: %+v", shown, x.Response)
		}
		s := flow.Fold(run.Trace())
		if (s.Invite != nil) != taken || s.Invite != nil && s.Invite.Alias != "" {
			t.Errorf("%.60s: invite %+v", shown, s.Invite)
		}
	}
}

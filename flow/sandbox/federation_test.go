package sandbox

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

func TestFederationSaysWhoIsWho(t *testing.T) {
	f, err := engine.Start(t.Context(), scenario(t, "public-v11"), engine.Options{JoiningName: "us.example:8448"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	if f.Alias != "#room:"+engine.DirectoryName || f.UserID != "@you:us.example:8448" ||
		client.Domain(f.RoomID) != engine.ResidentName {
		t.Errorf("alias %q, user %q, room %q", f.Alias, f.UserID, f.RoomID)
	}
	if !slices.Equal(f.Residents, []string{engine.OtherName, engine.ResidentName}) {
		t.Errorf("residents %v", f.Residents)
	}
}

func TestResolver(t *testing.T) {
	f, err := engine.Start(t.Context(), scenario(t, "failover"), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	f.SetJoining("127.0.0.1:1")
	for _, name := range []string{engine.DirectoryName, engine.ResidentName, engine.OtherName, engine.GoneName,
		engine.JoiningName} {
		d := f.Resolver().Resolve(t.Context(), name)
		if d.Failure != nil || len(d.Destinations) != 1 || len(d.Steps) != 1 || d.Steps[0].Rule != "pinned" ||
			!d.Steps[0].Used {
			t.Errorf("%s: %+v", name, d)
			continue
		}
		to := d.Destinations[0]
		if host, _, err := net.SplitHostPort(to.Address); err != nil || host != "127.0.0.1" || to.Host != name ||
			to.SNI != name || to.VerifyName != name {
			t.Errorf("%s: %+v", name, to)
		}
	}
	if d := f.Resolver().Resolve(t.Context(), "nobody.example"); d.Failure == nil ||
		d.Failure.Kind != client.FailedResolve || d.Destinations != nil {
		t.Errorf("nobody.example: %+v", d)
	}
}

// Where a scenario has a server down, its port is taken and nobody listens.
func TestDeadEnd(t *testing.T) {
	f, err := engine.Start(t.Context(), scenario(t, "no-candidate-answers"), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	for _, name := range []string{engine.GoneName, engine.LostName} {
		address := f.Resolver().Resolve(t.Context(), name).Destinations[0].Address
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			t.Errorf("%s answers", name)
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			t.Errorf("the port of %s is free", name)
		}
	}
}

// Stop leaves nothing behind: not after a handshake, not with a request that hangs, not when called twice or by a
// context.
func TestStop(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("runs", func(t *testing.T) {
		for _, name := range []string{"public-v11", "failover", "truncated-answer", "invite"} {
			j := start(t, scenario(t, name))
			if j.f.Scenario.Invites() {
				if err := j.f.SendInvite(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			j.join(j.f.UserID)
			j.f.Stop()
			j.f.Stop()
		}
	})
	t.Run("hanging", func(t *testing.T) {
		j := start(t, scenario(t, "slow-answer"))
		j.client.Limits = client.Limits{}
		ended := make(chan handshake)
		client.Go(func() { ended <- j.join(j.f.UserID) })
		for j.keyFetches() < 2 { // the resident server is about to hang
			runtime.Gosched()
		}
		j.f.Stop()
		if h := <-ended; h.refusal == nil || h.at != "make_join" {
			t.Errorf("ended at %q with %v", h.at, h.refusal)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f, err := engine.Start(ctx, scenario(t, "public-v11"), engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		address := f.Resolver().Resolve(ctx, engine.ResidentName).Destinations[0].Address
		cancel()
		deadline := time.After(10 * time.Second)
		for {
			c, err := net.Dial("tcp", address)
			if err != nil {
				break
			}
			c.Close()
			select {
			case <-deadline:
				t.Fatal("still listening after the context has ended")
			default:
			}
		}
		f.Stop()
	})
	deadline := time.After(10 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		default:
			runtime.Gosched()
		}
	}
}

func TestStartFails(t *testing.T) {
	good := scenario(t, "public-v11")
	unknown := good
	unknown.RoomVersion = "13"
	if _, err := engine.Start(t.Context(), unknown, engine.Options{}); err == nil || !strings.Contains(err.Error(),
		`"13"`) {
		t.Errorf("room version 13: %v", err)
	}
	if _, err := engine.Start(t.Context(), good, engine.Options{Rand: strings.NewReader("short")}); !errors.Is(err,
		io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("no randomness: %v", err)
	}
	broken := good
	// nobody lets erin set the avatar
	broken.Faults = []engine.Fault{{History: func(h []engine.Draft, c engine.Cast) []engine.Draft {
		d := avatar(c)
		d.Unchecked = false
		return append(h, d)
	}}}
	if _, err := engine.Start(t.Context(), broken, engine.Options{}); err == nil || !strings.Contains(err.Error(),
		"avatar") {
		t.Errorf("a room against the rules: %v", err)
	}
}

func TestInvite(t *testing.T) {
	t.Run("is needed", func(t *testing.T) {
		j := start(t, scenario(t, "invite"))
		if r := decode(j.ask(engine.ResidentName, client.MakeJoinRequest(j.f.RoomID, j.f.UserID, j.offered())),
			new(any)); r == nil || r.String() != "403 M_FORBIDDEN" {
			t.Errorf("without it make_join answers %v", r)
		}
	})
	t.Run("is signed by both", func(t *testing.T) {
		for _, v := range event.Versions() {
			s := scenario(t, "invite")
			s.RoomVersion = v.ID
			j := start(t, s)
			if err := j.f.SendInvite(t.Context()); err != nil {
				t.Fatalf("version %s: %v", v.ID, err)
			}
			events := j.f.Room.Events()
			invite := events[len(events)-1]
			var signers []string
			for _, sig := range invite.Signatures() {
				signers = append(signers, sig.Server)
			}
			slices.Sort(signers)
			if invite.Membership() != "invite" || !slices.Equal(signers, []string{engine.JoiningName, engine.ResidentName}) {
				t.Errorf("version %s: the room has %s, signed by %v", v.ID, invite.Raw(), signers)
			}
			if failures := j.verify(j.join(j.f.UserID)); failures != nil {
				t.Errorf("version %s: %v", v.ID, failures)
			}
		}
	})
	t.Run("comes with the alias", func(t *testing.T) {
		j := start(t, scenario(t, "invite"))
		var kinds []string
		for _, e := range j.f.Room.Shown(j.f.Cast.Alice) {
			kinds = append(kinds, e.Type())
		}
		for _, want := range []string{"m.room.create", "m.room.canonical_alias", "m.room.join_rules"} {
			if !slices.Contains(kinds, want) {
				t.Errorf("no %s among %v", want, kinds)
			}
		}
	})
	t.Run("leaves a server that left", func(t *testing.T) {
		j := start(t, scenario(t, "invite-origin-left"))
		if err := j.f.SendInvite(t.Context()); err != nil {
			t.Fatal(err)
		}
		x := j.ask(engine.OtherName, client.MakeJoinRequest(j.f.RoomID, j.f.UserID, j.offered()))
		if x.Failure != nil || x.Response.Status != 404 || !strings.Contains(string(x.Response.Body),
			"Not an active room on this server") {
			t.Errorf("make_join there: %+v", x)
		}
		if got := j.f.Room.Servers(); !slices.Equal(got, []string{engine.ResidentName}) {
			t.Errorf("in the room are %v", got)
		}
	})
	t.Run("fails", func(t *testing.T) {
		j := start(t, scenario(t, "public-v11"))
		if err := j.f.SendInvite(t.Context()); !errors.Is(err, engine.ErrNoInvite) {
			t.Errorf("nobody to invite: %v", err)
		}
		j = start(t, scenario(t, "invite"))
		j.f.SetJoining("")
		if err := j.f.SendInvite(t.Context()); err == nil || j.f.Room.Membership(j.f.UserID) != "" {
			t.Errorf("nobody there: %v", err)
		}
		// Another federation's resident server takes no invites.
		other := start(t, scenario(t, "public-v11"))
		j.f.Authority = other.f.Authority
		j.f.SetJoining(other.listener.Addr().String())
		if err := j.f.SendInvite(t.Context()); err == nil || j.f.Room.Membership(j.f.UserID) != "" {
			t.Errorf("a stranger answers: %v", err)
		}
	})
}

func BenchmarkStart(b *testing.B) {
	s, _ := Lookup("public-v12")
	for b.Loop() {
		f, err := engine.Start(b.Context(), s, engine.Options{Rand: rand.NewChaCha8([32]byte{1})})
		if err != nil {
			b.Fatal(err)
		}
		f.Stop()
	}
}

package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow/alter"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
)

// Join starts the federation of a scenario and a joining server next to it, and returns the run of its handshake, of
// which nothing is done yet but an invite, where the scenario has one. stop ends everything; it must be called, and
// may be called again.
func Join(ctx context.Context, s engine.Scenario, o engine.JoinOptions) (run *live.Run, stop func(), err error) {
	session, err := Open(ctx, s, o)
	if err != nil {
		return nil, nil, err
	}
	return session.Run, session.Stop, nil
}

// A Session is the federation of a scenario, and the run of a handshake with it.
type Session struct {
	Run *live.Run

	federation *engine.Federation
	options    engine.JoinOptions
	origin     origin
	changes    []alter.Draft // the steps that were changed so far
	stop       func()
}

// An origin is what a federation is made of: the same makes an equal one.
type origin struct {
	seed [32]byte
	at   time.Time
}

// Open does what Join does, and keeps what it takes to have an equal federation again.
func Open(ctx context.Context, s engine.Scenario, o engine.JoinOptions) (*Session, error) {
	from := origin{at: time.Now()}
	if o.Now != nil {
		from.at = o.Now()
	}
	if _, err := rand.Read(from.seed[:]); err != nil {
		return nil, err
	}
	if o.Key == nil {
		key, err := client.GenerateKey()
		if err != nil {
			return nil, err
		}
		o.Key = &key
	}
	return open(ctx, s, o, from)
}

func open(ctx context.Context, s engine.Scenario, o engine.JoinOptions, from origin) (*Session, error) {
	clock := clock{at: from.at, now: o.Now}
	federation := engine.Options{Now: clock.Now, User: o.User, Rand: mathrand.NewChaCha8(from.seed)}
	if o.User != "" {
		user, err := client.ParseUserID(o.User)
		if err != nil {
			return nil, err
		}
		if slices.Contains(s.Layout.Names(), user.Domain) {
			return nil, fmt.Errorf("user %q: the server %q plays another part in this scenario", o.User, user.Domain)
		}
		federation.JoiningName = user.Domain
	}
	f, err := engine.Start(ctx, s, federation)
	if err != nil {
		return nil, err
	}
	clock.runs.Store(true)
	run, closeListener, err := f.Join(ctx, o)
	if err != nil {
		f.Stop()
		return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	return &Session{Run: run, federation: f, options: o, origin: from,
		stop: func() { closeListener(); f.Stop() }}, nil
}

// Stop ends the federation and the joining server; it may be called again.
func (s *Session) Stop() { s.stop() }

// A clock stands still at a time while a federation is made, so that the times of its room follow from its origin, and
// goes right afterwards.
type clock struct {
	at   time.Time
	now  func() time.Time
	runs atomic.Bool
}

// Now tells the time.
func (c *clock) Now() time.Time {
	switch {
	case !c.runs.Load():
		return c.at
	case c.now != nil:
		return c.now()
	}
	return time.Now()
}

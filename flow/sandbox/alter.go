package sandbox

import (
	"context"
	"errors"
	"fmt"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/live"
)

// Twin opens an equal federation, in which nothing has been done yet: the same keys, the same room with the same
// events. The run in it is on the same server, with the same key. It must be stopped like the first.
func (s *Session) Twin(ctx context.Context) (*Session, error) {
	o := s.options
	o.Listen, o.OnRun = "", nil // the first has that address
	return open(ctx, s.federation.Scenario, o, s.origin)
}

// Fork returns a twin that has come to the step which is the next of s: from here on the two can go different ways.
func (s *Session) Fork(ctx context.Context) (*Session, error) {
	want, ok := flow.Fold(s.Run.Trace()).Next()
	if !ok {
		return nil, errors.New("the handshake is over")
	}
	twin, err := s.Twin(ctx)
	if err != nil {
		return nil, err
	}
	for {
		next, ok := flow.Fold(twin.Run.Trace()).Next()
		switch {
		case ok && next.ID == want.ID && next.Work == want.Work && next.Server == want.Server &&
			next.Attempt == want.Attempt:
			return twin, nil
		case !ok || ctx.Err() != nil || !twin.Run.Step(ctx):
			twin.Stop()
			return nil, fmt.Errorf("the second handshake does not come to %s", want.ID)
		}
	}
}

// Known is what a mutation of the next step may need to know. Which event is which is known because the federation is
// ours; the joining server learns it from the answer to send_join only.
func (s *Session) Known() alter.Known {
	events := s.federation.Room.Events()
	return alter.Known{
		Type: func(id string) (string, bool) {
			for _, e := range events {
				if e.ID() == id {
					return e.Type(), true
				}
			}
			return "", false
		},
		Others: live.Others(flow.Fold(s.Run.Trace())),
	}
}

// Alter does the handshake with a mutation: as usual up to the first step that it applies to, or to the step at, where
// that is not empty; that one changed, and then the rest. It errs when the handshake comes to no such step, or the
// change cannot be made there; what was done so far is in the trace.
func (s *Session) Alter(ctx context.Context, m alter.Mutation, at flow.StepID) error {
	version := s.federation.Room.Version()
	for {
		step, ok := flow.Fold(s.Run.Trace()).Next()
		if !ok {
			return fmt.Errorf("%s: this handshake comes to no step that it changes", m.Name)
		}
		changes := m.Applies(step.ID, version) && (at == "" || at == step.ID) && step.Work != flow.Resolve
		if !changes {
			before := len(s.Run.Trace().Entries)
			if !s.Run.Step(ctx) || len(s.Run.Trace().Entries) == before {
				return fmt.Errorf("%s: this handshake comes to no step that it changes", m.Name)
			}
			continue
		}
		d, err := s.Run.Draft()
		if err != nil {
			return err
		}
		if d, err = m.Apply(d, s.Known()); err != nil {
			return err
		}
		if err := s.Run.StepAltered(ctx, d); err != nil {
			return err
		}
		s.Run.Finish(ctx)
		return nil
	}
}

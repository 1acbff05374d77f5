package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/event"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
)

// Twin opens an equal federation, in which nothing has been done yet: the same keys, the same room with the same
// events. The run in it is on the same server, with the same key. It must be stopped like the first.
func (s *Session) Twin(ctx context.Context) (*Session, error) {
	o := s.options
	o.Listen, o.OnRun = "", nil // the first has that address
	return open(ctx, s.federation.Scenario, o, s.origin)
}

// StepAltered does the next step as d says, and remembers it: a fork has the same changes up to where it begins.
func (s *Session) StepAltered(ctx context.Context, d alter.Draft) error {
	if err := s.Run.StepAltered(ctx, d, live.Consent{}); err != nil { // nothing of it leaves the program
		return err
	}
	if d.Changed() {
		s.changes = append(s.changes, d)
	}
	return nil
}

// Fork returns a twin that has come to the step which is the next of s: from here on the two can go different ways.
// What was changed in s before is changed in the twin as well.
func (s *Session) Fork(ctx context.Context) (*Session, error) {
	want, ok := flow.Fold(s.Run.Trace()).Next()
	if !ok {
		return nil, errors.New("the handshake is over")
	}
	twin, err := s.Twin(ctx)
	if err != nil {
		return nil, err
	}
	for changes := s.changes; ; {
		next, ok := flow.Fold(twin.Run.Trace()).Next()
		if ok && len(changes) == 0 && next.ID == want.ID && next.Work == want.Work && next.Server == want.Server &&
			next.Attempt == want.Attempt {
			return twin, nil
		}
		did := ok && ctx.Err() == nil
		switch {
		case !did:
		case len(changes) > 0 && twin.isFor(changes[0], next):
			did = twin.again(ctx, changes[0]) == nil
			changes = changes[1:]
		default:
			did = twin.Run.Step(ctx)
		}
		if !did {
			twin.Stop()
			return nil, fmt.Errorf("the second handshake does not come to %s", want.ID)
		}
	}
}

// isFor reports whether a change is one to the step that is next.
func (s *Session) isFor(d alter.Draft, next flow.Step) bool {
	return d.Step == next.ID && (d.Signs() || d.Usual().Server == next.Server) && next.Work != flow.Resolve
}

// again makes a change that was made in another session: a ready one to what would be sent here, otherwise the text
// that somebody wrote.
func (s *Session) again(ctx context.Context, d alter.Draft) error {
	if m, ok := alter.Lookup(d.Mutation); ok {
		usual, err := s.Run.Draft()
		if err != nil {
			return err
		}
		if d, err = m.Apply(usual, s.Known()); err != nil {
			return err
		}
	}
	return s.StepAltered(ctx, d)
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
		Replaced: func(id string) ([]byte, bool) { return replacedBy(s.federation.Room.Version(), events, id) },
		Others:   live.Others(flow.Fold(s.Run.Trace())),
	}
}

// replacedBy names the state event before the one of an ID, among the events of a room in their order.
func replacedBy(v *event.Version, events []*event.Event, id string) (reference []byte, ok bool) {
	at := slices.IndexFunc(events, func(e *event.Event) bool { return e.ID() == id })
	for i := at - 1; i >= 0; i-- {
		if _, isState := events[i].StateKey(); isState && engine.TupleOf(events[i]) == engine.TupleOf(events[at]) {
			return referenceTo(v, events[i]), true
		}
	}
	return nil, false
}

// referenceTo is how the auth_events of version v name an event.
func referenceTo(v *event.Version, e *event.Event) []byte {
	if !v.HashPairs {
		return event.Quote(e.ID())
	}
	hash := e.ReferenceHash()
	return fmt.Appendf(nil, `[%s,{"sha256":%s}]`, event.Quote(e.ID()), event.Quote(event.EncodeBase64(hash[:])))
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
		if err := s.StepAltered(ctx, d); err != nil {
			return err
		}
		s.Run.Finish(ctx)
		return nil
	}
}

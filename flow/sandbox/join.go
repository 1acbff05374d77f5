package sandbox

import (
	"context"
	"fmt"
	"slices"

	"doorstep/client"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
)

// Join starts the federation of a scenario and a joining server next to it, and returns the run of its handshake, of
// which nothing is done yet but an invite, where the scenario has one. stop ends everything; it must be called, and
// may be called again.
func Join(ctx context.Context, s engine.Scenario, o engine.JoinOptions) (run *live.Run, stop func(), err error) {
	federation := engine.Options{Now: o.Now, User: o.User}
	if o.User != "" {
		user, err := client.ParseUserID(o.User)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(s.Layout.Names(), user.Domain) {
			return nil, nil, fmt.Errorf("user %q: the server %q plays another part in this scenario", o.User, user.Domain)
		}
		federation.JoiningName = user.Domain
	}
	f, err := engine.Start(ctx, s, federation)
	if err != nil {
		return nil, nil, err
	}
	run, closeListener, err := f.Join(ctx, o)
	if err != nil {
		f.Stop()
		return nil, nil, fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	return run, func() { closeListener(); f.Stop() }, nil
}

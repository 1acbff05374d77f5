package command

import (
	"context"
	"errors"

	"doorstep/flow/alter"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/ui"
)

// tellsToMake is from how many events on it is said that making the room takes a moment.
const tellsToMake = 10_000

// A sandboxRun is a run in a federation of ours as the screen has it: a step can be done otherwise, next to an equal
// run in which it is done as usual. The equal run is not recorded.
type sandboxRun struct {
	*live.Run
	session *sandbox.Session
	forks   bool // the room is small enough to be made again
}

var (
	_ ui.Alterable = sandboxRun{}
	_ ui.Forking   = sandboxRun{}
)

// StepAltered does the next step as d says. Nothing of it leaves the program, so that no consent is needed.
func (r sandboxRun) StepAltered(ctx context.Context, d alter.Draft, _ live.Consent) error {
	return r.session.StepAltered(ctx, d)
}

func (r sandboxRun) Known() alter.Known { return r.session.Known() }

func (r sandboxRun) Fork(ctx context.Context) (ui.Source, func(), error) {
	if !r.forks {
		return nil, nil, errors.New("the room is too large to be made a second time")
	}
	twin, err := r.session.Fork(ctx)
	if err != nil {
		return nil, nil, err
	}
	return sandboxRun{twin.Run, twin, true}, twin.Stop, nil
}

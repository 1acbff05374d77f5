package command

import (
	"context"
	"fmt"

	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui"
)

// scenarioStarter returns what starts a scenario, by its name, for the screen; large sizes the room of the one that can
// be sized.
func (p *program) scenarioStarter(large sandbox.Large,
	o engine.JoinOptions) func(context.Context, string) (ui.Source, func(), error) {
	return func(ctx context.Context, name string) (ui.Source, func(), error) {
		var session *sandbox.Session
		scenario, ok := sandbox.Lookup(name)
		if !ok {
			return nil, nil, fmt.Errorf("no scenario %q", name)
		}
		scenario, err := sandbox.Sized(scenario, large)
		if err != nil {
			return nil, nil, err
		}
		_, stop, err := p.starter("sandbox-"+name, func(ctx context.Context,
			onRun func(*live.Run) error) (*live.Run, func(), error) {
			o := o
			o.OnRun = onRun
			if session, err = sandbox.Open(ctx, scenario, o); err != nil {
				return nil, nil, err
			}
			return session.Run, session.Stop, nil
		})(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		return sandboxRun{session.Run, session, scenario.Crowd.Events < tellsToMake}, stop, nil
	}
}

// starter returns what starts a run for the screen, recorded. What keeps the recording from being written is told by
// the screen, and again when that is closed.
func (p *program) starter(what string, start starter) func(context.Context, string) (ui.Source, func(), error) {
	return func(ctx context.Context, _ string) (ui.Source, func(), error) {
		var k *keeping
		r, stop, err := start(ctx, func(r *live.Run) (err error) {
			k, err = p.keep(r, what)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		p.last.Store(&visit{trace: r.Trace, keeping: k})
		p.sendLater(r.Trace)
		return r, func() {
			stop()
			p.unkept = append(p.unkept, k)
		}, nil
	}
}

// A starter starts a run; onRun is called before anything happens in it.
type starter func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error)

const defaultScenario = "public-v12"

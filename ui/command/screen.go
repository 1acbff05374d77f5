package command

import (
	"context"
	"errors"
	"fmt"

	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/recordings"
	"doorstep/ui"
	"doorstep/ui/home"
	"doorstep/ui/terminal"
)

// screen opens the full-screen program.
func (p *program) screen(ctx context.Context, o ui.Options) error {
	o.ASCII, o.Theme, o.Color, o.Mouse, o.Strict = p.ascii, p.theme, p.color, !p.noMouse, p.strict
	for _, s := range sandbox.Scenarios() {
		o.Scenarios = append(o.Scenarios, home.Scenario{Name: s.Name, Title: s.Title, Teaches: s.Teaches, Finding: s.Finding})
	}
	o.Recordings = recordings.Names()
	o.Open = p.visitRecording
	if o.Start == nil {
		o.Start = p.scenarioStarter(sandbox.Large{}, engine.JoinOptions{Tool: tool()})
	}
	code, err := ui.Run(ctx, o)
	p.code = code
	return errors.Join(err, p.recording, p.part())
}

// scenarioStarter returns what starts a scenario, by its name, for the screen; large sizes the room of the one that can
// be sized.
func (p *program) scenarioStarter(large sandbox.Large,
	o engine.JoinOptions) func(context.Context, string) (ui.Source, func(), error) {
	return func(ctx context.Context, name string) (ui.Source, func(), error) {
		scenario, ok := sandbox.Lookup(name)
		if !ok {
			return nil, nil, fmt.Errorf("no scenario %q", name)
		}
		scenario, err := sandbox.Sized(scenario, large)
		if err != nil {
			return nil, nil, err
		}
		return p.starter("sandbox-"+name, func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
			o := o
			o.OnRun = onRun
			return sandbox.Join(ctx, scenario, o)
		})(ctx, name)
	}
}

// starter returns what starts a run for the screen, recorded. What keeps the recording from being written is told when
// the screen is closed.
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
		return r, func() {
			stop()
			p.recording = errors.Join(p.recording, k.Close())
		}, nil
	}
}

// interactive reports whether to open the screen: both ends are a terminal that can show one, and no flag asks for
// lines.
func (p *program) interactive() bool {
	return p.form == nil && terminal.ShowsScreen()
}

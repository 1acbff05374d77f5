package command

import (
	"context"
	"errors"
	"fmt"

	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// screen opens the full-screen program.
func (p *program) screen(ctx context.Context, o ui.Options) error {
	if p.linear {
		return p.tellLinear(ctx, o)
	}
	o.ASCII, o.Theme, o.Color, o.Mouse, o.Strict = p.ascii, p.theme, p.color, !p.noMouse, p.strict
	o.Bindings = p.settings.bindings
	for _, problem := range p.settings.problems {
		p.notice(theme.SafeText(problem))
	}
	if o.Notice == "" && len(p.settings.problems) > 0 {
		o.Notice = p.settings.problems[0]
	}
	o.Scenarios, o.Recordings, o.Recent = homeScenarios(), homeRecordings(), recentRecordings()
	o.Open = p.visitRecording
	if o.Start == nil {
		o.Start = p.scenarioStarter(sandbox.Large{}, engine.JoinOptions{Tool: tool()})
	}
	joins := &formJoins{}
	o.Join = p.joinForm(joins)
	code, err := ui.Run(ctx, o)
	p.code = code
	joins.each(p.sayLeftBehind)
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
// lines; or whether to tell it in lines that are answered.
func (p *program) interactive() bool {
	return p.form == nil && (p.linear || terminal.ShowsScreen())
}

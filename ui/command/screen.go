package command

import (
	"context"
	"errors"

	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// screen opens the full-screen program.
func (p *program) screen(ctx context.Context, o ui.Options) error {
	p.stay()
	defer p.sendUnsent(ctx)
	if p.linear {
		return p.tellLinear(ctx, o)
	}
	o.ASCII, o.Theme, o.Color, o.Mouse, o.Strict = p.ascii, p.theme, p.color, !p.noMouse, p.strict
	o.AllChecks, o.Tool = p.allChecks, tool()
	o.Links = !p.noLinks && terminal.TakesLinks()
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
	if o.Tour == nil {
		o.Tour = p.tour()
	}
	joins := &formJoins{}
	o.Join = p.joinForm(joins)
	words := p.lastWords.keep(func(panicked bool) []string {
		return joins.lines(func(t flow.Trace, o live.JoinOptions) []string { return p.leftBehind(t, o, panicked) })
	})
	code, err := ui.Run(ctx, o)
	p.code = code
	p.say(words)
	joins.each(func(_ flow.Trace, o live.JoinOptions) { p.warnOfJoin(o) })
	p.tellUnkept()
	return errors.Join(err, p.part())
}

// interactive reports whether to open the screen: both ends are a terminal that can show one, and no flag asks for
// lines; or whether to tell it in lines that are answered.
func (p *program) interactive() bool {
	return p.form == nil && (p.linear || terminal.ShowsScreen())
}

package command

import (
	"context"
	"os"

	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui"
	"doorstep/ui/linear"
	"doorstep/ui/terminal"
)

// tellLinear tells what the screen would show line by line, and takes commands as words.
func (p *program) tellLinear(ctx context.Context, o ui.Options) error {
	lines := linear.Options{In: os.Stdin, Out: p.stdout, Confirm: o.Confirm, Strict: p.strict, Notice: o.Notice,
		ASCII:     p.ascii || !terminal.SpeaksUTF8(),
		AllChecks: p.allChecks, Tool: tool()}
	if o.Recorded != nil {
		lines.Source, lines.Name = recorded{o.Recorded}, o.Recording
		select {
		case <-o.Recorded.Done():
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := o.Recorded.Err(); err != nil {
			p.notice(oneLine(err))
		}
	} else {
		if o.Scenario == "" {
			o.Scenario, lines.Notice = defaultScenario, "doorstep sandbox --list names other handshakes."
		}
		if o.Start == nil {
			o.Start = p.scenarioStarter(sandbox.Large{}, engine.JoinOptions{Tool: tool()})
		}
		source, stop, err := o.Start(ctx, o.Scenario)
		if err != nil {
			return err
		}
		defer func() { stop(); p.tellUnkept() }()
		lines.Source, lines.Name, lines.Live = source, o.Scenario, true
	}
	code, err := linear.Run(ctx, lines)
	p.code, p.reported = code, true
	return err
}

// recorded is a recording as a source of lines.
type recorded struct{ *recording.Stream }

func (recorded) Step(context.Context) bool  { return false }
func (recorded) Again(context.Context) bool { return false }

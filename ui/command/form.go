package command

import (
	"context"
	"sync"

	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/shell"
	"doorstep/ui"
	"doorstep/ui/home"
)

// formJoins are the joins that were started from the form, in order.
type formJoins struct {
	mu    sync.Mutex
	joins []formJoin
}

type formJoin struct {
	run *live.Run
	o   live.JoinOptions
}

func (j *formJoins) add(r *live.Run, o live.JoinOptions) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.joins = append(j.joins, formJoin{r, o})
}

// each hands the traces to tell, with what was asked for.
func (j *formJoins) each(tell func(flow.Trace, live.JoinOptions)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, join := range j.joins {
		tell(join.run.Trace(), join.o)
	}
}

// joinForm makes joins of the form on the screen, as the command join does; joins keeps them.
func (p *program) joinForm(joins *formJoins) *ui.JoinForm {
	return &ui.JoinForm{
		Check: func(a home.Answers) error { return filledIn(a).Check() },
		Line:  func(a home.Answers) string { return shell.Line(joinLine(a)) },
		Start: func(ctx context.Context, a home.Answers) (ui.Source, func(), error) {
			return p.starter("join", func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
				o := filledIn(a)
				asked := o
				o.OnRun = func(r *live.Run) error {
					joins.add(r, asked)
					return onRun(r)
				}
				r, _, stop, err := live.Join(ctx, o)
				return r, stop, err
			})(ctx, a.Room)
		},
	}
}

// filledIn is what the command join would be asked for by the command line of the form.
func filledIn(a home.Answers) live.JoinOptions {
	return live.JoinOptions{Tool: tool(), Target: a.Room, User: a.User, KeyFile: a.Key, ServerName: a.ServerName,
		Listen: a.Listen, DryRun: a.DryRun, Probe: a.Probe, Form: flow.FormCurrent}
}

// joinLine is that command line, a word each.
func joinLine(a home.Answers) []string {
	words := []string{"doorstep", "join", a.Room, "--user", a.User}
	for _, f := range []struct{ flag, value string }{{"--key", a.Key}, {"--server-name", a.ServerName},
		{"--listen", a.Listen}} {
		if f.value != "" {
			words = append(words, f.flag, f.value)
		}
	}
	if a.DryRun {
		words = append(words, "--dry-run")
	}
	if a.Probe {
		words = append(words, "--probe")
	}
	return words
}

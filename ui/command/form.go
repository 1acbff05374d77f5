package command

import (
	"context"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/shell"
	"doorstep/ui"
	"doorstep/ui/home"
	"doorstep/ui/settings"
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

// each calls do with the trace of each join, and what was asked for.
func (j *formJoins) each(do func(flow.Trace, live.JoinOptions)) {
	j.mu.Lock()
	joins := slices.Clone(j.joins)
	j.mu.Unlock()
	for _, join := range joins {
		do(join.run.Trace(), join.o)
	}
}

// lines are those that lines makes of each trace and what was asked for.
func (j *formJoins) lines(lines func(flow.Trace, live.JoinOptions) []string) (all []string) {
	j.each(func(t flow.Trace, o live.JoinOptions) { all = append(all, lines(t, o)...) })
	return all
}

// joinForm makes joins of the form on the screen, as the command join does; joins keeps them.
func (p *program) joinForm(joins *formJoins) *ui.JoinForm {
	return &ui.JoinForm{
		Profiles: homeProfiles(p.settings.Profiles),
		Check: func(a home.Answers) error {
			o, err := p.filledIn(a)
			if err != nil {
				return err
			}
			return o.Check()
		},
		Line: func(a home.Answers) string { return string(shell.Line(p.joinLine(a))) },
		Start: func(ctx context.Context, a home.Answers) (ui.Source, func(), error) {
			return p.starter("join", func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
				o, err := p.filledIn(a)
				if err != nil {
					return nil, nil, err
				}
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

// homeProfiles are the profiles as the form offers them: those that nothing is wrong with. The form sends no join
// unless somebody says so, there or in the profile.
func homeProfiles(all []settings.Profile) []home.Profile {
	var out []home.Profile
	for _, p := range all {
		if len(p.Problems) == 0 {
			out = append(out, home.Profile{Name: p.Name, User: p.Value("user"), Key: p.Value("key"),
				ServerName: p.Value("server-name"), Listen: p.Value("listen"),
				DryRun: p.Value("dry-run") != "false", Probe: p.Value("probe") == "true"})
		}
	}
	return out
}

// filledIn is what the command join is asked for by the command line of the form.
func (p *program) filledIn(a home.Answers) (live.JoinOptions, error) {
	var o live.JoinOptions
	c := &cobra.Command{Use: "join"}
	joinFlags(c, &o, new(bool))
	if err := c.ParseFlags(p.joinLine(a)[3:]); err != nil {
		return o, err
	}
	chosen, ok, err := chosenProfile(c, p.settings.Profiles)
	if err == nil && ok {
		err = take(c, chosen)
	}
	asked(&o, c, a.Room)
	return o, err
}

// joinLine is that command line, a word each: the profile, and what it does not say itself.
func (p *program) joinLine(a home.Answers) []string {
	words := []string{"doorstep", "join", a.Room}
	chosen, _ := p.settings.Profile(a.Profile)
	if a.Profile != "" {
		words = append(words, "--profile", a.Profile)
	}
	for _, f := range []struct{ flag, value string }{{"user", a.User}, {"key", a.Key}, {"server-name", a.ServerName},
		{"listen", a.Listen}} {
		if f.value != chosen.Value(f.flag) {
			words = append(words, "--"+f.flag, f.value)
		}
	}
	for _, f := range []struct {
		flag string
		on   bool
	}{{"dry-run", a.DryRun}, {"probe", a.Probe}} {
		switch settled := chosen.Value(f.flag) == "true"; {
		case f.on && !settled:
			words = append(words, "--"+f.flag)
		case !f.on && settled:
			words = append(words, "--"+f.flag+"=false")
		}
	}
	return words
}

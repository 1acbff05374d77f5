package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui"
)

func (p *program) sandboxCommand() *cobra.Command {
	var list bool
	var keyFile, altering string
	var o engine.JoinOptions
	var large sandbox.Large
	c := &cobra.Command{
		Use:   "sandbox [SCENARIO]",
		Short: "Run a real handshake against the embedded federation",
		Args:  takes(0, 1, ""),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return scenarioNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return p.listScenarios()
			}
			if altering == listAlterations {
				return p.listMutations()
			}
			name := defaultScenario
			if len(args) == 1 {
				name = args[0]
			}
			if keyFile != "" {
				keys, err := client.ReadKeys(keyFile)
				if err != nil {
					return err
				}
				o.Key = &keys[0]
			}
			return p.sandbox(cmd.Context(), name, large, o, altering)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "name every scenario")
	c.Flags().StringVar(&keyFile, "key", "", "sign with the key in `FILE` (Synapse or Dendrite form)")
	c.Flags().StringVar(&altering, "alter", "",
		"change a step: `MUTATION`, MUTATION@STEP, or list")
	c.Flags().StringVar(&o.Listen, "listen", "", "serve our keys and client API at `ADDR`")
	c.Flags().StringVar(&o.User, "user", "", "join as `USER`, on the joining server")
	c.Flags().IntVar(&large.Events, "events", 0, "of large: a room of about `N` events")
	c.Flags().IntVar(&large.Servers, "servers", 0, "of large: by users of `N` servers")
	c.Flags().Uint64Var(&large.Seed, "seed", 0, "of large: `N` chooses among such rooms")
	c.Flags().StringVar(&large.RoomVersion, "room-version", "", "of large: in room version `V`")
	p.otlpFlag(c)
	return c
}

func (p *program) listScenarios() error {
	if p.wantsJSON() {
		type row struct {
			Name    string `json:"name"`
			Title   string `json:"title"`
			Teaches string `json:"teaches"`
			Finding string `json:"finding"`
		}
		rows := []row{}
		for _, s := range sandbox.Scenarios() {
			rows = append(rows, row{s.Name, s.Title, s.Teaches, s.Finding})
		}
		return p.writeJSON(rows)
	}
	for _, s := range sandbox.Scenarios() {
		fmt.Fprintf(p.stdout, "%-24s %s\n", s.Name, s.Title)
	}
	return nil
}

// sandbox runs a scenario: on the screen where there is a terminal, otherwise to its end. One with a change to a step
// is run to its end in any case.
func (p *program) sandbox(ctx context.Context, name string, large sandbox.Large, o engine.JoinOptions,
	altering string) error {
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		return fmt.Errorf("no scenario %q%s; doorstep sandbox --list names them all", name,
			didYouMean(name, sandboxNames(), ""))
	}
	scenario, err := sandbox.Sized(scenario, large)
	if err != nil {
		return err
	}
	if scenario.Crowd.Events >= tellsToMake {
		p.notice(fmt.Sprintf("making a room of %d events by users of %d servers: this takes a moment", scenario.Crowd.Events,
			scenario.Crowd.Servers))
	}
	o.Tool = tool()
	if altering != "" {
		c, err := parseChange(altering)
		if err != nil {
			return err
		}
		return p.sandboxAltered(ctx, scenario, o, c)
	}
	start := func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
		o := o
		o.OnRun = onRun
		return sandbox.Join(ctx, scenario, o)
	}
	if p.interactive() {
		return p.screen(ctx, ui.Options{Scenario: name, Start: p.scenarioStarter(large, o)})
	}
	return p.runToEnd(ctx, "sandbox-"+name, start)
}

func sandboxNames() []string {
	var names []string
	for _, s := range sandbox.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

func scenarioNames() []string {
	var names []string
	for _, s := range sandbox.Scenarios() {
		names = append(names, s.Name+"\t"+s.Title)
	}
	return names
}

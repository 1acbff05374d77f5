package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/ui/text"
	"doorstep/ui/versus"
)

func (p *program) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two recorded handshakes, step by step",
		Long: `Diff compares two recordings: what was asked and answered, what of it differs,
and which checks and findings do. Both go by the names that replay --list gives,
or are files; one of them may be -, standard input.

Names of rooms, events, users and servers, addresses, times, keys, hashes and
signatures differ between any two runs. They are counted and not listed, as long
as each name of one always stands for the same name of the other. How long an
answer took differs where one took three times as long as the other and a second
longer; headers and TLS facts are told aside, and count for nothing.

It exits with 0 where nothing else differs, with 1 where something does, and
with 2 where it cannot tell. On a terminal it opens a screen. --json prints one
object, to which fields are only ever added: doorstep_diff (1), equal, shared,
a and b (what each is), header, steps (each with a, b and differences: part,
path, change, a, b, in; and with asides), checks, findings, counts and
as_any_two_runs.`,
		Example: `  doorstep diff synapse-v12 dendrite-v12
  doorstep diff public-v12 form-2015 --plain
  doorstep diff last ./reported.jsonl.gz`,
		Args:              takes(2, 2, "name two recordings, such as public-v12 form-2015"),
		ValidArgsFunction: completeTwoRecordings,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.compared(cmd.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			p.code = c.ExitCode
			switch {
			case p.wantsJSON():
				return p.writeJSON(c)
			case p.interactive() && !p.linear:
				p.stay()
				p.code, err = versus.Run(cmd.Context(), c, versus.Options{ASCII: p.ascii, Mouse: !p.noMouse, Theme: p.theme,
					Color: p.color, Bindings: p.settings.bindings})
				return err
			}
			return text.Compared(p.stdout, c, text.Options{ASCII: p.spellsOut()})
		},
	}
}

// compared reads two recordings and compares them.
func (p *program) compared(ctx context.Context, a, b string) (out compare.Comparison, err error) {
	if a == standardInput && b == standardInput {
		return out, errors.New("diff: standard input (-) can be read once only")
	}
	var sides [2]compare.Side
	for i, name := range []string{a, b} {
		if name == standardInput && p.interactive() {
			return out, errors.New("diff -: standard input is this terminal: send a recording into it, or name a file")
		}
		t, notice, err := p.openTrace(ctx, name)
		if err != nil {
			return out, fmt.Errorf("diff: %w", err)
		}
		if err := notOfCheck("diff", t.Header); err != nil {
			return out, err
		}
		if notice != "" {
			p.notice(notice)
		}
		s, err := p.fold(t)
		if err != nil {
			return out, err
		}
		sides[i] = compare.Side{Name: name, Trace: t, State: s, Findings: diagnose.Findings(t, s)}
	}
	return compare.Handshakes(sides[0], sides[1]), nil
}

// completeTwoRecordings offers for either argument what replay offers for its one.
func completeTwoRecordings(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completeRecordings(c, nil, word)
}

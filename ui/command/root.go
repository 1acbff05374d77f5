package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui"
)

// Run carries out one command line and returns the exit code.
func Run(args []string, stdout, stderr io.Writer) int {
	m := newMeter(stderr)
	out := &standardOutput{w: m.over(stdout)}
	p := &program{stdout: out, output: out, stderr: m.over(stderr), meter: m, signals: newSignals(),
		settles: make(chan time.Duration, 1)}
	defer client.OnPanic(client.PanicHandler{Ends: p.ends, Contained: p.contained})()
	defer client.Guard()
	ctx, done := context.WithCancel(p.signals.ctx)
	defer done()
	boundGarbage(ctx)
	root := p.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(stderr)
	code := p.exit(root.ExecuteContext(p.signals.ctx))
	p.tellContained()
	if p.ending.Load() {
		select {} // a panic ends the program, and has something to say first
	}
	return code
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "doorstep",
		Short: "Watch a Matrix server join a room on another server, step by step",
		Long: `Doorstep runs Matrix's federation remote join handshake for real, one step at a
time, and shows every payload. Without a command it opens the home screen; where
there is no terminal it runs the sandbox handshake and prints it.`,
		Example: `  doorstep                            the home screen
  doorstep learn                      the tour, for newcomers
  doorstep sandbox public-v12         join a room of version 12 in the sandbox
  doorstep sandbox banned --json      a refused join, for scripts
  doorstep replay form-2015           a recorded handshake
  doorstep check matrix.example       does a server answer as it should?
  doorstep lab synapse                a homeserver of your own, to join
  doorstep host no-create             a room for your homeserver to join`,
		Args:          p.noSuchCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       thisBuild().String(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if p.interactive() {
				return p.screen(cmd.Context(), ui.Options{})
			}
			return p.sandbox(cmd.Context(), defaultScenario, sandbox.Large{}, engine.JoinOptions{}, "")
		},
	}
	f := root.PersistentFlags()
	p.formFlags(root)
	f.BoolVar(&p.allChecks, "all-checks", false, "list the checks that passed as well")
	f.BoolVar(&p.strict, "strict", false, "exit 4 when any check fails")
	f.StringVar(&p.record, "record", "", "write the handshake to `FILE`")
	f.BoolVar(&p.noRecord, "no-record", false, "keep no recording of this run")
	f.BoolVar(&p.force, "force", false, "let --record, --output, --ca-out, certs\nand lab overwrite")
	f.BoolVar(&p.linear, "linear", false, "tell it line by line and take commands as words")
	f.BoolVar(&p.ascii, "ascii", false, "draw with ASCII only")
	f.StringVar(&p.theme, "theme", "", "terminal, dark, light, mono,\ndeuteranopia (blue and orange) or\n"+
		"tritanopia (teal and red)")
	f.StringVar(&p.color, "color", "auto", "auto, always or never")
	f.BoolVar(&p.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	f.BoolVar(&p.noLinks, "no-links", false, "make no links of the sources that are cited")
	root.MarkFlagsMutuallyExclusive("record", "no-record")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if err := cmp.Or(checkChoices(c), checkTimes(c)); err != nil {
			return err
		}
		if p.linear && p.form != nil {
			return errors.New("--linear is a form of its own: leave --plain, --json and --ndjson out")
		}
		if err := p.useSettings(c); err != nil {
			return seeHelp(c, err)
		}
		p.warnOfKeys(c)
		return nil
	}
	root.SetFlagErrorFunc(flagWrong)
	for _, c := range commands {
		root.AddCommand(c(p))
	}
	p.leaving(root)
	completeFlags(root)
	for _, c := range root.Commands() {
		completeFlags(c)
	}
	return root
}

// noSuchCommand says that there is no command of that name, and which may have been meant.
func (p *program) noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return seeHelp(root, fmt.Errorf("no command %q%s", args[0], didYouMean(args[0], names, "")))
}

// commands are the commands, each in a file of its own. The help sorts them by name.
var commands = []func(*program) *cobra.Command{
	(*program).sandboxCommand,
	(*program).joinCommand,
	(*program).checkCommand,
	(*program).hostCommand,
	(*program).replayCommand,
	(*program).verifyCommand,
	(*program).redactCommand,
	(*program).diffCommand,
	(*program).exportCommand,
	(*program).importCommand,
	(*program).tapCommand,
	(*program).explainCommand,
	(*program).learnCommand,
	(*program).keygenCommand,
	(*program).certsCommand,
	(*program).labCommand,
	(*program).infoCommand,
	(*program).manCommand,
}

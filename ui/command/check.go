package command

import (
	"context"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/live"
	"doorstep/ui/inspection"
	"doorstep/ui/terminal"
)

func (p *program) checkCommand() *cobra.Command {
	var o live.CheckOptions
	c := &cobra.Command{
		Use:   "check SERVER",
		Short: "Look whether a server can be found, reached and believed",
		Long: `Check looks at one server, without a room and without a user: how its name is
found, and then at every address connection, TLS and certificate, the key
document, software, clock, and whether a proxy keeps paths as they are. What it
sends are a dozen GET requests to each address, which change nothing; the page
lists them all.

With --server-name the server is asked in that name as well, signed with --key:
whether it takes our signature, and if not, whose word that is. Our listener
serves the key meanwhile, at --listen, and sees whether the server comes for it.
Nothing signed is sent where the certificate does not hold.

It exits with 0 when nothing fails (warnings are let pass; with --strict they
make it 4), with 1 when something fails, with 3 when no address can be used,
with 4 when keys or certificates do not hold, and with 5 when all that fails is
that nobody answers in time. It takes a minute at the most: --deadline.

--json prints what every command prints, with check: server, rows (each with
id, claim, address, outcome, detail, rule, finding, evidence), counts, and
addresses with the facts (tls, keys, software, clock_off_ms).`,
		Example: `  doorstep check matrix.org
  doorstep check matrix.example --json --strict
  doorstep check matrix.example --server-name my.example --key my.signing.key \
      --listen 0.0.0.0:8448`,
		Args:              takes(1, 1, "which server? As in: doorstep check matrix.example"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Server, o.Tool = args[0], tool()
			if err := o.Check(); err != nil {
				return seeHelp(cmd, err)
			}
			return p.check(cmd.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.ServerName, "server-name", "", "ask as `SERVER`, too")
	f.StringVar(&o.User, "user", "", "ask as the server of `USER` (@name:server)")
	f.StringVar(&o.KeyFile, "key", "", "sign with the key in `FILE` (default: a new one)")
	f.StringVar(&o.Listen, "listen", "", "serve our key at `ADDR`")
	certificateFlags(f, &o.CertFile, &o.CertKey)
	reachFlags(f, &o.CAFile, &o.Pins, &o.Private)
	f.BoolVar(&o.Insecure, "insecure", false, "sign for, and take well-known documents from,\nservers whose "+
		"certificate does not verify")
	f.StringVar(&o.Notary, "notary", "", "ask `SERVER` for the keys, too, and compare")
	f.DurationVar(&o.Timeout, "timeout", 0, "give up on an exchange after `TIME` (default: 10s)")
	f.DurationVar(&o.Deadline, "deadline", 0, "give up on the whole after `TIME` (default: 1m)")
	return c
}

// check looks at a server: on the screen, or in the form that the flags ask for.
func (p *program) check(ctx context.Context, o live.CheckOptions) error {
	outliveReader()
	reader := p.reader()
	screen := p.interactive() && !p.linear
	var k *keeping
	o.OnRun = func(r *live.Run) (err error) {
		p.stay()
		k, err = p.keep(r, "check")
		if err == nil && !screen {
			r.Sink(reader.Entry)
		}
		return err
	}
	c, stop, err := live.Look(ctx, o)
	if err != nil {
		return err
	}
	if screen {
		err = p.watchCheck(ctx, c)
	} else {
		told := p.meter.follow(c.Progress)
		c.Finish(ctx)
		told()
	}
	stop()
	p.tellNotKept(k)
	if err != nil {
		return err
	}
	t := c.Trace()
	s := flow.Fold(t)
	r := export.NewReport(t, s, p.reportOptions(false))
	if screen {
		p.settle(r)
		return p.partCheck(s, r, k)
	}
	return p.end(reader, t, s, r)
}

// watchCheck does a check while the screen shows it. Who leaves the screen before it is over ends it.
func (p *program) watchCheck(ctx context.Context, c *live.Inspection) error {
	checking, end := context.WithCancelCause(ctx)
	done := make(chan struct{})
	client.Go(func() {
		defer close(done)
		c.Finish(checking)
	})
	_, err := inspection.Run(ctx, c, done, p.inspectionOptions())
	end(flow.ByUser)
	<-done
	return err
}

func (p *program) inspectionOptions() inspection.Options {
	return inspection.Options{ASCII: p.ascii, Mouse: !p.noMouse, Links: !p.noLinks && terminal.TakesLinks(),
		Theme: p.theme, Color: p.color, Bindings: p.settings.bindings}
}

// partCheck says, once the terminal is as it was, what a check came to and how to see it again.
func (p *program) partCheck(s flow.State, r export.Report, k *keeping) error {
	if err := p.writer(p.stdout).Parting(s, r); err != nil {
		return err
	}
	return p.tellAgain(&visit{keeping: k})
}

// replayCheck shows the recording of a check on the screen.
func (p *program) replayCheck(ctx context.Context, t flow.Trace) error {
	done := make(chan struct{})
	close(done)
	r := export.NewReport(t, flow.Fold(t), p.reportOptions(false))
	p.settle(r)
	p.stay()
	_, err := inspection.Run(ctx, recordedCheck{t}, done, p.inspectionOptions())
	return err
}

// recordedCheck is a check that is over.
type recordedCheck struct{ trace flow.Trace }

func (c recordedCheck) Trace() flow.Trace { return c.trace }

func (c recordedCheck) Progress() flow.Progress { return flow.Progress{} }

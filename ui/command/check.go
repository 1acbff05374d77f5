package command

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/live"
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
	f.StringVar(&o.CertFile, "tls-cert", "", "certificate of our listener, PEM `FILE`")
	f.StringVar(&o.CertKey, "tls-key", "", "its private key, PEM `FILE`")
	f.StringVar(&o.CAFile, "ca", "", "trust the authorities in `FILE` too")
	f.BoolVar(&o.Insecure, "insecure", false, "sign for, and take well-known documents from,\nservers whose "+
		"certificate does not verify")
	f.StringArrayVar(&o.Pins, "resolve", nil, "`WHERE` a name leads: NAME:PORT:ADDRESS")
	f.BoolVar(&o.Private, "allow-private", false, "allow addresses that are not public")
	f.StringVar(&o.Notary, "notary", "", "ask `SERVER` for the keys, too, and compare")
	f.DurationVar(&o.Timeout, "timeout", 0, "give up on an exchange after `TIME` (default: 10s)")
	f.DurationVar(&o.Deadline, "deadline", 0, "give up on the whole after `TIME` (default: 1m)")
	return c
}

// check looks at a server.
func (p *program) check(ctx context.Context, o live.CheckOptions) error {
	reader := p.reader()
	var k *keeping
	o.OnRun = func(r *live.Run) (err error) {
		if k, err = p.keep(r, "check"); err != nil {
			return err
		}
		r.Sink(reader.Entry)
		return nil
	}
	c, stop, err := live.Look(ctx, o)
	if err != nil {
		return err
	}
	told := p.meter.follow(c.Progress)
	c.Finish(ctx)
	told()
	stop()
	if err := errors.Join(k.Close(), c.Err()); err != nil {
		return err
	}
	p.tellNotKept(k)
	t := c.Trace()
	s := flow.Fold(t)
	return p.end(reader, t, s, export.NewReport(t, s, p.reportOptions(false)))
}

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorstep/flow/hold"
	"doorstep/flow/host"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui/theme"
)

func (p *program) hostCommand() *cobra.Command {
	var h hosting
	c := &cobra.Command{
		Use:   "host [SCENARIO] [-- COMMAND...]",
		Short: "Stand as the room's servers before a real joining server",
		Long: `Host runs the servers of a scenario where a real homeserver finds them, and
tells every join as they see it: which keys it fetches, what it offers, the
event it makes of the template, and what it does with the answer. Scenarios that
are not about the joining server's own side can be hosted; --list names them.

Servers are called by the address they listen on and its port: the directory by
that of --listen, the others by the ports after it. --name gives another host.
Their certificates come from an authority made for the run, which the homeserver
has to trust: --ca-out writes it to a file. --tls-cert and --tls-key give one
certificate for all, --authority-cert and --authority-key another authority, and
--certs the one in a folder of doorstep certs.

On a terminal every answer is held until . gives it, and E gives another one; c
holds none any more. Without a terminal each join is told as it goes. --record
writes it to a file (with --once, or a command), or each to a file of its own in
a folder (DIR/).

After -- comes a command that makes the homeserver join. Its environment says
what to join: DOORSTEP_TARGET (or DOORSTEP_ALIAS, DOORSTEP_ROOM_ID), and
DOORSTEP_VIA, DOORSTEP_SERVER, DOORSTEP_CA, DOORSTEP_SCENARIO and
DOORSTEP_ROOM_VERSION. It is to end with 0 when the homeserver says that it has
joined: that counts as a sign of what the homeserver made of the answer. The
exit code is that of the join, or 3 where none came; with --expect 0 or 1.

--all runs it in every scenario, each with servers of its own, and prints what
the homeserver did beside what it is asked for, and beside what Synapse and
Dendrite do; it exits with 1 where the homeserver did otherwise than asked.`,
		Example: `  doorstep host public-v12 --ca-out ca.pem
  doorstep host no-create --expect refused --once -- ./join.sh
  doorstep host --all --markdown -- ./join.sh`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return hostableNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p.stay()
			return p.host(cmd, &h, args)
		},
	}
	hostFlags(c.Flags(), &h)
	return c
}

// hostFlags are the flags of host.
func hostFlags(f *pflag.FlagSet, h *hosting) {
	f.BoolVar(&h.list, "list", false, "name the scenarios that can be hosted")
	f.StringVar(&h.o.Listen, "listen", "", "listen at `IP:PORT` and the ports after it\n(default "+host.DefaultListen+
		"; port 0: free ones)")
	f.BoolVar(&h.o.Public, "public", false, "listen where strangers can connect")
	f.StringVar(&h.o.Name, "name", "", "the `HOST` that others know us by (default: the IP)")
	f.StringVar(&h.o.User, "user", "", "the `USER` who is expected: invites go there")
	f.StringVar(&h.caOut, "ca-out", "", "write the authority's certificate to `FILE`, PEM")
	f.StringVar(&h.o.CertFile, "tls-cert", "", "certificate of every server, PEM `FILE`")
	f.StringVar(&h.o.CertKey, "tls-key", "", "its private key, PEM `FILE`")
	f.StringVar(&h.o.AuthorityFile, "authority-cert", "", "the authority that issues certificates,\nPEM `FILE`")
	f.StringVar(&h.o.AuthorityKey, "authority-key", "", "its private key, PEM `FILE`")
	f.StringVar(&h.certs, "certs", "", "the authority in `DIR`, of doorstep certs")
	f.StringVar(&h.o.CAFile, "ca", "", "trust the authorities in `FILE` too")
	f.BoolVar(&h.o.Insecure, "insecure", false, "go on with certificates that do not verify")
	f.StringArrayVar(&h.o.Pins, "resolve", nil, "`WHERE` a name leads: NAME:PORT:ADDRESS")
	f.BoolVar(&h.o.Private, "allow-private", false, "find the joining server at addresses that are\nnot public, too")
	f.BoolVar(&h.once, "once", false, "end after the first join, with its exit code")
	f.StringVar(&h.expect, "expect", "", "joined or refused: exit 0 when it comes so,\n1 otherwise")
	f.BoolVar(&h.all, "all", false, "every scenario, one after the other")
	f.BoolVar(&h.markdown, "markdown", false, "with --all: the table in Markdown")
	f.DurationVar(&h.timeout, "timeout", time.Minute, "end the command after `TIME`")
	f.BoolVar(&h.runOn, "run-on", false, "on the screen: hold no answer, until c is pressed")
	f.DurationVar(&h.holdAtMost, "hold-at-most", hold.DefaultLongest, "on the screen: give an answer that was held\n"+
		"for `TIME`")
	f.DurationVar(&h.o.Quiet, "quiet", 0, "a join is over when nothing came for `TIME`\n(default 2s)")
}

// host does what a command line asks for.
func (p *program) host(cmd *cobra.Command, h *hosting, args []string) error {
	if at := cmd.ArgsLenAtDash(); at >= 0 {
		args, h.child = args[:at], args[at:]
	}
	if err := p.checkHosting(cmd, h, args); err != nil {
		return err
	}
	if h.list {
		return p.listHostable()
	}
	h.o.Tool = tool()
	if h.all {
		return p.hostAll(cmd.Context(), h)
	}
	name := defaultScenario
	if len(args) == 1 {
		name = args[0]
	}
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		return fmt.Errorf("no scenario %q%s; doorstep host --list names those that can be hosted", name,
			didYouMean(name, sandboxNames(), ""))
	}
	h.o.Scenario = scenario
	if p.interactive() && !p.linear && len(h.child) == 0 {
		return p.hostScreen(cmd.Context(), h)
	}
	return p.hostOne(cmd.Context(), h)
}

// checkHosting says what does not go together.
func (p *program) checkHosting(cmd *cobra.Command, h *hosting, args []string) error {
	h.once = h.once || len(h.child) > 0
	wrong := ""
	switch {
	case len(args) > 1:
		wrong = fmt.Sprintf("host takes one scenario, not %d; a command comes after --", len(args))
	case cmd.ArgsLenAtDash() >= 0 && len(h.child) == 0:
		wrong = "host: after -- a command is wanted"
	case h.list && len(args) > 0:
		wrong = "host --list names them all: leave the name out"
	case h.all && len(h.child) == 0:
		wrong = "host --all: say after -- how your server is made to join"
	case h.all && len(args) > 0:
		wrong = "host --all takes every scenario: leave the name out"
	case h.all && h.expect != "":
		wrong = "--expect is for one scenario: --all says what is asked for in each"
	case h.all && p.record != "":
		wrong = "--record is for one scenario: --all keeps nothing"
	case h.markdown && !h.all:
		wrong = "--markdown is for the table of --all"
	case h.expect != "" && !h.once:
		wrong = "--expect needs --once: it is about one join"
	case h.holdAtMost == 0:
		wrong = "--hold-at-most is a time, such as 2m"
	case h.certs != "" && (h.o.AuthorityFile != "" || h.o.AuthorityKey != ""):
		wrong = "--certs names an authority: leave --authority-cert and --authority-key out"
	case h.certs != "" && !isFolder(filepath.Clean(h.certs)):
		wrong = fmt.Sprintf("--certs %q: there is no such folder: doorstep certs makes it", h.certs)
	default:
		wrong = p.recordsWrong(h.once)
	}
	if wrong != "" {
		return seeHelp(cmd, errors.New(wrong))
	}
	if h.certs != "" {
		h.o.AuthorityFile = filepath.Join(h.certs, "authority.crt")
		h.o.AuthorityKey = filepath.Join(h.certs, authorityKey)
	}
	return nil
}

// recordsWrong says why joins cannot be recorded where --record says; empty: they can. Once: there is one join.
func (p *program) recordsWrong(once bool) string {
	info, err := os.Stat(p.record)
	switch {
	case p.record == "" || isFolder(p.record):
	case !once:
		return fmt.Sprintf("--record %q takes one join: add --once, or name a folder, such as %q", p.record,
			p.record+string(filepath.Separator))
	case err == nil && info.Mode().IsRegular() && !p.force:
		return fmt.Sprintf("--record %q: the file is there; --force overwrites it", p.record)
	}
	return ""
}

// listHostable names the scenarios that can be hosted, and what is asked of who joins.
func (p *program) listHostable() error {
	type row struct {
		Name  string       `json:"name"`
		Title string       `json:"title"`
		Asks  sandbox.Duty `json:"asks"`
		User  bool         `json:"needs_user,omitempty"`
	}
	rows := []row{}
	for _, s := range hostable() {
		rows = append(rows, row{s.Name, s.Title, sandbox.DutyOf(s), s.Invites()})
	}
	if p.wantsJSON() {
		return p.writeJSON(rows)
	}
	for _, r := range rows {
		fmt.Fprintf(p.stdout, "%-24s %-7s %s\n", r.Name, r.Asks, p.spelled(r.Title))
	}
	return nil
}

func hostable() []engine.Scenario {
	var out []engine.Scenario
	for _, s := range sandbox.Scenarios() {
		if s.Unhosted() == "" {
			out = append(out, s)
		}
	}
	return out
}

func hostableNames() []string {
	var names []string
	for _, s := range hostable() {
		names = append(names, s.Name+"\t"+s.Title)
	}
	return names
}

// startHosting starts the servers, and writes their authority where it was asked for, to file; stop ends what it has
// started, and may be called when the servers have stopped already.
func (p *program) startHosting(ctx context.Context, h *hosting) (r *host.Host, file string, stop func(), err error) {
	if r, err = host.Start(ctx, h.o); err != nil {
		return nil, "", nil, err
	}
	file, remove, err := p.authority(h, r.Federation.Authority.PEM())
	if err != nil {
		r.Stop()
		return nil, "", nil, err
	}
	return r, file, func() { r.Stop(); remove() }, nil
}

// trusts says what a joining server has to trust: a file, or in words where there is none; neither where the
// certificate was given. authority is the file that was written; empty: none was.
func (h *hosting) trusts(authority string) (file, words string) {
	switch {
	case authority != "":
		return authority, ""
	case h.o.AuthorityFile != "":
		return h.o.AuthorityFile, ""
	case h.o.CertFile == "":
		return "", "the certificates of this run: --ca-out FILE writes their authority"
	}
	return "", ""
}

// publicWords is what strangers reach.
const publicWords = "whoever reaches these ports can fetch the key documents, ask for the room and join it; " +
	"nothing else"

// tellHosted says what is hosted, and how it is reached.
func (p *program) tellHosted(w io.Writer, h *hosting, r *host.Host, authority string) {
	f := r.Federation
	line := func(what, value string) { fmt.Fprintf(w, "  %-9s %s\n", what, p.spelled(theme.SafeText(value))) }
	fmt.Fprintf(w, "hosting %s: %s\n", r.Scenario.Name, p.spelled(r.Scenario.Title))
	line("join", r.Target())
	line("room", f.RoomID)
	line("servers", strings.Join(r.Servers(), ", "))
	line("asks", sandbox.DutyOf(r.Scenario).Says())
	if trusted, words := h.trusts(authority); trusted != "" || words != "" {
		line("trust", trusted+words)
	}
	if h.o.Public {
		line("public", publicWords)
	}
	if len(h.child) == 0 {
		fmt.Fprintln(w, "waiting for a join; Ctrl-C ends")
	}
}

// hostOne hosts one scenario until the first join is over, or for ever.
func (p *program) hostOne(ctx context.Context, h *hosting) error {
	outliveReader()
	t := p.newHostTeller(h)
	h.o.OnJoin, h.o.OnOver, h.o.OnCall = t.begins, t.over, t.call
	if len(h.child) > 0 {
		t.quiet, h.o.Quiet = h.quietTime(), commandQuiet
	}
	r, file, stop, err := p.startHosting(ctx, h)
	if err != nil {
		return err
	}
	defer stop()
	p.tellHosted(t.aside, h, r, file)
	if err := p.invite(ctx, r); err != nil {
		return err
	}
	if len(h.child) > 0 {
		exited, err := r.Conduct(ctx, h.command(p.stderr), file, t.quiet)
		if err != nil {
			return fmt.Errorf("the command cannot be run: %w", err)
		}
		t.exited = exited
		r.Stop()
		return t.verdict()
	}
	select {
	case <-t.first:
		r.Stop()
		return t.verdict()
	case <-ctx.Done():
		r.Stop()
		return t.failed()
	}
}

package command

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/ui"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

func (p *program) joinCommand() *cobra.Command {
	var o live.JoinOptions
	var yes, omit bool
	var form, candidates string
	c := &cobra.Command{
		Use:   "join [ALIAS|ROOM_ID|LINK]",
		Short: "Join a room on real servers, and show how it goes",
		Long: `Join runs the handshake with real servers. The join is real: the user becomes a
member of the room, and every server in it is told. Without --yes nothing beyond
make_join is sent: on a terminal you are asked, elsewhere it stops there.

The room is an alias, a room ID, or a link to one of them: https://matrix.to/...
or matrix:..., whose servers are asked as those of --via are. Quote it: to a
shell # begins a comment, and ! and & mean something too.

Join candidates are asked in turn until one helps. A refusal that the others
would have to repeat, such as a 403 from a homeserver, ends the join: the others
are not asked. --candidates all asks every one; --like asks as a homeserver
would.

--leave takes the join back once it is verified, or when no answer says what
became of it. The leave is not sent where it would end something else than this
join, because the user was in the room before, or is only invited: on a terminal
you are asked then, elsewhere --leave has to be given twice.

--wait-invite waits until somebody invites the user, and goes on from there: the
inviter's server is asked first. The room may be left out; with one only invites
to it are taken (of an alias the inviter's word counts). --reject leaves instead
of joining: the invite is gone, and the inviter's server knows.

The other servers have to reach this one to check its signature: --listen must
be where the server name leads, or that server must publish the key of --key.`,
		Example: `  doorstep join '#room:matrix.example' --user @me:my.example --key signing.key \
      --candidates all --dry-run
  doorstep join --wait-invite --user @me:my.example --key signing.key \
      --listen 0.0.0.0:8448 --yes`,
		Args:              takes(0, 1, noRoom),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && o.WaitInvite == 0 {
				return seeHelp(cmd, errors.New(cmd.Name()+": "+noRoom))
			}
			o.Target, o.Tool, o.Form = strings.Join(args, ""), tool(), flow.Form(form)
			if cmd.Flags().Changed("omit-members") {
				o.Omit = &omit
			}
			o.AskAll = candidates == candidatesAll
			if err := o.Check(); err != nil {
				return seeHelp(cmd, err)
			}
			return p.join(cmd.Context(), o, yes)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.Via, "via", nil, "ask `SERVER` to let us in; may be repeated")
	f.StringVar(&o.User, "user", "", "join as `USER` (@name:server)")
	f.StringVar(&o.ServerName, "server-name", "", "be `SERVER` (default: the user's)")
	f.StringVar(&o.KeyFile, "key", "", "sign with the key in `FILE`")
	f.StringVar(&o.Listen, "listen", "", "serve our keys and client API at `ADDR`")
	f.StringVar(&o.CertFile, "tls-cert", "", "certificate of our listener, PEM `FILE`")
	f.StringVar(&o.CertKey, "tls-key", "", "its private key, PEM `FILE`")
	f.StringVar(&o.CAFile, "ca", "", "trust the authorities in `FILE` too")
	f.BoolVar(&o.Insecure, "insecure", false, "go on with certificates that do not verify")
	f.StringArrayVar(&o.Pins, "resolve", nil, "`WHERE` a name leads: NAME:PORT:ADDRESS")
	f.BoolVar(&o.Private, "allow-private", false, "allow addresses that are not public")
	f.BoolVar(&o.DryRun, "dry-run", false, "stop before send_join")
	f.BoolVar(&yes, "yes", false, "send the join without asking")
	f.Var((*leaveFlag)(&o), "leave", "leave the room again afterwards; twice: also if\nthe user was in it before, or "+
		"is invited")
	f.Lookup("leave").NoOptDefVal = "true"
	f.DurationVar(&o.WaitInvite, "wait-invite", 0, "wait for an invite first, for `TIME` (5m)")
	f.Lookup("wait-invite").NoOptDefVal = "5m"
	f.BoolVar(&o.Reject, "reject", false, "reject the invite instead of joining")
	f.BoolVar(&omit, "omit-members", false, "ask send_join to leave members out")
	f.StringSliceVar(&o.Versions, "room-versions", nil, "offer these `VERSIONS` (default: 1 to 12)")
	f.StringVar(&form, "form", string(flow.FormCurrent), "2015 or current")
	f.StringVar(&candidates, "candidates", candidatesFirst,
		"first: until one helps, or refuses for\nthe room; all: every one")
	f.BoolVar(&o.Probe, "probe", false, "ask a little more, to tell causes apart")
	f.StringVar(&o.Like, "like", "", "go about it as `WHO`: spec, synapse, dendrite,\ntuwunel")
	f.StringVar(&o.Notary, "notary", "", "ask `SERVER` for keys that others did not give")
	f.DurationVar(&o.Timeout, "timeout", 0, "give up on an exchange after `TIME`")
	p.otlpFlag(c)
	return c
}

// noRoom is what is said where a join names no room.
const noRoom = "which room? A shell takes an unquoted # for a comment, so quote it: doorstep join " +
	"'#room:matrix.example' --user @me:my.example; or wait for an invite: --wait-invite"

// leaveFlag is --leave, which counts when given twice.
type leaveFlag live.JoinOptions

func (l *leaveFlag) String() string { return "false" }

func (l *leaveFlag) Type() string { return "bool" }

func (l *leaveFlag) IsBoolFlag() bool { return true }

func (l *leaveFlag) Set(value string) error {
	leave, err := strconv.ParseBool(value)
	if err != nil {
		return err
	}
	l.Leave, l.LeaveSure = leave, leave && l.Leave
	return nil
}

// join runs a handshake with real servers. Where nobody can be asked, only --yes lets it send the join.
func (p *program) join(ctx context.Context, o live.JoinOptions, yes bool) error {
	interactive := p.interactive()
	stopsShort := !yes && !o.DryRun && !interactive && !o.Reject
	o.DryRun = o.DryRun || stopsShort
	p.undo = o.UndoCommand
	var last atomic.Pointer[live.Run]
	defer func() {
		if r := last.Load(); r != nil {
			p.sayLeftBehind(r.Trace(), o)
			p.sayOutside(r)
		}
	}()
	start := func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
		o := o
		o.OnRun = func(r *live.Run) error {
			last.Store(r)
			err := onRun(r)
			if err == nil && o.WaitInvite > 0 && !interactive {
				p.notice("waiting " + theme.SafeText(story.WaitingWords(r.Trace().Header)))
			}
			if err == nil && stopsShort {
				p.notice("without --yes it stops before send_join, which would make " + theme.SafeText(o.User) +
					" a member of the room")
			}
			return err
		}
		r, _, stop, err := live.Join(ctx, o)
		return r, stop, err
	}
	if interactive {
		return p.screen(ctx, ui.Options{Scenario: cmp.Or(o.Target, "an invite"), Start: p.starter("join", start), Confirm: !yes && !o.DryRun && !o.Reject})
	}
	return p.runToEnd(ctx, "join", start)
}

package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"doorstep/flow/live"
	"doorstep/ui"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

func (p *program) joinCommand() *cobra.Command {
	o := new(live.JoinOptions)
	var yes bool
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

--profile takes from the settings, or from a file, what no flag says.

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
			if _, err := time.ParseDuration(strings.Join(args, "")); err == nil && o.WaitInvite > 0 {
				return seeHelp(cmd, fmt.Errorf("%q names no room; the time of --wait-invite comes after =: --wait-invite=%s",
					args[0], args[0]))
			}
			asked(o, cmd, strings.Join(args, ""))
			if err := o.Check(); err != nil {
				return seeHelp(cmd, err)
			}
			return p.join(cmd.Context(), *o, yes)
		},
	}
	joinFlags(c, o, &yes)
	p.otlpFlag(c)
	return c
}

// noRoom is what is said where a join names no room.
const noRoom = "which room? A shell takes an unquoted # for a comment, so quote it: doorstep join " +
	"'#room:matrix.example' --user @me:my.example; or wait for an invite: --wait-invite"

// join runs a handshake with real servers. Where nobody can be asked, only --yes lets it send the join.
func (p *program) join(ctx context.Context, o live.JoinOptions, yes bool) error {
	interactive := p.interactive()
	stopsShort := !yes && !o.DryRun && !interactive && !o.Reject
	o.DryRun = o.DryRun || stopsShort
	p.undo = o.UndoCommand
	var last atomic.Pointer[live.Run]
	words := p.lastWords.keep(func(panicked bool) []string {
		if r := last.Load(); r != nil {
			return p.leftBehind(r.Trace(), o, panicked)
		}
		return nil
	})
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
	var err error
	if interactive {
		err = p.screen(ctx, ui.Options{Scenario: cmp.Or(o.Target, "an invite"), Start: p.starter("join", start),
			Confirm: !yes && !o.DryRun && !o.Reject})
	} else {
		err = p.runToEnd(ctx, "join", start)
	}
	p.say(words)
	if r := last.Load(); r != nil {
		p.sayOutside(r)
	}
	return err
}

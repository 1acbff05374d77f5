package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/lab"
)

// labFolder is where a lab is unless somebody says otherwise.
const labFolder = "lab"

func (p *program) labCommand() *cobra.Command {
	o := lab.Options{}
	var alias, version string
	c := &cobra.Command{
		Use:   "lab synapse|dendrite|room|join [ROOM] [DIR]",
		Short: "Configure a homeserver on this machine, with a room to join",
		Long: `Lab synapse and lab dendrite write a ready configuration of that homeserver to a
folder of its own in DIR (lab, where none is given), with all that belongs to
it: certificates of one authority for all of DIR, as doorstep certs makes them,
keys, a secret by which users are registered, and a profile with which doorstep
join reaches it. The homeserver listens on 127.0.0.1 alone, calls nobody but
this machine, keeps its data in SQLite, and lets nobody register. Nothing is
installed and nothing is started: the commands are printed.

Lab room makes a user, alice, and a public room on the homeserver in DIR, which
has to be running, and prints the command that joins the room.

Lab join has alice, who is made where there is none, join ROOM by her homeserver
in DIR: an alias, a room ID or a link. It ends with 0 when the homeserver says
that she is in, and with 1 when it says no. Behind doorstep host ... -- it needs
no ROOM: it joins what is hosted.

Folders are made for you alone (mode 0700), and so is every file with a key or
a secret (0600). --force writes a configuration anew; keys and data stay.`,
		Example: `  doorstep lab synapse
  doorstep lab dendrite mylab --port 9448
  doorstep lab room mylab/dendrite --room-version 10
  doorstep lab join '#lab:localhost:8448' mylab/dendrite
  doorstep host public-v12 --certs lab --once -- doorstep lab join lab/synapse`,
		Args: takes(1, 3, "which homeserver? doorstep lab synapse or doorstep lab dendrite; doorstep lab room makes a room "+
			"on one, and doorstep lab join has a user of one join a room"),
		ValidArgsFunction: completeLab,
		RunE: func(c *cobra.Command, args []string) error {
			p.stay()
			if args[0] == labJoins {
				return seeHelp(c, p.labJoin(c, args[1:]))
			}
			if len(args) > 2 {
				return seeHelp(c, fmt.Errorf("lab %s takes one folder, not %d", args[0], len(args)-1))
			}
			o.Software, o.Folder, o.Force, o.Now = args[0], labFolder, p.force, time.Now()
			if len(args) > 1 {
				o.Folder = args[1]
			}
			return seeHelp(c, p.lab(c, o, alias, version))
		},
	}
	f := c.Flags()
	f.IntVar(&o.Port, "port", 0, "have its name lead to `PORT` (default: 8448 for\nSynapse, 8449 for Dendrite)")
	f.StringVar(&o.Host, "name", "", "call it `HOST` (default: localhost)")
	f.IntVar(&o.Plain, "proxy", 0, "serve without TLS at `PORT`, for a proxy in front\nof it, whose lines are printed")
	f.StringVar(&alias, "alias", "", "lab room: the part before the colon (default: lab)")
	f.StringVar(&version, "room-version", "12", "lab room: the room's version")
	return c
}

// What lab does other than configure a homeserver.
const (
	labRooms = "room"
	labJoins = "join"
)

// lab does what its first argument names.
func (p *program) lab(c *cobra.Command, o lab.Options, alias, version string) error {
	if o.Software == labRooms {
		if err := notFor(c, labRooms, "port", "name", "proxy"); err != nil {
			return err
		}
		return p.labRoom(c.Context(), o.Folder, alias, version)
	}
	if all := append(lab.Software(), labRooms, labJoins); !slices.Contains(all, o.Software) {
		return fmt.Errorf("lab %q%s: there are %s", o.Software, didYouMean(o.Software, all, ""), strings.Join(all, ", "))
	}
	if err := notFor(c, o.Software, "alias", "room-version"); err != nil {
		return err
	}
	for _, flag := range []struct {
		name string
		port int
	}{{"port", o.Port}, {"proxy", o.Plain}} {
		if c.Flags().Changed(flag.name) && flag.port == 0 {
			return fmt.Errorf("--%s 0: ports are numbers from 1 to 65535", flag.name)
		}
	}
	s, err := lab.Write(o)
	if err != nil {
		return err
	}
	p.warnOfLab(s)
	return p.tellLab(s)
}

// labFails tells what a homeserver of a lab said, or that it said nothing: the command line was in order.
func (p *program) labFails(err error) {
	p.notice(oneLine(err))
	timeout := net.Error(nil)
	switch p.code = 1; {
	case errors.Is(err, lab.ErrSilent):
		p.code = 3
	case errors.As(err, &timeout) && timeout.Timeout():
		p.code = flow.TimedOut.ExitCode()
	}
}

// notFor errs where a flag is given that what lab does here does not take.
func notFor(c *cobra.Command, what string, flags ...string) error {
	for _, flag := range flags {
		if c.Flags().Changed(flag) {
			return fmt.Errorf("--%s is not for lab %s", flag, what)
		}
	}
	return nil
}

func completeLab(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return append(lab.Software(), labRooms, labJoins), cobra.ShellCompDirectiveNoFileComp
	case 1:
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// joinLab is the command line that joins the room of that alias on the homeserver of a lab.
func joinLab(s lab.Server, alias string) []string {
	return []string{"doorstep", "join", alias, "--profile", s.Profile()}
}

// tellLab says how a homeserver is started, and what comes then.
func (p *program) tellLab(s lab.Server) error {
	alias := "#" + labFolder + ":" + s.Name
	start := [][]string{{"cd", s.Folder}, s.Start()}
	room := []string{"doorstep", "lab", "room", s.Folder}
	if p.wantsJSON() {
		return p.writeJSON(struct {
			Software string     `json:"software"`
			Name     string     `json:"name"`
			Folder   string     `json:"folder"`
			Key      string     `json:"signing_key"`
			CA       string     `json:"authority"`
			Profile  string     `json:"profile"`
			Start    [][]string `json:"start"`
			Room     []string   `json:"room"`
			Join     []string   `json:"join"`
		}{s.Software, s.Name, s.Folder, s.Key(), s.Authority, s.Profile(), start, room, joinLab(s, alias)})
	}
	p.says("A %s for this machine alone, %s, is configured in %s.", s.Title(), s.Name, s.Folder)
	p.saysNext("Start it, and leave it running:")
	p.commands(start...)
	for _, l := range s.ProxyLines() {
		p.says("In front of it, %s with this:", l.For)
		p.tellLines(l)
	}
	p.says("In another terminal, make a user and a room:")
	p.commands(room)
	p.says("Join the room, as %s, a server that Doorstep is for as long as it runs:", "@me:"+s.Joiner)
	p.commands(joinLab(s, alias))
	return nil
}

// labRoom makes a room on the homeserver in a folder, and says how it is joined.
func (p *program) labRoom(ctx context.Context, dir, alias, version string) error {
	s, err := lab.Open(dir)
	if err != nil {
		return err
	}
	p.warnOfLab(s)
	usual := labFolder
	if version != "12" {
		usual += "-v" + version
	}
	alias = cmp.Or(alias, usual)
	if _, err := client.ParseAlias("#" + alias + ":" + s.Name); err != nil {
		return fmt.Errorf("--alias: %w", err)
	}
	r, err := lab.MakeRoom(ctx, s, alias, version, func() { p.notice("waiting for " + s.Title() + " to answer") })
	if err != nil {
		p.labFails(err)
		return nil
	}
	if p.wantsJSON() {
		return p.writeJSON(struct {
			Alias    string   `json:"alias"`
			ID       string   `json:"room_id"`
			By       string   `json:"user_id"`
			Password string   `json:"password_file"`
			Made     bool     `json:"made"`
			Join     []string `json:"join"`
		}{r.Alias, r.ID, r.By, r.Password, r.Made, joinLab(s, r.Alias)})
	}
	was := "is there already"
	if r.Made {
		was = "is made"
	}
	p.says("%s %s: %s, by %s.", r.Alias, was, r.ID, r.By)
	p.says("Her password is in %s.", r.Password)
	p.saysNext("Join it:")
	p.commands(joinLab(s, r.Alias))
	return nil
}

package command

import (
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorstep/flow"
	"doorstep/flow/live"
)

// joinFlags are the flags of the command join, which fill in o; what they do not is filled in by asked.
func joinFlags(c *cobra.Command, o *live.JoinOptions, yes *bool) {
	f := c.Flags()
	f.StringArrayVar(&o.Via, "via", nil, "ask `SERVER` to let us in; may be repeated")
	f.StringVar(&o.User, "user", "", "join as `USER` (@name:server)")
	f.StringVar(&o.ServerName, "server-name", "", "be `SERVER` (default: the user's)")
	f.StringVar(&o.KeyFile, "key", "", "sign with the key in `FILE`")
	f.StringVar(&o.Listen, "listen", "", "serve our keys and client API at `ADDR`")
	certificateFlags(f, &o.CertFile, &o.CertKey)
	reachFlags(f, &o.CAFile, &o.Pins, &o.Private)
	f.BoolVar(&o.Insecure, "insecure", false, "go on with certificates that do not verify")
	f.BoolVar(&o.DryRun, "dry-run", false, "stop before send_join")
	f.BoolVar(yes, "yes", false, "send the join without asking")
	f.Var((*leaveFlag)(o), "leave", "leave the room again afterwards; twice: also if\nthe user was in it before, or "+
		"is invited")
	f.Lookup("leave").NoOptDefVal = "true"
	f.DurationVar(&o.WaitInvite, "wait-invite", 0, "wait for an invite first, for `TIME` (5m)")
	f.Lookup("wait-invite").NoOptDefVal = "5m"
	f.BoolVar(&o.Reject, "reject", false, "reject the invite instead of joining")
	f.Bool("omit-members", false, "ask send_join to leave members out")
	f.StringSliceVar(&o.Versions, "room-versions", nil, "offer these `VERSIONS` (default: 1 to 12)")
	f.String("form", string(flow.FormCurrent), "2015 or current")
	f.String("candidates", candidatesFirst,
		"first: until one helps, or refuses for\nthe room; all: every one")
	f.BoolVar(&o.Probe, "probe", false, "ask a little more, to tell causes apart")
	f.StringVar(&o.Like, "like", "", "go about it as `WHO`: spec, synapse, dendrite,\ntuwunel")
	f.StringVar(&o.Notary, "notary", "", "ask `SERVER` for keys that others did not give")
	f.DurationVar(&o.Timeout, "timeout", 0, "give up on an exchange after `TIME`")
	f.DurationVar(&o.Deadline, "deadline", 0, "give up on the whole after `TIME` (default: 15m)")
	profileFlag(c)
}

// certificateFlags are the flags for the certificate that our listener shows.
func certificateFlags(f *pflag.FlagSet, cert, key *string) {
	f.StringVar(cert, "tls-cert", "", "certificate of our listener, PEM `FILE`")
	f.StringVar(key, "tls-key", "", "its private key, PEM `FILE`")
}

// reachFlags are the flags for whom to trust and where to go, of commands that ask other servers.
func reachFlags(f *pflag.FlagSet, ca *string, pins *[]string, private *bool) {
	f.StringVar(ca, "ca", "", "trust the authorities in `FILE` too")
	f.StringArrayVar(pins, "resolve", nil, "`WHERE` a name leads: NAME:PORT:ADDRESS")
	f.BoolVar(private, "allow-private", false, "allow addresses that are not public")
}

// asked fills in what the command join was asked for besides what its flags fill in themselves.
func asked(o *live.JoinOptions, c *cobra.Command, target string) {
	f := c.Flags()
	value := func(flag string) string { return f.Lookup(flag).Value.String() }
	o.Target, o.Tool, o.Form, o.AskAll = target, tool(), flow.Form(value("form")), value("candidates") == candidatesAll
	if f.Changed("omit-members") {
		omit := value("omit-members") == "true"
		o.Omit = &omit
	}
}

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

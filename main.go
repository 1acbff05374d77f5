// Doorstep is a terminal inspector of the Matrix federation remote join handshake. It runs a real handshake one step at a
// time, draws it as a sequence diagram while it happens, shows every payload, and says why a join failed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/live"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/shell"
	"doorstep/flow/verify"
	"doorstep/recordings"
	"doorstep/ui"
	_ "doorstep/ui/background"
)

// before Bubble Tea: keeps it from asking the terminal for its colours at start

// version is set at release; a build from source says so.
var version = "source"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run carries out one command line and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr, signals: newSignals()}
	root := p.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(p.signals.ctx)
	if p.told && err == nil {
		return p.code // the report knows of the signal, where it came before the end
	}
	if code := p.signals.code(); code != 0 {
		return code
	}
	if err != nil {
		fmt.Fprintln(stderr, "doorstep: "+oneLine(err))
		return 2
	}
	return p.code
}

// program is what the commands share: where they write, the flags that mean the same everywhere, the exit code.
type program struct {
	stdout, stderr io.Writer
	signals        *signals
	code           int
	told           bool                               // a report was printed, and code is its
	undo           func(room, server string) []string // how a join of this command line is taken back; nil: as the trace knows it

	plain, json, ndjson bool
	allChecks, strict   bool
	record              string
	force               bool
	ascii               bool
	theme, color        string
	noMouse             bool
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "doorstep",
		Short: "Watch a Matrix server join a room on another server, step by step",
		Long: `Doorstep runs Matrix's federation remote join handshake for real, one step at a
time, and shows every payload. Without a command it opens the home screen; where
there is no terminal it runs the sandbox handshake and prints it.`,
		Example: `  doorstep                            the home screen
  doorstep sandbox public-v12         join a room of version 12 in the sandbox
  doorstep sandbox banned --json      a refused join, for scripts
  doorstep replay form-2015           a recorded handshake`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       buildVersion(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if p.interactive() {
				return p.screen(cmd.Context(), ui.Options{})
			}
			return p.sandbox(cmd.Context(), defaultScenario, sandbox.JoinOptions{})
		},
	}
	f := root.PersistentFlags()
	f.BoolVar(&p.plain, "plain", false, "plain lines, also on a terminal")
	f.BoolVar(&p.json, "json", false, "one JSON object")
	f.BoolVar(&p.ndjson, "ndjson", false, "one JSON object a line, as it happens")
	f.BoolVar(&p.allChecks, "all-checks", false, "list the checks that passed as well")
	f.BoolVar(&p.strict, "strict", false, "exit 4 when any check fails")
	f.StringVar(&p.record, "record", "", "write the handshake to `FILE`")
	f.BoolVar(&p.force, "force", false, "let --record overwrite")
	f.BoolVar(&p.ascii, "ascii", false, "draw with ASCII only")
	f.StringVar(&p.theme, "theme", "", "dark, light or mono")
	f.StringVar(&p.color, "color", "auto", "auto, always or never")
	f.BoolVar(&p.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	root.MarkFlagsMutuallyExclusive("plain", "json", "ndjson")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return p.checkFlags() }
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(p.sandboxCommand(), p.joinCommand(), p.replayCommand(), p.verifyCommand(), p.explainCommand(), p.keygenCommand(), p.infoCommand())
	return root
}

const defaultScenario = "public-v12"

func (p *program) checkFlags() error {
	if !ui.ThemeExists(p.theme) {
		return fmt.Errorf("--theme %q: there are dark, light and mono", p.theme)
	}
	switch p.color {
	case "auto", "always", "never":
		return nil
	}
	return fmt.Errorf("--color %q: there are auto, always and never", p.color)
}

func (p *program) sandboxCommand() *cobra.Command {
	var list bool
	var keyFile string
	var o sandbox.JoinOptions
	c := &cobra.Command{
		Use:   "sandbox [SCENARIO]",
		Short: "Run a real handshake against the embedded federation",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return scenarioNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return p.listScenarios()
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
			return p.sandbox(cmd.Context(), name, o)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "name every scenario")
	c.Flags().StringVar(&keyFile, "key", "", "sign with the key in `FILE` (Synapse or Dendrite form)")
	c.Flags().StringVar(&o.Listen, "listen", "", "serve our keys and client API at `ADDR`")
	c.Flags().StringVar(&o.User, "user", "", "join as `USER`, on the joining server")
	return c
}

func (p *program) listScenarios() error {
	if p.json || p.ndjson {
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

// sandbox runs a scenario: on the screen where there is a terminal, otherwise to its end.
func (p *program) sandbox(ctx context.Context, name string, o sandbox.JoinOptions) error {
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		return fmt.Errorf("no scenario %q: see doorstep sandbox --list", name)
	}
	o.Tool = tool()
	start := func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
		o := o
		o.OnRun = onRun
		return sandbox.Join(ctx, scenario, o)
	}
	if p.interactive() {
		return p.screen(ctx, ui.Options{Scenario: name, Start: p.scenarioStarter(o)})
	}
	return p.runToEnd(ctx, start)
}

// A starter starts a run; onRun is called before anything happens in it.
type starter func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error)

// runToEnd does a whole run, printing it as the flags ask.
func (p *program) runToEnd(ctx context.Context, start starter) error {
	finish := func() error { return nil }
	r, stop, err := start(ctx, func(r *live.Run) (err error) {
		finish, err = p.follow(r)
		return err
	})
	if err != nil {
		return err
	}
	r.Finish(ctx)
	stop()
	if err := errors.Join(r.Err(), finish()); err != nil {
		return err
	}
	return p.tell(r.Trace())
}

// follow has a run recorded, and printed as it happens, as the flags ask; finish completes the recording.
func (p *program) follow(r *live.Run) (finish func() error, err error) {
	finish = func() error { return nil }
	if p.record != "" {
		if finish, err = p.recordRun(r); err != nil {
			return finish, err
		}
	}
	if p.lines() {
		r.Sink(p.printer())
	}
	return finish, nil
}

// recordRun has a run written to the file of --record; finish completes it.
func (p *program) recordRun(r *live.Run) (finish func() error, err error) {
	rw, done, err := recording.Create(p.record, r.Trace().Header, p.force)
	if err != nil {
		return func() error { return nil }, recordingError(err)
	}
	r.Sink(func(_ flow.Trace, e *flow.Entry) error { return rw.Append(e) })
	return done, nil
}

// lines reports whether output comes line by line, as it happens.
func (p *program) lines() bool { return !p.json }

// printer returns what prints one entry.
func (p *program) printer() func(flow.Trace, *flow.Entry) error {
	if p.ndjson {
		return func(t flow.Trace, e *flow.Entry) error {
			return p.writeJSON(struct {
				Doorstep int             `json:"doorstep"`
				Step     export.StepJSON `json:"step"`
			}{1, export.NewStepJSON(t, e)})
		}
	}
	plain := ui.NewPlain(p.stdout, p.plainOptions())
	return func(t flow.Trace, e *flow.Entry) error { return plain.Entry(t, e) }
}

// tell prints what is known at the end of a trace, and sets the exit code.
func (p *program) tell(t flow.Trace) error {
	report := export.NewReport(t, p.reportOptions(false))
	return p.tellReport(report, func() error {
		return ui.NewPlain(p.stdout, p.plainOptions()).Report(t, flow.Fold(t), report)
	})
}

// tellReport prints a report in the form the flags ask for, plain writing it as text, and sets the exit code.
func (p *program) tellReport(report export.Report, plain func() error) error {
	p.code, p.told = report.ExitCode, true
	switch {
	case p.json:
		return p.writeJSON(report)
	case p.ndjson:
		report.Steps = nil
		return p.writeJSON(struct {
			Doorstep int           `json:"doorstep"`
			Result   export.Report `json:"result"`
		}{1, report})
	}
	return plain()
}

func (p *program) reportOptions(verify bool) export.ReportOptions {
	return export.ReportOptions{AllChecks: p.allChecks, Strict: p.strict, Verify: verify, Undo: p.undo}
}

func (p *program) plainOptions() ui.PlainOptions {
	return ui.PlainOptions{ASCII: p.ascii, AllChecks: p.allChecks}
}

func (p *program) joinCommand() *cobra.Command {
	var o live.JoinOptions
	var yes, omit bool
	var form, candidates string
	c := &cobra.Command{
		Use:   "join ALIAS|ROOM_ID",
		Short: "Join a room on real servers, and show how it goes",
		Long: `Join runs the handshake with real servers. The join is real: the user becomes a
member of the room, and every server in it is told. Without --yes nothing beyond
make_join is sent: on a terminal you are asked, elsewhere it stops there.

Join candidates are asked in turn until one helps. A refusal that the others
would have to repeat, such as a 403 from a homeserver, ends the join: the others
are not asked. --candidates all asks every one; --like asks as a homeserver
would.

--leave takes the join back once it is verified, or when no answer says what
became of it. The leave is not sent where it would end something else than this
join, because the user was in the room before, or is only invited: on a terminal
you are asked then, elsewhere --leave has to be given twice.

The other servers have to reach this one to check its signature: --listen must
be where the server name leads, or that server must publish the key of --key.`,
		Example: `  doorstep join '#room:matrix.example' --user @me:my.example --key signing.key \
      --candidates all --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Target, o.Tool, o.Form = args[0], tool(), flow.Form(form)
			if cmd.Flags().Changed("omit-members") {
				o.Omit = &omit
			}
			switch candidates {
			case "first":
			case "all":
				o.AskAll = true
			default:
				return fmt.Errorf("--candidates %q: there are first and all", candidates)
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
	f.Var((*leaveFlag)(&o), "leave", "leave the room again afterwards; twice: also if\nthe user was in it before, or is invited")
	f.Lookup("leave").NoOptDefVal = "true"
	f.BoolVar(&omit, "omit-members", false, "ask send_join to leave members out")
	f.StringSliceVar(&o.Versions, "room-versions", nil, "offer these `VERSIONS` (default: 1 to 12)")
	f.StringVar(&form, "form", string(flow.FormCurrent), "2015 or current")
	f.StringVar(&candidates, "candidates", "first", "first: until one helps, or refuses for\nthe room; all: every one")
	f.BoolVar(&o.Probe, "probe", false, "ask a little more, to tell causes apart")
	f.StringVar(&o.Like, "like", "", "go about it as `WHO`: synapse, dendrite, tuwunel")
	f.StringVar(&o.Notary, "notary", "", "ask `SERVER` for keys that others did not give")
	f.DurationVar(&o.Timeout, "timeout", 0, "give up on an exchange after `TIME`")
	return c
}

// leaveFlag is --leave, which counts when given twice.
type leaveFlag live.JoinOptions

func (l *leaveFlag) String() string   { return "false" }
func (l *leaveFlag) Type() string     { return "bool" }
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
	stopsShort := !yes && !o.DryRun && !interactive
	o.DryRun = o.DryRun || stopsShort
	p.undo = o.UndoCommand
	var last atomic.Pointer[live.Run]
	defer func() {
		if r := last.Load(); r != nil {
			p.sayLeftBehind(r.Trace(), o)
		}
	}()
	start := func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
		o := o
		o.OnRun = func(r *live.Run) error {
			last.Store(r)
			err := onRun(r)
			if err == nil && stopsShort {
				fmt.Fprintln(p.stderr, "doorstep: without --yes it stops before send_join, which would make "+ui.SafeText(o.User)+" a member of the room")
			}
			return err
		}
		r, _, stop, err := live.Join(ctx, o)
		return r, stop, err
	}
	if interactive {
		return p.screen(ctx, ui.Options{Scenario: o.Target, Start: p.starter(start), Confirm: !yes && !o.DryRun})
	}
	return p.runToEnd(ctx, start)
}

// sayLeftBehind tells, after a join that came to no good end, that its user may be a member all the same, and the one
// command that takes it back later.
func (p *program) sayLeftBehind(t flow.Trace, o live.JoinOptions) {
	s := flow.Fold(t)
	server, maybe := s.LeftBehind()
	if !maybe {
		return
	}
	fmt.Fprintf(p.stderr, "doorstep: %s may have accepted the join of %s; to leave again: %s\n",
		ui.SafeText(server), ui.SafeText(s.Header.User), shell.Line(o.UndoCommand(s.RoomID, server)))
}

func (p *program) replayCommand() *cobra.Command {
	var list bool
	c := &cobra.Command{
		Use:   "replay FILE|NAME",
		Short: "Show a recorded handshake, from a file or an embedded one",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return recordings.Names(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return p.listRecordings()
			}
			if len(args) == 0 {
				return errors.New("replay: name a recording: see doorstep replay --list")
			}
			t, notice, err := openTrace(args[0])
			if err != nil {
				return err
			}
			if p.record != "" {
				if err := p.copyRecording(t); err != nil {
					return err
				}
			}
			if p.interactive() {
				return p.screen(cmd.Context(), ui.Options{Recording: args[0], Trace: &t, Notice: notice})
			}
			if notice != "" {
				fmt.Fprintln(p.stderr, "doorstep: "+notice)
			}
			return p.tellAll(t)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "name every embedded recording")
	return c
}

func (p *program) listRecordings() error {
	for _, name := range recordings.Names() {
		t, _, err := openTrace(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%-24s %s\n", name, t.Header.Title)
	}
	return nil
}

func (p *program) verifyCommand() *cobra.Command {
	var version, keys, join, work string
	c := &cobra.Command{
		Use:   "verify FILE|NAME",
		Short: "Check every claim of a recording, or of a raw answer to send_join",
		Long: `Verify checks every claim of the answer to send_join, and whether the join is
allowed: in a recording, or in the body of an answer as it came from a server.
A raw answer needs --room-version, and the key documents of the servers that
signed its events, as a notary hands them out: {"server_keys": [...]}.

It exits with 0 when the join is proven, and with 4 when something refutes it or
it cannot be proven. A recording without an answer to send_join holds nothing to
verify: then it exits with 1, and says how that handshake ended.`,
		Example: `  doorstep verify public-v12
  doorstep verify public-v12 --work join | sh
  doorstep verify --room-version 12 --keys keys.json send_join.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if version == "" {
				if keys != "" || join != "" {
					return errors.New("--keys and --event go with --room-version")
				}
				return p.verifyRecording(args[0], work)
			}
			return p.verifyRaw(args[0], version, keys, join, work)
		},
	}
	c.Flags().StringVar(&version, "room-version", "", "the file is a raw answer, of a room of `VERSION`")
	c.Flags().StringVar(&keys, "keys", "", "key documents, JSON `FILE`")
	c.Flags().StringVar(&join, "event", "", "the join event that was sent, JSON `FILE`")
	c.Flags().StringVar(&work, "work", "", "print a shell script that works out and compares\nhashes and signatures of `EVENT` (an ID, or join)")
	return c
}

func (p *program) verifyRecording(name, work string) error {
	t, notice, err := openTrace(name)
	if err != nil {
		return err
	}
	if notice != "" {
		fmt.Fprintln(p.stderr, "doorstep: "+notice)
	}
	if work != "" {
		return p.showWork(flow.Fold(t), work)
	}
	report := export.NewReport(t, p.reportOptions(true))
	if report.NothingToVerify {
		fmt.Fprintln(p.stderr, "doorstep: "+ui.SafeText(report.Why)+": see doorstep replay")
	}
	return p.tellReport(report, func() error { return ui.NewPlain(p.stdout, p.plainOptions()).Report(t, flow.Fold(t), report) })
}

func (p *program) verifyRaw(name, version, keys, join, work string) error {
	raw := flow.RawReply{RoomVersion: version, Now: time.Now()}
	for _, f := range []struct {
		name string
		into *[]byte
	}{{name, &raw.Answer}, {keys, &raw.Keys}, {join, &raw.Join}} {
		if f.name == "" {
			continue
		}
		b, err := os.ReadFile(f.name)
		if err != nil {
			return err
		}
		*f.into = b
	}
	s, err := flow.VerifyRaw(raw)
	if err != nil {
		return err
	}
	if work != "" {
		return p.showWork(s, work)
	}
	report := export.NewRawReport(s, p.reportOptions(true))
	return p.tellReport(report, func() error { return ui.NewPlain(p.stdout, p.plainOptions()).Report(flow.Trace{}, s, report) })
}

// showWork prints what works the hashes and signatures of an event out again, for a shell. Where there is more than one copy of
// the event, the first is taken; of our join the one that came back, which is the one that counts.
func (p *program) showWork(s flow.State, id string) error {
	ours := id == "join" && s.Build != nil
	if ours {
		id = s.Build.EventID
	}
	work := s.ShowWork(id)
	if len(work) == 0 {
		return fmt.Errorf("no event %q in it", id)
	}
	shown := work[0]
	if i := slices.IndexFunc(work, func(w verify.EventWork) bool { return w.Where == "/event" }); ours && i >= 0 {
		shown = work[i]
	}
	_, err := fmt.Fprintln(p.stdout, strings.Join(export.Redo(shown), "\n"))
	return err
}

func (p *program) keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Write a new signing key, in Synapse's form",
		Long: `Keygen makes an ed25519 signing key and writes it to FILE, which must not exist and
which only its owner may read. It prints the key ID and the public key: what other
servers get to see.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := client.GenerateKey()
			if err != nil {
				return err
			}
			if err := client.WriteKey(args[0], key); err != nil {
				return err
			}
			public := event.EncodeBase64(key.Public())
			if p.json || p.ndjson {
				return p.writeJSON(struct {
					KeyID     string `json:"key_id"`
					VerifyKey string `json:"verify_key"`
				}{key.ID, public})
			}
			fmt.Fprintf(p.stdout, "key ID      %s\npublic key  %s\n", key.ID, public)
			return nil
		},
	}
}

func (p *program) infoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Print version, terminal and folders, for a report of a fault",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			facts := append([]ui.Fact{{Name: "version", Value: buildVersion()}}, ui.Facts(p.ascii)...)
			facts = append(facts,
				ui.Fact{Name: "recordings", Value: fmt.Sprintf("%d, in the program", len(recordings.Names()))},
				ui.Fact{Name: "scenarios", Value: fmt.Sprintf("%d, in the program", len(sandbox.Scenarios()))})
			if p.json || p.ndjson {
				doc := map[string]string{}
				for _, f := range facts {
					doc[f.Name] = f.Value
				}
				return p.writeJSON(doc)
			}
			for _, f := range facts {
				fmt.Fprintf(p.stdout, "%-10s  %s\n", f.Name, ui.SafeText(f.Value))
			}
			return nil
		},
	}
}

func (p *program) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [FINDING]",
		Short: "Print one entry of the catalogue of causes, or name them all",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, c := range diagnose.Catalogue() {
				ids = append(ids, c.ID+"\t"+c.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, c := range diagnose.Catalogue() {
					fmt.Fprintf(p.stdout, "%-28s %s\n", c.ID, c.Title)
				}
				return nil
			}
			c, ok := diagnose.CauseOf(args[0])
			if !ok {
				return fmt.Errorf("no finding %q: doorstep explain names them all", args[0])
			}
			return ui.Explain(p.stdout, c)
		},
	}
}

// tellAll prints a whole trace as a live run of it would have been printed.
func (p *program) tellAll(t flow.Trace) error {
	if p.lines() {
		show := p.printer()
		for n := range t.Entries {
			if err := show(t.Prefix(n+1), &t.Entries[n]); err != nil {
				return err
			}
		}
	}
	return p.tell(t)
}

func (p *program) copyRecording(t flow.Trace) error {
	rw, done, err := recording.Create(p.record, t.Header, p.force)
	if err != nil {
		return recordingError(err)
	}
	for i := range t.Entries {
		if err := rw.Append(&t.Entries[i]); err != nil {
			return errors.Join(err, done())
		}
	}
	return done()
}

// openTrace reads a recording: an embedded one by its name, otherwise a file. notice is set when it breaks off.
func openTrace(name string) (t flow.Trace, notice string, err error) {
	if r, embedded := recordings.Open(name); embedded == nil {
		t, err = recording.Read(r)
	} else {
		t, err = recording.Open(name)
	}
	switch {
	case errors.Is(err, recording.ErrTruncated):
		return t, oneLine(err), nil
	case errors.Is(err, fs.ErrNotExist):
		return t, "", fmt.Errorf("no file and no embedded recording %q: see doorstep replay --list", name)
	}
	return t, "", err
}

// screen opens the full-screen program.
func (p *program) screen(ctx context.Context, o ui.Options) error {
	o.ASCII, o.Theme, o.Color, o.Mouse, o.Strict = p.ascii, p.theme, p.color, !p.noMouse, p.strict
	for _, s := range sandbox.Scenarios() {
		o.Scenarios = append(o.Scenarios, ui.Scenario{Name: s.Name, Title: s.Title, Teaches: s.Teaches, Finding: s.Finding})
	}
	o.Recordings = recordings.Names()
	o.Open = openTrace
	if o.Start == nil {
		o.Start = p.scenarioStarter(sandbox.JoinOptions{Tool: tool()})
	}
	outcome, err := ui.Run(ctx, o)
	p.code = outcome
	return err
}

// scenarioStarter returns what starts a scenario, by its name, for the screen.
func (p *program) scenarioStarter(o sandbox.JoinOptions) func(context.Context, string) (ui.Source, func(), error) {
	return func(ctx context.Context, name string) (ui.Source, func(), error) {
		scenario, ok := sandbox.Lookup(name)
		if !ok {
			return nil, nil, fmt.Errorf("no scenario %q", name)
		}
		return p.starter(func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
			o := o
			o.OnRun = onRun
			return sandbox.Join(ctx, scenario, o)
		})(ctx, name)
	}
}

// starter returns what starts a run for the screen, recorded if the flags ask.
func (p *program) starter(start starter) func(context.Context, string) (ui.Source, func(), error) {
	return func(ctx context.Context, _ string) (ui.Source, func(), error) {
		finish := func() error { return nil }
		r, stop, err := start(ctx, func(r *live.Run) (err error) {
			if p.record != "" {
				finish, err = p.recordRun(r)
			}
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		return r, func() { stop(); _ = finish() }, nil
	}
}

// interactive reports whether to open the screen: both ends are a terminal that can show one, and no flag asks for lines.
func (p *program) interactive() bool {
	return !p.plain && !p.json && !p.ndjson && ui.IsTerminal()
}

func (p *program) writeJSON(v any) error { return export.WriteJSON(p.stdout, v) }

func scenarioNames() []string {
	var names []string
	for _, s := range sandbox.Scenarios() {
		names = append(names, s.Name+"\t"+s.Title)
	}
	return names
}

// recordingError says what keeps a recording from being written.
func recordingError(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: --force overwrites it", err)
	}
	return err
}

// oneLine gives an error as one line that is safe to print.
func oneLine(err error) string {
	return ui.SafeText(strings.Join(strings.Fields(err.Error()), " "))
}

func tool() string { return "doorstep " + buildVersion() }

// buildVersion is the version with the commit it was built from, where that is known.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return version + " (" + s.Value[:12] + ")"
		}
	}
	return version
}

// signals turns the signals that end a program into a cancelled context, and remembers which it was.
type signals struct {
	ctx  context.Context
	seen chan os.Signal
}

func newSignals() *signals {
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &signals{ctx: ctx, seen: make(chan os.Signal, 1)}
	incoming := make(chan os.Signal, 1)
	signal.Notify(incoming, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	client.Go(func() {
		sig := <-incoming
		signal.Stop(incoming) // a second one ends the program at once
		s.seen <- sig
		cancel(flow.Interrupt(signalNames[sig]))
	})
	return s
}

// signalNames are the names of the signals that end a program, as traces keep them.
var signalNames = map[os.Signal]string{
	os.Interrupt: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGHUP: "SIGHUP", syscall.SIGQUIT: "SIGQUIT",
}

// code is 128 and the number of the signal that came; 0 when none did.
func (s *signals) code() int {
	select {
	case sig := <-s.seen:
		if n, ok := sig.(syscall.Signal); ok {
			return 128 + int(n)
		}
	default:
	}
	return 0
}

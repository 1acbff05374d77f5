package command

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/kept"
	"doorstep/flow/recording"
	"doorstep/flow/safely"
	"doorstep/recordings"
	"doorstep/ui"
	"doorstep/ui/theme"
)

func (p *program) replayCommand() *cobra.Command {
	var list, fromStart bool
	c := &cobra.Command{
		Use:   "replay FILE|NAME",
		Short: "Show a recorded handshake, from a file or an embedded one",
		Long: `Replay shows a recording of a handshake: one of those in the program or one of
your own runs, both by the name that --list gives, or any file; - is standard
input. "last" is your newest run: runs are recorded of themselves, unless
--no-record is given.`,
		Example: `  doorstep replay last
  doorstep replay synapse-v12
  doorstep replay ./join.jsonl`,
		Args:              takes(0, 1, ""),
		ValidArgsFunction: completeRecordings,
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return p.listRecordings()
			}
			if len(args) == 0 {
				return seeHelp(cmd, errors.New("replay: name a recording, such as last or public-v12; "+
					"doorstep replay --list names them all"))
			}
			if args[0] == standardInput && p.interactive() {
				return errors.New("replay -: standard input is this terminal: send a recording into it, or name a file")
			}
			check := p.interactive() && p.isCheck(cmd.Context(), args[0])
			if p.interactive() && !check && p.record == "" {
				recorded, err := p.visitRecording(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				p.sendLater(recorded.Trace)
				return p.screen(cmd.Context(), ui.Options{Recording: args[0], Recorded: recorded, FromStart: fromStart})
			}
			t, notice, err := p.openTrace(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if p.record != "" {
				if err := p.copyRecording(t); err != nil {
					return err
				}
			}
			if p.interactive() && !check {
				whole := recording.Whole(t)
				p.last.Store(&visit{trace: whole.Trace, name: args[0]})
				p.sendLater(whole.Trace)
				return p.screen(cmd.Context(), ui.Options{Recording: args[0], Recorded: whole, FromStart: fromStart,
					Notice: notice})
			}
			if notice != "" {
				p.notice(notice)
			}
			if check && !p.linear {
				return p.replayCheck(cmd.Context(), t)
			}
			return p.whole(t)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "name every embedded recording, and your own runs")
	c.Flags().BoolVar(&fromStart, "from-start", false, "open the screen before the first entry: . and P go on")
	p.otlpFlag(c)
	return c
}

// whole writes a whole trace as a live run of it would have been written.
func (p *program) whole(t flow.Trace) error {
	p.tellRedacted(t)
	p.tellImported(t)
	s, err := p.fold(t)
	if err != nil {
		return err
	}
	r := export.NewReport(t, s, p.reportOptions(false))
	p.settle(r)
	if t.Header.Source != flow.SourceCheck { // no handshake, and so no trace of one
		defer p.send(p.signals.ctx, t, s, r)
	}
	return export.Read(p.reader(), t, s, r)
}

func (p *program) listRecordings() error {
	all := recordings.All()
	if p.wantsJSON() {
		return p.listAsJSON(all)
	}
	width := 0
	for _, r := range all {
		width = max(width, len(r.Name))
	}
	for _, r := range all {
		fmt.Fprintf(p.stdout, "%-*s  %s\n", width, r.Name, p.spelled(r.Title))
	}
	return p.listRuns()
}

// A listedRecording is a recording as it is listed for programs.
type listedRecording struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Group string `json:"group"` // empty: a run of the user's own
}

func (p *program) listAsJSON(embedded []recordings.Recording) error {
	var all []listedRecording
	for _, r := range embedded {
		all = append(all, listedRecording{r.Name, r.Title, string(r.Group)})
	}
	own, err := kept.List()
	if err != nil {
		return err
	}
	for _, r := range own {
		h, _ := recording.ReadHeader(r.File) // what cannot be read has no title
		all = append(all, listedRecording{Name: r.Name, Title: h.Title})
	}
	return p.writeJSON(all)
}

// listRuns names the user's own runs, where there are any.
func (p *program) listRuns() error {
	all, err := kept.List()
	if err != nil || len(all) == 0 {
		return err
	}
	folder := p.spelled(theme.SafeText(filepath.Dir(all[0].File)))
	fmt.Fprintf(p.stdout, "\nyour own runs, the newest first, in %s\n", folder)
	for _, r := range all {
		title := ""
		if h, err := recording.ReadHeader(r.File); err == nil {
			title = p.spelled(theme.SafeText(h.Title))
		}
		fmt.Fprintf(p.stdout, "%s  %s\n", p.spelled(theme.SafeText(r.Name)), title)
	}
	return nil
}

// copyRecording writes a trace to the file of --record. Where there is no room for it, that is said, and what was asked
// for is shown all the same.
func (p *program) copyRecording(t flow.Trace) error {
	err := recording.Save(p.record, t, p.force)
	if full := (*safely.WriteError)(nil); errors.As(err, &full) {
		p.notice(oneLine(full))
		p.uncopied = true
		return nil
	}
	return recordingError(err)
}

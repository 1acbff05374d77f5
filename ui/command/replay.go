package command

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/recording"
	"doorstep/recordings"
	"doorstep/ui"
)

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
				p.notice(notice)
			}
			return p.whole(t)
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

// copyRecording writes a trace to the file of --record.
func (p *program) copyRecording(t flow.Trace) error {
	recorder, err := export.Record(p.record, t.Header, p.force)
	if err != nil {
		return recordingError(err)
	}
	for i := range t.Entries {
		_ = recorder.Entry(t, &t.Entries[i]) // Close says what went wrong
	}
	return recorder.Close()
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

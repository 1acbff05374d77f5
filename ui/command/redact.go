package command

import (
	"context"

	"github.com/spf13/cobra"

	"doorstep/flow/redact"
	"doorstep/ui/story"
)

func (p *program) redactCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "redact FILE|NAME",
		Short: "Make a recording fit to share: names, keys and texts are taken out",
		Long: `Redact writes a recording again in which every name is a pseudonym: servers,
users, rooms, events, addresses, each the same one wherever it stands. What
people wrote is emptied; keys, signatures and hashes give way to texts of the
same size. Numbers, times, power levels, memberships and error codes stay.

The recording says what was taken out and what was found before. It is replayed
like any other; what rests on what is gone is not checked. Read it before you
pass it on: a name that stands where nobody would look for one is not found.

Recordings go by the names that replay --list gives; - is standard input.
Without --output it goes to standard output. A name that ends in .gz is
written as gzip.`,
		Example: `  doorstep redact last -o join.jsonl
  doorstep redact ./join.jsonl.gz | less`,
		Args:              takes(1, 1, "name a FILE, a recording, or - for standard input"),
		ValidArgsFunction: completeRecordings,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.redact(cmd.Context(), args[0], output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`; --force overwrites it")
	return c
}

func (p *program) redact(ctx context.Context, name, output string) error {
	t, notice, err := p.openHandshake(ctx, "redact", name)
	if err != nil {
		return err
	}
	if notice != "" {
		p.notice(notice)
	}
	out := redact.Trace(t, tool())
	if err := p.signals.ctx.Err(); err != nil {
		return err
	}
	if err := p.writeRecording(out, output); err != nil {
		return err
	}
	p.notice("taken out: " + story.RemovedWords(out.Header.Redacted.Removed))
	return nil
}

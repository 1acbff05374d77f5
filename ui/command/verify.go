package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/verify"
	"doorstep/ui/theme"
)

func (p *program) verifyCommand() *cobra.Command {
	var version, keys, join, work string
	c := &cobra.Command{
		Use:   "verify FILE|NAME",
		Short: "Check every claim of a recording, or of a raw answer to send_join",
		Long: `Verify checks every claim of the answer to send_join, and whether the join is
allowed: in a recording, or in the body of an answer as it came from a server.
Recordings go by the names that replay --list gives; - is standard input.
A raw answer needs --room-version, and the key documents of the servers that
signed its events, as a notary hands them out: {"server_keys": [...]}.

It exits with 0 when the join is proven, and with 4 when something refutes it or
it cannot be proven. A recording without an answer to send_join holds nothing to
verify: then it exits with 1, and says how that handshake ended. What an
imported file lacks is no failure: what it leaves open is not proven, exit 4.`,
		Example: `  doorstep verify public-v12
  doorstep verify public-v12 --work join | sh
  doorstep verify --room-version 12 --keys keys.json send_join.json`,
		Args:              takes(1, 1, "name a FILE, a recording, or - for standard input"),
		ValidArgsFunction: completeRecordings,
		RunE: func(cmd *cobra.Command, args []string) error {
			if version == "" {
				if keys != "" || join != "" {
					return errors.New("--keys and --event go with --room-version")
				}
				return p.verifyRecording(cmd.Context(), args[0], work)
			}
			return p.verifyRaw(args[0], version, keys, join, work)
		},
	}
	c.Flags().StringVar(&version, "room-version", "", "the file is a raw answer, of a room of `VERSION`")
	c.Flags().StringVar(&keys, "keys", "", "key documents, JSON `FILE`")
	c.Flags().StringVar(&join, "event", "", "the join event that was sent, JSON `FILE`")
	c.Flags().StringVar(&work, "work", "", "print a shell script that works out and compares\nhashes and signatures of "+
		"`EVENT` (an ID, or join)")
	return c
}

func (p *program) verifyRecording(ctx context.Context, name, work string) error {
	t, notice, err := p.openHandshake(ctx, "verify", name)
	if err != nil {
		return err
	}
	if notice != "" {
		p.notice(notice)
	}
	p.tellRedacted(t)
	p.tellImported(t)
	s, err := p.fold(t)
	if err != nil {
		return err
	}
	if work != "" {
		return p.showWork(s, work)
	}
	report := export.NewReport(t, s, p.reportOptions(true))
	if report.NothingToVerify {
		p.notice(theme.SafeText(report.Why) + ": see doorstep replay")
	}
	return p.end(p.reader(), t, s, report)
}

func (p *program) verifyRaw(name, version, keys, join, work string) error {
	raw := flow.RawReply{RoomVersion: version, Now: time.Now(),
		Progress: &verify.Progress{}}
	input := io.Reader(os.Stdin)
	for _, f := range []struct {
		name string
		into *[]byte
	}{{name, &raw.Answer}, {keys, &raw.Keys}, {join, &raw.Join}} {
		if f.name == "" {
			continue
		}
		b, err := readFile(f.name, &input)
		if err != nil {
			return err
		}
		*f.into = b
	}
	told := p.meter.follow(func() flow.Progress { return flow.Checked(raw.Progress) })
	release := raw.Progress.Within(p.signals.ctx, 0)
	s, err := flow.VerifyRaw(raw)
	release()
	told()
	if err != nil {
		return err
	}
	if work != "" {
		return p.showWork(s, work)
	}
	report := export.NewRawReport(s, p.reportOptions(true))
	return p.end(p.reader(), flow.Trace{}, s, report)
}

// mostAnswer is how many bytes of a file are read, or of standard input: as many as an answer to send_join may have.
const mostAnswer = 500 << 20

// readFile reads a file, or standard input, which can be read once: input is nil then.
func readFile(name string, input *io.Reader) ([]byte, error) {
	if name != standardInput {
		return client.ReadFile(name, mostAnswer)
	}
	if *input == nil {
		return nil, errors.New("standard input (-) can be read once only")
	}
	in := *input
	*input = nil
	return client.ReadAll(in, mostAnswer)
}

// showWork prints what works the hashes and signatures of an event out again, for a shell. Where there is more than
// one copy of the event, the first is taken; of our join the one that came back, which is the one that counts.
func (p *program) showWork(s flow.State, id string) error {
	if s.Header.Redacted != nil {
		return errors.New("--work: the recording is redacted, so that no hash or signature in it can be worked out again")
	}
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
	_, err := fmt.Fprintln(p.stdout, export.Redo(shown))
	return err
}

package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"doorstep/flow/har"
	"doorstep/flow/wording"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

func (p *program) importCommand() *cobra.Command {
	var output string
	var list bool
	c := &cobra.Command{
		Use:   "import FILE.har [NUMBER]",
		Short: "Make a recording of a handshake that a proxy or a browser recorded",
		Long: `Import finds the remote joins among the traffic in an HTTP archive, HAR 1.2,
such as mitmproxy and browsers write, and makes a recording of one. With several
in the file, --list names them and NUMBER says which one.

An archive that doorstep export made gives back the recording that it was made
of. Others lack much that a recording has: where server names lead, what TLS
showed, bytes as they were sent. The recording says what is missing, and what
rests on it is not checked. The join event is taken from what was sent, and the
answer is verified with the keys that are in the file.

- is standard input. Without --output the recording goes to standard output; a
name that ends in .gz is written as gzip. Signatures of Authorization headers,
tokens and cookies are left out.`,
		Example: `  doorstep import traffic.har --list
  doorstep import traffic.har 2 -o join.jsonl
  doorstep import traffic.har | doorstep replay - --plain`,
		Args:              takes(1, 2, "name a FILE.har, or - for standard input"),
		ValidArgsFunction: completeArchives,
		RunE: func(_ *cobra.Command, args []string) error {
			a, err := p.openArchive(args[0])
			if err != nil {
				return fmt.Errorf("%s: %w", theme.SafeText(args[0]), err)
			}
			if a.Changed != nil {
				p.notice("what doorstep export wrote into the file is not whole, and the file is read like any other: " +
					oneLine(a.Changed))
			}
			if list {
				return p.listHandshakes(a)
			}
			n, err := chosen(a, args)
			if err != nil {
				return err
			}
			return p.importHandshake(a, n, output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`; --force overwrites it")
	c.Flags().BoolVar(&list, "list", false, "name the handshakes in the file")
	c.MarkFlagsMutuallyExclusive("output", "list")
	return c
}

// completeArchives completes the name of a file that may be an archive.
func completeArchives(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"har"}, cobra.ShellCompDirectiveFilterFileExt
}

// openArchive reads an archive from a file, or from standard input.
func (p *program) openArchive(name string) (*har.Archive, error) {
	if name == standardInput {
		if p.interactive() {
			return nil, errors.New("standard input is this terminal: send an archive into it, or name a file")
		}
		return har.Read(p.untilSignal(os.Stdin))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return har.Read(p.untilSignal(f))
}

// untilSignal reads r until a signal comes.
func (p *program) untilSignal(r io.Reader) io.Reader {
	return bufio.NewReaderSize(stopping{p, r}, 1<<16)
}

type stopping struct {
	p *program
	r io.Reader
}

func (s stopping) Read(b []byte) (int, error) {
	if err := s.p.signals.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

// chosen is the number of the handshake that was asked for.
func chosen(a *har.Archive, args []string) (int, error) {
	all := len(a.Handshakes)
	if len(args) < 2 {
		if all > 1 {
			return 0, fmt.Errorf("import: there are %d handshakes in the file: --list names them, and a NUMBER says which",
				all)
		}
		return 1, nil
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 || n > all {
		return 0, fmt.Errorf("import: %q is no number from 1 to %d: --list names them", args[1], all)
	}
	return n, nil
}

// handshakeJSON is a handshake as --list --json gives it.
type handshakeJSON struct {
	Number int       `json:"number"`
	Began  time.Time `json:"began"`
	User   string    `json:"user_id"`
	Target string    `json:"target"`
	Room   string    `json:"room_id,omitempty"`
	Status int       `json:"status"`
}

// listHandshakes names the handshakes of an archive, one a line.
func (p *program) listHandshakes(a *har.Archive) error {
	list := []handshakeJSON{}
	for i, h := range a.Handshakes {
		list = append(list, handshakeJSON{i + 1, h.Began, h.User, h.Target, h.Room, h.Status})
	}
	if p.form != nil && p.form.name == "json" {
		return p.writeJSON(list)
	}
	for _, h := range list {
		status := "no answer"
		if h.Status != 0 {
			status = strconv.Itoa(h.Status)
		}
		fmt.Fprintln(p.stdout, p.spelled(theme.SafeText(fmt.Sprintf("%d  %s  %s joins %s: %s", h.Number,
			h.Began.UTC().Format(time.DateTime), h.User, h.Target, status))))
	}
	if a.Unclaimed > 0 {
		p.notice(wording.Count(a.Unclaimed, "join") + " that a client asked for: nothing of the servers is in the file")
	}
	return nil
}

// importHandshake writes the recording of a handshake, and says what it lacks.
func (p *program) importHandshake(a *har.Archive, n int, output string) error {
	t, err := a.Trace(n, tool())
	if err != nil {
		return err
	}
	if err := p.writeRecording(t, output); err != nil {
		return err
	}
	if missing := story.MissingWords(t.Header); missing != "" && !a.Recorded() {
		p.notice("not in the file: " + missing)
	}
	return nil
}

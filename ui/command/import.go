package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/flow/traffic"
	"doorstep/flow/wording"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

func (p *program) importCommand() *cobra.Command {
	var output string
	var list, log bool
	c := &cobra.Command{
		Use:   "import FILE [NUMBER]",
		Short: "Make a recording of what another program recorded",
		Long: `Import finds the remote joins among recorded traffic, and makes a recording of
one. With several in the file, --list names them and NUMBER says which one. It
reads, whatever the file is called,

  HTTP archives, HAR 1.2, such as browsers and mitmproxy write, and
  flow files of mitmproxy, as mitmdump -w writes them: version 6 or later.

An archive that doorstep export made gives back the recording that it was made
of. Others lack much that a recording has: where server names lead, what TLS
showed, bytes as they were sent. A flow file has more of it: certificates and
addresses of servers, header fields as they were sent unless a reverse proxy
changed them. The recording says what is missing, and what rests on it is not
checked. The join event is taken from what was sent, and the answer is verified
with the keys that are in the file.

What a browser records is the client's part, which shows no handshake: that is
between the servers.

With --log the file is a homeserver's own log, Synapse's or Dendrite's, of
the server that joined or of the one it asked; gzip is unpacked. A log has no
signatures, hardly ever a body, and nothing on TLS: the recording shows what
the log tells and what it does not, and nothing of it is checked. Times
without a zone are taken as UTC.

- is standard input. Without --output the recording goes to standard output; a
name that ends in .gz is written as gzip. Signatures of Authorization headers,
tokens and cookies are left out.`,
		Example: `  doorstep import traffic.har --list
  doorstep import traffic.har 2 -o join.jsonl
  doorstep import traffic.flow -o join.jsonl
  doorstep import traffic.har | doorstep replay - --plain
  doorstep import --log homeserver.log --list`,
		Args:              takes(1, 2, "name a FILE, or - for standard input"),
		ValidArgsFunction: completeCaptures,
		RunE: func(_ *cobra.Command, args []string) error {
			if log {
				return p.importFromLog(args, list, output)
			}
			a, err := p.openCapture(args[0])
			if err != nil {
				return fmt.Errorf("%s: %w", theme.SafeText(args[0]), err)
			}
			if a.Changed != nil {
				p.notice("what doorstep export wrote into the file is not whole, and the file is read like any other: " +
					oneLine(a.Changed))
			}
			if a.Cut != nil {
				p.notice("the file is not whole, and was read up to there: " + oneLine(a.Cut))
			}
			if list {
				return p.listHandshakes(a)
			}
			n, err := chosen(len(a.Handshakes), args)
			if err != nil {
				return err
			}
			return p.importHandshake(a, n, output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`; --force overwrites it")
	c.Flags().BoolVar(&list, "list", false, "name the handshakes in the file")
	c.Flags().BoolVar(&log, "log", false, "the file is a homeserver's log")
	c.MarkFlagsMutuallyExclusive("output", "list")
	return c
}

// completeCaptures completes the name of a file that may hold recorded traffic.
func completeCaptures(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"har", "flow", "flows", "mitm", "dump"}, cobra.ShellCompDirectiveFilterFileExt
}

// openCapture reads recorded traffic from a file, or from standard input.
func (p *program) openCapture(name string) (*traffic.Capture, error) {
	return openImport(p, name, "a file", readCapture)
}

// listHandshakes names the handshakes of an archive, one a line.
func (p *program) listHandshakes(a *traffic.Capture) error {
	list := []handshakeJSON{}
	for i, h := range a.Handshakes {
		list = append(list, handshakeJSON{i + 1, h.Began, h.User, h.Target, h.Room, h.Status})
	}
	if err := p.tellHandshakes(list); err != nil {
		return err
	}
	if a.Unclaimed > 0 {
		p.notice(wording.Count(a.Unclaimed, "join") + " that a client asked for: nothing of the servers is in the file")
	}
	return nil
}

// importHandshake writes the recording of a handshake, and says what it lacks.
func (p *program) importHandshake(a *traffic.Capture, n int, output string) error {
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

package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/redact"
	"doorstep/flow/wording"
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
	t, notice, err := p.openTrace(ctx, name)
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
	p.notice("taken out: " + removedWords(out.Header.Redacted.Removed))
	return nil
}

// removedNames are the kinds of what is taken out, in words, each one of it.
var removedNames = map[flow.RemovedKind]string{
	flow.RemovedServers: "server or host", flow.RemovedUsers: "user", flow.RemovedRooms: "room",
	flow.RemovedAliases: "alias", flow.RemovedEvents: "event ID", flow.RemovedAddresses: "address",
	flow.RemovedKeyIDs: "key ID", flow.RemovedKeys: "key", flow.RemovedSignatures: "signature",
	flow.RemovedHashes: "hash", flow.RemovedCertificates: "name or fingerprint of a certificate",
	flow.RemovedNames: "other name", flow.RemovedContents: "value of content", flow.RemovedTexts: "text",
	flow.RemovedHeaders: "header field", flow.RemovedBodies: "body that is no JSON", flow.RemovedEntries: "unknown entry",
}

// removedWords says what was taken out, by kind and count.
func removedWords(removed map[flow.RemovedKind]int) string {
	var out []string
	for _, kind := range flow.RemovedKinds {
		if n := removed[kind]; n > 0 {
			out = append(out, several(n, removedNames[kind]))
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// several counts things whose names have more than one word, or an odd plural.
func several(n int, name string) string {
	if n > 1 {
		switch first, rest, _ := strings.Cut(name, " "); first {
		case "server":
			return fmt.Sprintf("%d servers and hosts", n)
		case "name":
			return fmt.Sprintf("%d names and fingerprints of certificates", n)
		case "hash":
			return fmt.Sprintf("%d hashes", n)
		case "body":
			return fmt.Sprintf("%d bodies that are no JSON", n)
		case "unknown":
			return fmt.Sprintf("%d unknown entries", n)
		case "alias", "address":
			return fmt.Sprintf("%d %ses", n, first)
		case "value":
			return fmt.Sprintf("%d values %s", n, rest)
		}
	}
	return wording.Count(n, name)
}

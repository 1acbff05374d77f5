package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/redact"
	"doorstep/ui/document"
	"doorstep/ui/saving"
)

func (p *program) exportCommand() *cobra.Command {
	var format, output, collector string
	var wants redaction
	c := &cobra.Command{
		Use:   "export --format NAME|--otlp URL FILE|NAME",
		Short: "Write a recorded handshake in another form",
		Long: `Export writes a recording as one of these:

` + formatTable() + `
It goes to standard output, or to the file of --output, whose name says the form
where --format does not. A file that exists is kept unless --force is given.

The picture and the page are files of their own: they fetch nothing, nothing in
them runs, and they are light or dark as the reader's system is. These two, the
diagram and Markdown are bounded in size; what is left out is counted.

The archive, HAR, opens in network panels and proxies. It holds all of the
recording, some of it in fields of its own, and import gives it back.

A recording holds names of rooms, users and servers. In the forms that are made
to be passed on, from Markdown to the archive, they become pseudonyms and texts
are emptied, as redact does it, unless --no-redact is given or the names are
those of the sandbox; --redact does so in any form.

With --otlp it writes nothing, and sends the handshake to an OpenTelemetry
collector as a trace; names stay unless --redact is given.

It exits with 0 whatever became of the join, and with 1 where only a part could
be written, or the collector did not take it.`,
		Example: `  doorstep export --format svg synapse-v12 > join.svg
  doorstep export last --output report.html
  doorstep export --format markdown ./reported.jsonl.gz
  doorstep export --otlp http://127.0.0.1:4318 last`,
		Args:              takes(1, 1, "name a recording, such as last or public-v12"),
		ValidArgsFunction: completeRecordings,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("otlp") {
				if err := p.chooseCollector(cmd, collector); err != nil {
					return err
				}
				return p.sendRecording(cmd.Context(), args[0], wants.yes)
			}
			f, err := formatOf(format, output)
			if err == nil && p.form != nil {
				err = fmt.Errorf("export has --format in place of --%s", p.form.name)
			}
			if err != nil {
				return seeHelp(cmd, err)
			}
			if args[0] == standardInput && p.interactive() {
				return errors.New("export -: standard input is this terminal: send a recording into it, or name a file")
			}
			t, notice, err := p.openTrace(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if notice != "" {
				p.notice(notice)
			}
			if wants.of(f, t.Header) {
				t = redact.Trace(t, tool())
				p.notice("redacted: names are pseudonyms, texts are empty; --no-redact keeps them")
			}
			s, err := p.fold(t)
			if err != nil {
				return err
			}
			h := document.Handshake{Trace: t, State: s, Report: export.NewReport(t, s, p.reportOptions(false)),
				AllChecks: p.allChecks,
				ASCII:     p.ascii || output == "" && p.spellsOut()} // a file is UTF-8 whatever the locale says
			if output == "" {
				return p.exported("standard output", f.Write(p.stdout, h))
			}
			return p.exportTo(output, args[0], func(w io.Writer) error { return f.Write(w, h) })
		},
	}
	c.Flags().StringVar(&format, "format", "", "the form, by its name")
	c.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`")
	c.Flags().BoolVar(&wants.yes, "redact", false, "take names and texts out, whatever the form")
	c.Flags().BoolVar(&wants.no, "no-redact", false, "keep names and texts, whatever the form")
	c.Flags().StringVar(&collector, "otlp", "", otlpUsage)
	c.MarkFlagsMutuallyExclusive("redact", "no-redact")
	c.MarkFlagsMutuallyExclusive("otlp", "format")
	c.MarkFlagsMutuallyExclusive("otlp", "output")
	return c
}

// A redaction says what somebody wants of names: neither, and it depends on the form.
type redaction struct{ yes, no bool }

// of reports whether what is written in a form has to be redacted first. What has been already stays as it is, and the
// names of the sandbox are nobody's.
func (r redaction) of(f document.Format, h flow.Header) bool {
	if h.Redacted != nil || r.no {
		return false
	}
	return r.yes || f.Redacts(h)
}

// formatTable lists the forms for the help.
func formatTable() string {
	var b strings.Builder
	for _, f := range document.Formats() {
		fmt.Fprintf(&b, "  %-10s%s\n", f.Name, f.Says)
	}
	return b.String()
}

// formatOf is the form that was asked for: by its name, or by that of the file.
func formatOf(name, output string) (document.Format, error) {
	if f, ok := document.Lookup(name); ok {
		return f, nil
	}
	if f, ok := document.ForFile(output); ok && name == "" {
		return f, nil
	}
	return document.Format{}, fmt.Errorf("export: name a form with --format: there are %s",
		strings.Join(formatNames(), ", "))
}

// exportTo writes a file. One that is there is kept unless --force is given, and what was read is never written over.
func (p *program) exportTo(file, from string, write func(io.Writer) error) error {
	if a, err := os.Stat(file); err == nil {
		if b, err := os.Stat(from); err == nil && os.SameFile(a, b) {
			return fmt.Errorf("export: %q is the recording itself: name another file", file)
		}
	}
	err := saving.Into(file, p.force, write)
	if part := (*saving.PartError)(nil); errors.As(err, &part) {
		return p.exported(fmt.Sprintf("%q", file), part.Err)
	}
	return recordingError(err)
}

// exported says what kept a form from being written whole, and makes it the exit code.
func (p *program) exported(where string, err error) error {
	if err != nil {
		p.notice(oneLine(fmt.Errorf("%s holds only a part: %w", where, err)))
		p.code = 1
	}
	return nil
}

package command

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/ui/document"
	"doorstep/ui/saving"
)

func (p *program) exportCommand() *cobra.Command {
	var format, output, collector string
	var parts []string
	var wants redaction
	var asLesson bool
	c := &cobra.Command{
		Use:   "export --format NAME|--otlp URL|--lesson FILE|NAME",
		Short: "Write a recorded handshake in another form",
		Long: `Export writes a recording as one of these:

` + formatTable() + `
It goes to standard output, or to the file of --output, whose name says the form
where --format does not. A file that exists is kept unless --force is given.

A picture shows the ladder, or the --part that is named: the findings, the diff
from the protoevent to the join event, or the sets state and auth_chain against
each other. Several, separated by commas, stand one below another.

The picture and the page are files of their own: they fetch nothing, nothing in
them runs, and they are light or dark as the reader's system is. These two, the
diagram and Markdown are bounded in size; what is left out is counted.

The archive, HAR, opens in network panels and proxies. It holds all of the
recording, some of it in fields of its own, and import gives it back.

A recording holds names of rooms, users and servers. In the forms that are made
to be passed on, from Markdown to the archive, they become pseudonyms and texts
are emptied, as redact does it, unless --no-redact is given or the names are
those of the sandbox; --redact does so in any form.

With --lesson it writes a page to learn from: the handshake step by step, each
field, header and check explained next to the bytes. Without a recording it is a
course: the tour of learn, run in the sandbox, with its questions and answers.

With --otlp it writes nothing, and sends the handshake to an OpenTelemetry
collector as a trace; names stay unless --redact is given.

It exits with 0 whatever became of the join, and with 1 where only a part could
be written, or the collector did not take it.`,
		Example: `  doorstep export --format svg synapse-v12 > join.svg
  doorstep export last --part ladder,findings --output failure.svg
  doorstep export last --output report.html
  doorstep export --format markdown ./reported.jsonl.gz
  doorstep export --lesson -o course.html
  doorstep export --lesson last -o lesson.html
  doorstep export --otlp http://127.0.0.1:4318 last`,
		Args: func(cmd *cobra.Command, args []string) error {
			least := 1
			if asLesson {
				least = 0
			}
			return takes(least, 1, "name a recording, such as last or public-v12")(cmd, args)
		},
		ValidArgsFunction: completeRecordings,
		RunE: func(cmd *cobra.Command, args []string) error {
			if asLesson {
				return p.exportLesson(cmd, args, output, wants)
			}
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
			if err == nil && parts != nil && !f.HasParts() {
				err = fmt.Errorf("export: --part is for pictures, --format svg, not for %s", f.Name)
			}
			if err != nil {
				return seeHelp(cmd, err)
			}
			h, err := p.handshake(cmd.Context(), args[0], f, wants)
			if err != nil {
				return err
			}
			h.Parts = parts
			h.ASCII = p.ascii || output == "" && p.spellsOut() // a file is UTF-8 whatever the locale says
			if output == "" {
				return unfinished("standard output", f.Write(p.wholeOutput(), h))
			}
			return p.exportTo(output, args[0], func(w io.Writer) error { return f.Write(w, h) })
		},
	}
	c.Flags().StringVar(&format, "format", "", "the form, by its name")
	c.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`")
	c.Flags().StringSliceVar(&parts, "part", nil, "what a picture shows, in this order")
	c.Flags().BoolVar(&wants.yes, "redact", false, "take names and texts out, whatever the form")
	c.Flags().BoolVar(&wants.no, "no-redact", false, "keep names and texts, whatever the form")
	c.Flags().BoolVar(&asLesson, "lesson", false, "a page to learn from; without a recording, the tour")
	c.Flags().StringVar(&collector, "otlp", "", "send it as a trace to the OpenTelemetry\ncollector at `URL`")
	c.MarkFlagsMutuallyExclusive("redact", "no-redact")
	c.MarkFlagsMutuallyExclusive("otlp", "format")
	c.MarkFlagsMutuallyExclusive("otlp", "output")
	c.MarkFlagsMutuallyExclusive("lesson", "format")
	c.MarkFlagsMutuallyExclusive("lesson", "otlp")
	c.MarkFlagsMutuallyExclusive("otlp", "part")
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
	return recordingError(err)
}

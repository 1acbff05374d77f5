package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/ui/document"
)

// An exporting is what a command line of export asks for.
type exporting struct {
	format, output, collector string

	parts  []string
	wants  redaction
	lesson bool
}

func (p *program) exportCommand() *cobra.Command {
	var e exporting
	c := &cobra.Command{
		Use:     "export --format NAME|--otlp URL|--lesson FILE|NAME",
		Short:   "Write a recorded handshake in another form",
		Long:    exportHelp(),
		Example: exportExamples,
		Args: func(cmd *cobra.Command, args []string) error {
			least := 1
			if e.lesson {
				least = 0
			}
			return takes(least, 1, "name a recording, such as last or public-v12")(cmd, args)
		},
		ValidArgsFunction: completeRecordings,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case e.lesson:
				return p.exportLesson(cmd, args, e.output, e.wants)
			case cmd.Flags().Changed("otlp"):
				if err := p.chooseCollector(cmd, e.collector); err != nil {
					return err
				}
				return p.sendRecording(cmd.Context(), args[0], e.wants.yes)
			}
			return p.exportForm(cmd, args[0], e)
		},
	}
	e.flags(c)
	return c
}

func (e *exporting) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&e.format, "format", "", "the form, by its name")
	f.StringVarP(&e.output, "output", "o", "", "write to `FILE`")
	f.StringSliceVar(&e.parts, "part", nil, "what a picture shows, in this order")
	f.BoolVar(&e.wants.yes, "redact", false, "take names and texts out, whatever the form")
	f.BoolVar(&e.wants.no, "no-redact", false, "keep names and texts, whatever the form")
	f.BoolVar(&e.lesson, "lesson", false, "a page to learn from; without a recording, the tour")
	f.StringVar(&e.collector, "otlp", "", "send it as a trace to the OpenTelemetry\ncollector at `URL`")
	c.MarkFlagsMutuallyExclusive("redact", "no-redact")
	for _, flag := range []string{"format", "output", "part", "lesson"} {
		c.MarkFlagsMutuallyExclusive("otlp", flag)
	}
	c.MarkFlagsMutuallyExclusive("lesson", "format")
	c.MarkFlagsMutuallyExclusive("lesson", "part")
}

// exportForm writes a recording in the form that was asked for.
func (p *program) exportForm(cmd *cobra.Command, name string, e exporting) error {
	f, err := formatOf(e.format, e.output)
	if err == nil && p.form != nil {
		err = fmt.Errorf("export has --format in place of --%s", p.form.name)
	}
	if err == nil && e.parts != nil && !f.HasParts() {
		err = fmt.Errorf("export: --part is for pictures, --format svg, not for %s", f.Name)
	}
	if err != nil {
		return seeHelp(cmd, err)
	}
	h, err := p.handshake(cmd.Context(), name, f, e.wants)
	if err != nil {
		return err
	}
	h.Parts = e.parts
	h.ASCII = p.ascii || e.output == "" && p.spellsOut() // a file is UTF-8 whatever the locale says
	if e.output == "" {
		return unfinished(f.Write(p.wholeOutput(), h))
	}
	return p.exportTo(e.output, name, func(w io.Writer) error { return f.Write(w, h) })
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

package command

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/otlp"
	"doorstep/flow/wording"
)

// otlpUsage is the help of --otlp where a handshake goes out as it is, names and all.
const otlpUsage = "send it as a trace, with its names, to the\nOpenTelemetry collector at `URL`"

// mostOfCollector bounds what is shown where a collector says why it did not take a trace: it may go on for megabytes.
const mostOfCollector = 1000

// otlpFlag adds --otlp to a command that shows a handshake. A collector that the environment names counts as well.
func (p *program) otlpFlag(c *cobra.Command) {
	given := c.Flags().String("otlp", "", otlpUsage)
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("otlp") {
			return p.chooseCollector(c, *given)
		}
		var err error
		if p.collector, err = otlp.Choose("", os.Getenv); err != nil {
			p.notice("no trace will be sent: " + oneLine(err))
		}
		return nil
	}
}

// chooseCollector takes the collector of --otlp.
func (p *program) chooseCollector(c *cobra.Command, given string) (err error) {
	if given == "" {
		return seeHelp(c, errors.New("--otlp: name a collector, as http://127.0.0.1:4318"))
	}
	if p.collector, err = otlp.Choose(given, os.Getenv); err != nil {
		return seeHelp(c, fmt.Errorf("--otlp: %w", err))
	}
	return nil
}

// sendLater has a handshake of the screen sent once that is closed: there is no place before to say what came of it.
func (p *program) sendLater(t func() flow.Trace) {
	if p.collector != nil {
		p.unsent = append(p.unsent, t)
	}
}

// sendUnsent sends the handshakes of the screen.
func (p *program) sendUnsent(ctx context.Context) {
	for _, trace := range p.unsent {
		t := trace()
		s := flow.Fold(t)
		p.send(ctx, t, s, export.NewReport(t, s, p.reportOptions(false)))
	}
}

// send sends a handshake to the collector, if there is one, says what came of it, and reports whether it is there. A
// handshake that was interrupted is sent too.
func (p *program) send(ctx context.Context, t flow.Trace, s flow.State, r export.Report) bool {
	if p.collector == nil || len(t.Entries) == 0 {
		return false
	}
	file, from := otlp.ClientKey(os.Getenv)
	p.warnOfKey(from, file)
	spans := otlp.Spans(t, s, r)
	where := p.collector.URL
	if p.collector.From != "" {
		where += " (" + p.collector.From + ")"
	}
	if err := p.collector.Send(context.WithoutCancel(ctx), spans, buildVersion()); err != nil {
		p.notice(wording.ClipTo(oneLine(fmt.Errorf("the trace was not sent to %s: %w", where, err)), mostOfCollector))
		return false
	}
	holds := "names of rooms, users and servers are in it"
	if t.Header.Redacted != nil {
		holds = "names in it are pseudonyms"
	}
	p.notice(oneLine(fmt.Errorf("sent to %s as trace %s, %s: %s", where, spans[0].Trace, wording.Count(len(spans), "span"),
		holds)))
	return true
}

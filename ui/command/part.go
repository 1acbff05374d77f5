package command

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/kept"
	"doorstep/flow/recording"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// visitRecording opens a recording for the screen, and remembers that it did.
func (p *program) visitRecording(ctx context.Context, name string) (*recording.Stream, error) {
	s, err := followTrace(ctx, name)
	if err == nil {
		p.last.Store(&visit{trace: s.Trace, name: name})
	}
	return s, err
}

// part says, once the terminal is as it was, how the handshake ended that the screen showed last, what to do about it,
// and how to see it again. Of one that did nothing there is nothing to say.
func (p *program) part() error {
	v := p.last.Load()
	if v == nil {
		return nil
	}
	t := v.trace()
	p.tellReplaced(t)
	if len(t.Entries) == 0 {
		return nil
	}
	if s, r := p.summary(t); r != nil {
		if err := p.writer(p.stdout).Parting(s, *r); err != nil {
			return err
		}
	}
	return p.tellAgain(v)
}

// quickBytes is how long an answer may be that is verified for whoever leaves the screen before that was done. A longer
// one takes seconds.
const quickBytes = 1 << 20

// hasLongAnswer reports whether there is an answer in t that is longer than that.
func hasLongAnswer(t flow.Trace) bool {
	return slices.ContainsFunc(t.Entries, func(e flow.Entry) bool {
		return e.Step == flow.A7 && e.Response != nil && len(e.Response.Body) > quickBytes
	})
}

// summary works out what there is to say of a trace. A long answer that was not verified is not verified for it, and
// once a signal came it is made only where that takes no more than a moment: where it is not there the report is nil.
func (p *program) summary(t flow.Trace) (flow.State, *export.Report) {
	if t.Unverified() && hasLongAnswer(t) {
		return flow.State{}, nil
	}
	var s flow.State
	var r export.Report
	done := make(chan struct{})
	client.Go(func() {
		defer close(done)
		defer t.VerifyWithin(p.signals.ctx, 0)()
		s = flow.Fold(t)
		r = export.NewReport(t, s, p.reportOptions(false))
	})
	select {
	case <-done:
	case <-p.signals.ctx.Done():
		select {
		case <-done:
		case <-time.After(partingTime):
			return flow.State{}, nil
		}
	}
	if s.GivenUp() {
		return s, nil
	}
	return s, &r
}

// tellAgain says where the recording of a visit is, and how to see it again.
func (p *program) tellAgain(v *visit) error {
	name := v.name
	if v.keeping != nil {
		name = v.keeping.File()
		if name == "" {
			return nil
		}
		if _, err := fmt.Fprintln(p.stdout, "recorded in "+p.spelled(theme.SafeText(name))); err != nil {
			return err
		}
		if own := strings.TrimSuffix(filepath.Base(name), ".jsonl"); v.keeping.own != nil {
			if file, found := kept.Find(own); found && file == name {
				name = own
			}
		}
	}
	again := story.ReplayCommand(name)
	if again == "" {
		return nil
	}
	_, err := fmt.Fprintln(p.stdout, "see it again:", again)
	return err
}

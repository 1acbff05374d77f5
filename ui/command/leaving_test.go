package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

// A command whose run is over is left once a signal came, also while it tells of it: its last words are told all the
// same, once. One that has a moment for it ends by itself.
func TestLeavesOnceSettled(t *testing.T) {
	for _, c := range []struct {
		name  string
		grace time.Duration
		ends  bool // by itself
	}{{"long", partingTime, false}, {"short", time.Minute, true}} {
		// How long before the run is over the signal comes; less than nothing: after that.
		for _, before := range []time.Duration{3 * partingTime, 0, -1} {
			ctx, signal := context.WithCancel(context.Background())
			var said bytes.Buffer
			p := &program{stderr: &said, meter: newMeter(io.Discard), signals: &signals{ctx: ctx},
				settles: make(chan time.Duration, 1)}
			telling, told := make(chan struct{}), make(chan struct{})
			err := p.unlessLeft(ctx, func() error {
				p.stay()
				p.lastWords.keep(func(bool) []string { return []string{"it may stand"} })
				if before >= 0 {
					signal()
					time.Sleep(before) // it is not left meanwhile, or the words are not those
					said.WriteString("recorded\n")
				}
				p.settled(c.grace)
				signal()
				close(telling)
				if c.ends {
					time.Sleep(3 * partingTime)
					return nil
				}
				<-told
				return nil
			})
			close(told)
			<-telling
			want := map[bool]string{true: "recorded\n"}[before >= 0]
			if !c.ends {
				want += "it may stand\n"
			}
			if c.ends && err != nil || !c.ends && !errors.Is(err, errLeft) || said.String() != want {
				t.Errorf("%s, the signal %s before: %v, said %q and not %q", c.name, before, err, said.String(), want)
			}
		}
	}
}

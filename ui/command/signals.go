package command

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/ui/terminal"
)

// signals turns the signals that end a program into a cancelled context, and remembers which it was.
type signals struct {
	ctx  context.Context
	seen chan os.Signal
}

func newSignals() *signals {
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &signals{ctx: ctx, seen: make(chan os.Signal, 1)}
	incoming := make(chan os.Signal, 1)
	signal.Notify(incoming, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	client.Go(func() {
		sig := <-incoming
		for terminal.Lent() && (sig == os.Interrupt || sig == syscall.SIGQUIT) {
			sig = <-incoming // the key was for the editor
		}
		signal.Stop(incoming) // a second one ends the program at once
		s.seen <- sig
		cancel(flow.Interrupt(signalNames[sig]))
	})
	return s
}

// signalNames are the names of the signals that end a program, as traces keep them.
var signalNames = map[os.Signal]string{
	os.Interrupt: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGHUP: "SIGHUP", syscall.SIGQUIT: "SIGQUIT",
}

// code is 128 and the number of the signal that came; 0 when none did.
func (s *signals) code() int {
	select {
	case sig := <-s.seen:
		if n, ok := sig.(syscall.Signal); ok {
			return 128 + int(n)
		}
	default:
	}
	return 0
}

package command

import (
	"context"
	"fmt"

	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/shell"
	"doorstep/ui/theme"
)

// say tells words that were kept, now that the program ends as it should.
func (p *program) say(w *lastWord) {
	if p.lastWords.take(w) {
		p.sayLines(w.lines(false))
	}
}

// sayUnsaid tells the words that a command had still to say, which is left to itself.
func (p *program) sayUnsaid() {
	for _, w := range p.lastWords.all() {
		lines := make(chan []string, 1)
		if within(wordsTime, func() { lines <- w.lines(false) }) { // or what they are made of is not to be had
			p.sayLines(<-lines)
		}
	}
}

func (p *program) sayLines(lines []string) {
	for _, line := range lines {
		fmt.Fprintln(p.stderr, line)
	}
}

// leftBehind says, of a join that may stand in a room without anybody going on with it here, that it may, and the one
// command that takes it back later. After a panic that is any join that may stand: nobody has been told how it ended.
func (p *program) leftBehind(t flow.Trace, o live.JoinOptions, panicked bool) []string {
	s, server, maybe := p.mayStand(t, panicked)
	if !maybe {
		return nil
	}
	words := " may have accepted the join of "
	if panicked && s.Fate() == flow.FateAccepted {
		words = " has accepted the join of "
	}
	words = p.said(theme.SafeText(server) + words + theme.SafeText(s.Header.User))
	undo := shell.Line(o.UndoCommand(s.RoomID, server))
	if undo == "" {
		return []string{words}
	}
	// It is on a line of its own, so that nothing else is copied with it.
	return []string{words + "; to leave again:", string(undo)}
}

// mayStand returns the state of a trace, and the server that may have let its user in. What panicked may have been the
// reading of the answer, which then cannot be read here either: what is known without it is that the join was sent.
func (p *program) mayStand(t flow.Trace, panicked bool) (s flow.State, server string, maybe bool) {
	if !panicked {
		s = folded(p.signals.ctx, t)
		server, maybe = s.LeftBehind()
		return s, server, maybe
	}
	now, cancel := context.WithCancel(context.Background())
	cancel() // nothing is verified for it
	for _, part := range []flow.Trace{t, t.UntilSent()} {
		states := make(chan flow.State, 1)
		if within(wordsTime/4, func() { states <- folded(now, part) }) {
			s = <-states
			server, maybe = s.MayStand()
			return s, server, maybe
		}
	}
	return s, "", false
}

// folded is the state that t leads to; what is not verified when ctx ends is not waited for.
func folded(ctx context.Context, t flow.Trace) flow.State {
	defer t.VerifyWithin(ctx, 0)()
	return flow.Fold(t)
}

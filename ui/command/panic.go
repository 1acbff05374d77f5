package command

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/shell"
	"doorstep/flow/wording"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// faulty is the exit code after a panic: that of every Go program, also where nothing can catch it.
const faulty = 2

// Whatever the program knows may be in disorder after a panic, and locks may be held for ever: each thing that is still
// to be done has so long, and the program ends whether it was done or not.
const (
	wordsTime = 2 * time.Second
	writeTime = 5 * time.Second
)

// lastWords are what is to be told when the program ends, each once: at its place in the end, or after a panic.
type lastWords struct {
	mu   sync.Mutex
	left []*lastWord
}

// A lastWord makes lines of what may stand in a room. panicked: nothing in the program goes on, and nobody has been
// told how the join ended.
type lastWord struct {
	lines func(panicked bool) []string
}

// keep keeps words until they are told.
func (l *lastWords) keep(lines func(panicked bool) []string) *lastWord {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &lastWord{lines}
	l.left = append(l.left, w)
	return w
}

// take gives out words to be told; false: they were told.
func (l *lastWords) take(w *lastWord) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.left, w)
	if i >= 0 {
		l.left = slices.Delete(l.left, i, i+1)
	}
	return i >= 0
}

// all gives out the words that were not told, of what was begun last first: it is the join that is under way.
func (l *lastWords) all() []*lastWord {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.left
	l.left = nil
	slices.Reverse(out)
	return out
}

// say tells words that were kept, now that the program ends as it should.
func (p *program) say(w *lastWord) {
	if !p.lastWords.take(w) {
		return
	}
	for _, line := range w.lines(false) {
		fmt.Fprintln(p.stderr, line)
	}
}

// ends ends the program after a panic: it gives the terminal back, says what happened, and how to take back a join that
// may stand. It does not return.
func (p *program) ends(v client.Panic) {
	if !p.ending.CompareAndSwap(false, true) {
		select {} // the first one ends it
	}
	var told []string
	add := func(lines func() []string) {
		made := make(chan []string, 1)
		if within(wordsTime, func() { made <- lines() }) {
			told = append(told, <-made...)
		}
	}
	add(func() []string {
		return []string{p.said("internal error: " + theme.SafeText(fmt.Sprint(v.Value)) +
			"; please report it with these lines:"), string(v.Stack)}
	})
	if k := p.keeping.Load(); k != nil {
		add(func() []string {
			if k.File() == "" {
				return nil
			}
			return []string{p.said("recorded up to then in " + theme.SafeText(k.File()))}
		})
	}
	for _, w := range p.lastWords.all() {
		add(func() []string { return w.lines(true) })
	}
	terminal.GiveBack()
	within(wordsTime, p.meter.clear)
	within(writeTime, func() { _, _ = os.Stderr.WriteString(strings.Join(told, "\n") + "\n") })
	os.Exit(faulty)
}

// within does something, and reports whether it was done in time, and without another panic.
func within(limit time.Duration, do func()) bool {
	done := make(chan struct{})
	client.Go(func() {
		do()
		close(done)
	})
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// contained takes down a panic that cost no more than one request or one join; it is told when the program ends.
func (p *program) contained(v client.Panic) {
	if p.faults.Add(1) == 1 {
		p.fault.Store(&v)
	}
}

// tellContained tells of panics that were contained.
func (p *program) tellContained() {
	v := p.fault.Load()
	if v == nil {
		return
	}
	p.notice(fmt.Sprintf("%s of Doorstep's own while others were answered, or their joins followed: the first is %q; "+
		"please report it, with the lines below", wording.Count(int(p.faults.Load()), "fault"), theme.SafeText(fmt.Sprint(v.Value))))
	fmt.Fprintln(p.stderr, string(v.Stack))
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

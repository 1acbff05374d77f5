package command

import (
	"fmt"
	"os"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow/safely"
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
	if file := p.writing.Load(); file != nil {
		safely.Abandon(file.Path)
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
		"please report it, with the lines below",
		wording.Count(int(p.faults.Load()), "fault"), theme.SafeText(fmt.Sprint(v.Value))))
	fmt.Fprintln(p.stderr, string(v.Stack))
}

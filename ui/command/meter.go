package command

import (
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/ui/story"
	"doorstep/ui/terminal"
)

// A meter tells on standard error how far something has got that takes its time: on a terminal in one line that is
// drawn again and again, elsewhere in a line now and then. What is quick is not told of. Whatever else is printed goes
// through over, so that the line is out of its way.
type meter struct {
	mu    sync.Mutex
	out   io.Writer
	width int // of the terminal; 0: it is none that can draw a line again
	drawn bool
}

func newMeter(stderr io.Writer) *meter {
	return &meter{out: stderr, width: terminal.LineWidth(stderr)}
}

// Paces of a meter: how soon something is told of that takes its time, and how often.
type pace struct{ first, again time.Duration }

var (
	drawing = pace{500 * time.Millisecond, 100 * time.Millisecond}
	telling = pace{2 * time.Second, 5 * time.Second}
)

// follow tells how far something has got until stop is called.
func (m *meter) follow(of func() flow.Progress) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	client.Go(func() {
		defer close(ended)
		every := time.NewTicker(drawing.again)
		defer every.Stop()
		at := telling
		if m.width > 0 {
			at = drawing
		}
		t := teller{pace: at}
		for {
			select {
			case <-end:
				m.clear()
				return
			case now := <-every.C:
				if p := of(); t.due(p, now) {
					m.tell(p)
				} else if p.Of == flow.Nothing {
					m.clear()
				}
			}
		}
	})
	return func() { close(end); <-ended }
}

// A teller knows when something is to be told of.
type teller struct {
	pace
	of          flow.Progressing
	since, last time.Time
}

// due reports whether p is to be told of now. What comes after something else begins anew.
func (t *teller) due(p flow.Progress, now time.Time) bool {
	if p.Of != t.of {
		t.of, t.since, t.last = p.Of, now, time.Time{}
	}
	if p.Of == flow.Nothing || now.Sub(t.since) < t.first || now.Sub(t.last) < t.again {
		return false
	}
	t.last = now
	return true
}

// tell says how far something has got. An error of standard error has nobody to be told to.
func (m *meter) tell(p flow.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	words := story.ProgressWords(p)
	if m.width == 0 {
		_, _ = io.WriteString(m.out, "doorstep: "+words+"\n")
		return
	}
	const bar = 20
	if drawn := story.Bar(p, bar); drawn != "" {
		words = drawn + " " + words
	}
	_, _ = io.WriteString(m.out, "\r"+ansi.Truncate(words, m.width-1, "")+ansi.EraseLineRight)
	m.drawn = true
}

// clear takes the line away.
func (m *meter) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wipe()
}

func (m *meter) wipe() {
	if m.drawn {
		_, _ = io.WriteString(m.out, "\r"+ansi.EraseLineRight)
		m.drawn = false
	}
}

// over returns what writes to w with the line out of the way.
func (m *meter) over(w io.Writer) io.Writer {
	if m.width == 0 {
		return w
	}
	return clearing{m, w}
}

type clearing struct {
	m *meter
	w io.Writer
}

func (c clearing) Write(p []byte) (int, error) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.m.wipe()
	return c.w.Write(p)
}

// checking returns a gauge of the verification of the answer in t.
func checking(t flow.Trace) func() flow.Progress {
	for i := len(t.Entries) - 1; i >= 0; i-- {
		if e := &t.Entries[i]; e.Step == flow.A7 {
			return e.Checked
		}
	}
	return func() flow.Progress { return flow.Progress{} }
}

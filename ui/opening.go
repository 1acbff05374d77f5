package ui

import (
	"context"
	"errors"
	"io"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/home"
	"doorstep/ui/keymap"
	"doorstep/ui/layout"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// start has a scenario started, in the background.
func (m *Model) start(name string, direct bool) tea.Cmd {
	if m.o.Start == nil {
		m.notice = "there is nothing to start a handshake with"
		return nil
	}
	m.notice = "starting the servers of " + name + m.More
	start := m.o.Start
	return m.begin(startedMsg{name: name, direct: direct, confirm: m.o.Confirm}, func(ctx context.Context) (Source,
		func(), error) {
		return start(ctx, name)
	})
}

// begin has a run started, in the background, and told by msg.
func (m *Model) begin(msg startedMsg, start func(context.Context) (Source, func(), error)) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	m.runs++
	m.starting, msg.run = cancel, m.runs
	return func() tea.Msg {
		src, stop, err := start(ctx)
		if err != nil {
			cancel()
			msg.err = err
			return msg
		}
		flow.Fold(src.Trace())
		msg.src, msg.stop = src, func() { stop(); cancel() }
		return msg
	}
}

func (m *Model) started(msg startedMsg) tea.Cmd {
	if msg.run != m.runs || m.starting == nil { // given up on since
		if msg.stop != nil {
			msg.stop()
		}
		return nil
	}
	m.starting, m.notice = nil, ""
	if msg.err != nil {
		m.notice = msg.name + ": " + msg.err.Error()
		if errors.Is(msg.err, context.Canceled) {
			m.notice = msg.name + ": not started"
		}
		if msg.filled {
			m.mode = filling
		}
		return nil
	}
	if msg.direct {
		m.notice = m.o.Notice
	}
	m.screen = m.handshakeOf(msg.name, msg.src, true, msg.stop)
	m.screen.others = m.o.Open != nil
	m.screen.direct, m.screen.consent.needed = msg.direct, msg.confirm
	m.screen.resize(m.width, m.height)
	return m.screen.watch()
}

// open reads a recording, in the background.
func (m *Model) open(name string) tea.Cmd {
	if m.o.Open == nil {
		m.notice = "there is nothing to open recordings with"
		return nil
	}
	open := m.o.Open
	ctx, stop := context.WithCancel(m.ctx)
	m.notice = "reading " + name + m.More
	return func() tea.Msg {
		recorded, err := open(ctx, name)
		var shown known
		switch {
		case err == nil && isCheck(recorded): // it is shown once all of it is there
			select {
			case <-recorded.Done():
			case <-ctx.Done():
			}
			err = recorded.Err()
			stop()
		case err == nil:
			shown, err = shownFirst(recorded), recorded.Err()
		}
		if errors.Is(err, recording.ErrTruncated) {
			err = nil // what comes before is worth a look
		}
		if err != nil {
			stop()
		}
		return openedMsg{name: name, recorded: recorded, shown: shown, err: err, stop: stop}
	}
}

func (m *Model) opened(msg openedMsg) tea.Cmd {
	m.notice = msg.notice
	if words := story.ProvenanceWords(headerOf(msg.recorded)); words != "" && m.notice == "" {
		mark, rest, _ := strings.Cut(words, ": ")
		m.notice = mark + " (" + m.Press(keymap.ActShowWhy) + " tells more): " + rest
	}
	if msg.err != nil {
		m.notice = msg.name + ": " + msg.err.Error()
		return nil
	}
	if isCheck(msg.recorded) {
		m.openCheck(msg.recorded)
		return nil
	}
	m.leaveCheck()
	m.runs++
	m.screen = m.handshakeOf(msg.name, replay{msg.recorded}, false, msg.stop)
	m.screen.others = m.o.Open != nil
	m.screen.direct, m.screen.held = msg.direct, msg.direct && m.o.FromStart
	m.screen.begin(msg.recorded, msg.shown)
	m.screen.resize(m.width, m.height)
	if m.screen.reading == nil {
		m.tellBroken(msg.recorded)
		return nil
	}
	return tea.Batch(m.screen.watch(), m.screen.tick())
}

// headerOf is the header of a recording; that of none where there is none.
func headerOf(r *recording.Stream) flow.Header {
	if r == nil {
		return flow.Header{}
	}
	return r.Trace().Header
}

// read takes in that all of a recording is shown.
func (m *Model) read(msg readMsg) {
	h := m.of(msg.id)
	if h == nil || h.reading == nil {
		return
	}
	m.tellBroken(h.reading)
	h.read()
}

// tellBroken says why a recording is not shown to its end, where it is not.
func (m *Model) tellBroken(recorded *recording.Stream) {
	if err := recorded.Err(); err != nil {
		m.notice = brokenOff(err)
	}
}

// newModel returns the screen that o asks for. ctx ends everything that it starts.
func newModel(ctx context.Context, o Options, l theme.Look, out io.Writer) *Model {
	m := &Model{Look: l, o: o, ctx: ctx, out: out, mouse: o.Mouse, notice: o.Notice, bindings: o.Bindings,
		editing: onTerminal, after: tea.Tick}
	if m.bindings == nil {
		m.bindings = bindings
	}
	switch {
	case o.Hold != nil:
		m.bindings = asHost(m.bindings)
	case o.Waiting != nil:
		m.bindings = asTap(m.bindings)
	}
	if o.Waiting != nil {
		m.waiting = &waiting{told: o.Waiting}
	}
	if o.Hold != nil {
		m.holding = &heldAnswers{queue: o.Hold, changed: o.Hold.Changed(), pace: o.Hold.Pace()}
	}
	m.Links = o.Links
	m.Keys = func(a keymap.Action) string { return keymap.KeyOf(m.bindings, a) }
	m.home = home.New(m.Look, m.contents(nil, ""))
	return m
}

// handshakeOf returns the screen of a source, with what the model has to tell it.
func (m *Model) handshakeOf(name string, src Source, live bool, stop func()) *handshake {
	h := newHandshake(m.ctx, m.Look, m.runs, name, src, live, stop)
	h.after = m.after
	return h
}

// leave closes the handshake: back to the home screen, or out where it was asked for on the command line.
func (m *Model) leave() tea.Cmd {
	m.mode = browsing
	if m.screen == nil || m.screen.direct {
		return m.quit()
	}
	h := m.screen
	m.screen, m.notice = nil, ""
	return tea.Batch(func() tea.Msg { h.close(); return nil }, m.lookForRecent())
}

// quit ends the program. What the handshake holds open is closed by whoever runs it.
func (m *Model) quit() tea.Cmd {
	m.quitting = true
	return tea.Quit
}

// interrupt is Ctrl-c: first it cancels what is running, then it quits.
func (m *Model) interrupt() tea.Cmd {
	switch {
	case m.starting != nil:
		m.starting()
		m.starting, m.notice = nil, "given up"
		return nil
	case m.screen != nil && m.screen.busy && m.screen.cancel != nil:
		m.screen.cancel()
		m.screen.cancel, m.screen.going = nil, false
		m.notice = "cancelling; " + m.Press(keymap.ActStop) + " again quits"
		return nil
	}
	m.stopped = true
	return m.quit()
}

// resumed takes the mouse again, which Bubble Tea does not after a suspension.
func (m *Model) resumed() tea.Cmd {
	if m.mouse {
		return tea.EnableMouseCellMotion
	}
	return nil
}

// of returns the handshake that a message is for; nil when it is gone.
func (m *Model) of(id int) *handshake {
	if m.screen == nil {
		return nil
	}
	for _, h := range m.screen.branches() {
		if h.id == id {
			return h
		}
	}
	return nil
}

func (m *Model) changed(msg changedMsg) tea.Cmd {
	h := m.of(msg.id)
	if h == nil {
		return nil
	}
	h.grown(msg.known)
	return h.watch()
}

// tellUnrecorded says, once, what keeps the handshake from being recorded.
func (m *Model) tellUnrecorded(h *handshake) {
	if err := h.src.Err(); err != nil && !h.unrecorded {
		h.unrecorded = true
		m.notice = "the recording cannot be written: " + err.Error()
	}
}

func (m *Model) stepped(msg steppedMsg) tea.Cmd {
	h := m.of(msg.id)
	if h == nil {
		return nil
	}
	m.tellUnrecorded(h)
	cmd := h.stepped(msg)
	if m.mode == confirming && !m.screen.busy { // there is nothing any more that leaving would break off
		m.mode = browsing
	}
	return tea.Batch(cmd, m.branchesStepped(h))
}

func (m *Model) ticked(msg tickMsg) tea.Cmd {
	h := m.of(msg.id)
	if h == nil {
		return nil
	}
	return h.ticked(msg)
}

func (m *Model) listed(msg eventsMsg) {
	if h := m.of(msg.id); h != nil {
		h.listed(msg.of, msg.events)
	}
}

func (m *Model) worked(msg workedMsg) {
	if h := m.of(msg.id); h != nil {
		h.worked(msg.answer)
	}
}

func (m *Model) loaded(msg bodyMsg) {
	if h := m.of(msg.id); h != nil {
		h.loaded(msg)
	}
}

// code is the exit code of a program that ends now: that of the handshake on the screen, where it was asked for on the
// command line.
func (m *Model) code() int {
	switch {
	case m.stopped:
		return flow.Cancelled.ExitCode()
	case m.screen == nil || !m.screen.direct:
		return 0
	}
	first := m.screen.branches()[0] // what was asked for, whichever branch is shown
	s := first.latest
	if first.consent.denied {
		return flow.DryRun.ExitCode()
	}
	if (first.live || first.reading != nil) && !story.Over(s) {
		return flow.Cancelled.ExitCode()
	}
	return s.ExitCode(s.Outcome(), m.o.Strict)
}

// unavailable says why an action has no effect now; empty when it has one.
func (m *Model) unavailable(a keymap.Action) string {
	if m.holding != nil {
		if why, taken := m.whyNotHeld(a); taken {
			return why
		}
	}
	switch {
	case a == keymap.ActRedraw || a == keymap.ActSuspend || a == keymap.ActHelp || a == keymap.ActQuit ||
		a == keymap.ActStop || a == keymap.ActToggleMouse:
		return ""
	case a == keymap.ActDoor && m.waiting == nil:
		return "nobody is waited for here"
	case m.waits():
		return m.whyNotWaiting(a)
	case m.screen != nil:
		return m.screen.unavailable(a)
	case a == keymap.ActOpen && m.starting != nil:
		return "one is being started"
	case a == keymap.ActShowDiff || a == keymap.ActMarkRow:
		return m.whyNotAtHome(a)
	case a == keymap.ActOpen && m.home.Empty():
		return "nothing is selected"
	}
	return ""
}

// where says which keys are taken.
func (m *Model) where() keymap.Place {
	if m.tour != nil && (m.screen == nil || m.tour.panel == nil || m.tour.focus) {
		return keymap.InTour
	}
	switch {
	case m.waits():
		return keymap.InWaiting
	case m.screen == nil:
		return keymap.AtHome
	}
	return m.screen.where()
}

// small reports whether the screen is too small for anything but saying so.
func (m *Model) small() bool { return m.width < layout.LeastWidth || m.height < layout.LeastHeight }

package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"doorstep/flow"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A mode says what takes the keys.
type mode int

// The modes.
const (
	browsing   mode = iota // the home screen or a handshake
	helping                // the help
	asksLine               // a line of input
	yanking                // the key after y
	confirming             // leave although a step is in flight?
)

// A Model is the whole screen.
type Model struct {
	theme.Look
	o   Options
	ctx context.Context
	out io.Writer // where the clipboard sequence goes

	width, height int
	mode          mode
	home          *home
	shake         *handshake // nil: the home screen is shown
	help          *helpScreen
	prompt        *prompt
	notice        string
	mouse         bool

	runs     int // handshakes opened so far
	starting context.CancelFunc
	quitting bool
	stopped  bool // Ctrl-c ended the program
}

// newModel returns the screen that o asks for. ctx ends everything that it starts.
func newModel(ctx context.Context, o Options, l theme.Look, out io.Writer) *Model {
	m := &Model{Look: l, o: o, ctx: ctx, out: out, mouse: o.Mouse, notice: o.Notice}
	m.home = newHome(l, o)
	return m
}

// Init opens what the command line asked for.
func (m *Model) Init() tea.Cmd {
	switch {
	case m.o.Trace != nil:
		t, name, notice := *m.o.Trace, m.o.Recording, m.o.Notice
		return func() tea.Msg { return openedMsg{name, known(t), notice, nil, true} }
	case m.o.Scenario != "":
		return m.start(m.o.Scenario, true)
	}
	return nil
}

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.resize(msg)
	case tea.KeyMsg:
		cmd = m.keys(msg)
	case tea.MouseMsg:
		cmd = m.mouseDid(msg)
	case tea.ResumeMsg:
		cmd = m.resumed()
	case startedMsg:
		cmd = m.started(msg)
	case openedMsg:
		cmd = m.opened(msg)
	case changedMsg:
		cmd = m.changed(msg)
	case steppedMsg:
		cmd = m.stepped(msg)
	case tickMsg:
		cmd = m.ticked(msg)
	case bodyMsg:
		m.loaded(msg)
	case eventsMsg:
		m.listed(msg)
	case foundMsg:
		m.found(msg)
	case savedMsg:
		m.notice = msg.notice
	case copiedMsg:
		m.notice = msg.notice
	}
	return m, tea.Batch(cmd, m.settle())
}

// settle makes the screen fit together after a change.
func (m *Model) settle() tea.Cmd {
	if m.shake == nil || m.small() {
		return nil
	}
	return m.shake.settle()
}

func (m *Model) resize(msg tea.WindowSizeMsg) {
	m.width, m.height = msg.Width, msg.Height
	m.home.resize(m.width, m.height)
	if m.shake != nil {
		m.shake.resize(m.width, m.height)
	}
}

// small reports whether the screen is too small for anything but saying so.
func (m *Model) small() bool { return m.width < leastWidth || m.height < leastHeight }

// View draws the screen: as many lines as it is high, none wider than it is.
func (m *Model) View() string {
	if m.width <= 0 || m.height <= 0 || m.quitting {
		return ""
	}
	return strings.Join(m.lines(), "\n")
}

func (m *Model) lines() []string {
	if m.small() {
		return m.tooSmall()
	}
	footer := m.footer()
	switch {
	case m.mode == helping || m.mode == asksLine && m.prompt.kind == askHelpFilter:
		return m.help.draw(m.width, m.height, m.notice, footer)
	case m.asksConsent():
		return m.shake.withConsent(m.shake.draw(m.notice, footer))
	case m.shake != nil:
		return m.shake.draw(m.notice, footer)
	}
	return m.home.draw(m.notice, footer)
}

func (m *Model) tooSmall() []string {
	text := fmt.Sprintf("needs %dx%d, has %dx%d", fullWidth, leastHeight, m.width, m.height)
	if m.width > 36 {
		text = "Doorstep " + text + " (q quits)"
	}
	text = ansi.Truncate(text, m.width, "")
	lines := make([]string, m.height)
	lines[m.height/2] = strings.Repeat(" ", (m.width-ansi.StringWidth(text))/2) + text
	return theme.Box(lines, m.width, m.height)
}

func (m *Model) footer() string {
	switch m.mode {
	case asksLine:
		return m.prompt.draw(m.width)
	case yanking:
		return theme.Fit(" "+m.Key.Render(m.Safe(yanks, m.width-1)), m.width)
	case confirming:
		return theme.Fit(" "+m.Warn.Render(m.Safe("A step is in flight. Leave it? y yes, any other key no", m.width-1)), m.width)
	case helping:
		return theme.Fit(" "+m.Key.Render("/")+" filter   "+m.Key.Render("Esc")+" back", m.width)
	}
	if m.asksConsent() {
		if m.shake.consent.leave {
			return theme.Fit(" "+m.Warn.Render(m.Safe("y sends the leave   n does not", m.width-1)), m.width)
		}
		return theme.Fit(" "+m.Warn.Render(m.Safe("y sends the join   n stops here: nothing is sent", m.width-1)), m.width)
	}
	return footerLine(m.Look, m.where(), m.width, m.unavailable)
}

// where says which keys are taken.
func (m *Model) where() place {
	if m.shake == nil {
		return atHome
	}
	return m.shake.where()
}

// unavailable says why an action has no effect now; empty when it has one.
func (m *Model) unavailable(a action) string {
	switch {
	case a == actRedraw || a == actSuspend || a == actHelp || a == actQuit || a == actStop || a == actToggleMouse:
		return ""
	case m.shake != nil:
		return m.shake.unavailable(a)
	case a == actOpen && m.starting != nil:
		return "one is being started"
	case a == actOpen && len(m.home.shown) == 0:
		return "nothing is selected"
	}
	return ""
}

// code is the exit code of a program that ends now: that of the handshake on the screen, where it was asked for on the
// command line.
func (m *Model) code() int {
	switch {
	case m.stopped:
		return flow.Cancelled.ExitCode()
	case m.shake == nil || !m.shake.direct:
		return 0
	}
	s := flow.Fold(m.shake.whole)
	if m.shake.consent.denied {
		return flow.DryRun.ExitCode()
	}
	if m.shake.live && !story.Over(s) {
		return flow.Cancelled.ExitCode()
	}
	return s.ExitCode(s.Outcome(), m.o.Strict)
}

// A startedMsg is a run that can be stepped through, or why there is none.
type startedMsg struct {
	run    int
	name   string
	src    Source
	stop   func()
	err    error
	direct bool
}

// An openedMsg is a recording that was read, or why it was not.
type openedMsg struct {
	name   string
	trace  flow.Trace
	notice string
	err    error
	direct bool
}

// start has a scenario started, beside.
func (m *Model) start(name string, direct bool) tea.Cmd {
	if m.o.Start == nil {
		m.notice = "there is nothing to start a handshake with"
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	m.runs++
	m.starting, m.notice = cancel, "starting the servers of "+name+m.More
	run, start := m.runs, m.o.Start
	return func() tea.Msg {
		src, stop, err := start(ctx, name)
		if err != nil {
			cancel()
			return startedMsg{run: run, name: name, err: err, direct: direct}
		}
		known(src.Trace())
		return startedMsg{run, name, src, func() { stop(); cancel() }, nil, direct}
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
		return nil
	}
	m.shake = newHandshake(m.ctx, m.Look, m.runs, msg.name, msg.src, true, msg.stop)
	m.shake.direct, m.shake.consent.needed = msg.direct, m.o.Confirm
	m.shake.resize(m.width, m.height)
	return m.shake.watch()
}

// open reads a recording, beside.
func (m *Model) open(name string) tea.Cmd {
	if m.o.Open == nil {
		m.notice = "there is nothing to open recordings with"
		return nil
	}
	read := m.o.Open
	m.notice = "reading " + name + m.More
	return func() tea.Msg {
		t, notice, err := read(name)
		if err == nil {
			known(t)
		}
		return openedMsg{name, t, notice, err, false}
	}
}

func (m *Model) opened(msg openedMsg) tea.Cmd {
	m.notice = msg.notice
	if msg.err != nil {
		m.notice = msg.name + ": " + msg.err.Error()
		return nil
	}
	m.runs++
	m.shake = newHandshake(m.ctx, m.Look, m.runs, msg.name, replay{msg.trace}, false, nil)
	m.shake.direct = msg.direct
	m.shake.resize(m.width, m.height)
	return nil
}

// of returns the handshake that a message is for; nil when it is gone.
func (m *Model) of(id int) *handshake {
	if m.shake == nil || m.shake.id != id {
		return nil
	}
	return m.shake
}

func (m *Model) changed(msg changedMsg) tea.Cmd {
	h := m.of(msg.id)
	if h == nil {
		return nil
	}
	h.grown(msg.trace)
	return h.watch()
}

func (m *Model) stepped(msg steppedMsg) tea.Cmd {
	h := m.of(msg.id)
	if h == nil {
		return nil
	}
	return h.stepped(msg)
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
		h.listed(msg)
	}
}

func (m *Model) loaded(msg bodyMsg) {
	if h := m.of(msg.id); h != nil {
		h.loaded(msg)
	}
}

// leave closes the handshake: back to the home screen, or out where it was asked for on the command line.
func (m *Model) leave() tea.Cmd {
	m.mode = browsing
	if m.shake == nil || m.shake.direct {
		return m.quit()
	}
	h := m.shake
	m.shake, m.notice = nil, ""
	return func() tea.Msg { h.close(); return nil }
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
	case m.shake != nil && m.shake.busy && m.shake.cancel != nil:
		m.shake.cancel()
		m.shake.cancel, m.shake.going = nil, false
		m.notice = "cancelling; Ctrl-c again quits"
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

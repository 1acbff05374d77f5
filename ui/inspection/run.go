package inspection

import (
	"context"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/mattn/go-runewidth"

	"doorstep/ui/keymap"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// Options say how the screen looks and which keys it has.
type Options struct {
	ASCII, Mouse, Links bool
	Theme, Color        string
	Bindings            []keymap.Binding // the table of all keys; nil: the usual one
}

// glance is how often the screen looks whether there is more.
const glance = 100 * time.Millisecond

// A glanceMsg has the screen look at its source.
type glanceMsg struct{}

// New returns the screen of a check.
func New(l theme.Look, s Source, table []keymap.Binding) *Model {
	m := &Model{Look: l, source: s, bindings: of(table)}
	m.take()
	return m
}

// Over returns the screen of a check that is over, opened over another screen, and left for it. notice is told with it.
func Over(l theme.Look, s Source, table []keymap.Binding, notice string) *Model {
	m := New(l, s, table)
	m.over, m.done, m.notice = true, true, notice
	return m
}

// Left reports whether the reader has left a screen that was opened over another.
func (m *Model) Left() bool { return m.left }

// Init begins to look at the source.
func (m *Model) Init() tea.Cmd { return m.look() }

// look has the screen look again in a while, unless nothing more comes.
func (m *Model) look() tea.Cmd {
	if m.done {
		return nil
	}
	return tea.Tick(glance, func(time.Time) tea.Msg { return glanceMsg{} })
}

// A DoneMsg says that the check is over.
type DoneMsg struct{}

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case glanceMsg:
		m.take()
		cmd = m.look()
	case DoneMsg:
		m.done = true
		m.take()
	case tea.KeyMsg:
		cmd = m.keys(msg)
	case tea.MouseMsg:
		m.mouseDid(msg)
	case tea.ResumeMsg:
		cmd = tea.ClearScreen
	}
	m.settle()
	return m, cmd
}

// Run shows a check until the user leaves it or ctx ends. done is closed when the check is over. It reports whether
// Ctrl-c ended it.
func Run(ctx context.Context, s Source, done <-chan struct{}, o Options) (stopped bool, err error) {
	runewidth.DefaultCondition.EastAsianWidth = false // everybody counts cells the same way
	noColour := theme.SetColour(o.Color, os.Getenv("NO_COLOR") != "")
	look := theme.NewLook(o.Theme, o.ASCII || !terminal.SpeaksUTF8(), noColour)
	look.Links = o.Links
	m := New(look, s, o.Bindings)
	left := make(chan struct{})
	defer close(left)
	err = terminal.Show(ctx, awaiting{m, func() tea.Msg {
		select {
		case <-done:
			return DoneMsg{}
		case <-left:
			return nil
		}
	}}, o.Mouse)
	return m.stopped, err
}

// awaiting is a screen that waits for the end of its check.
type awaiting struct {
	*Model
	end tea.Cmd
}

// Init begins to look at the source, and to wait.
func (a awaiting) Init() tea.Cmd { return tea.Batch(a.Model.Init(), a.end) }

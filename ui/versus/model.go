package versus

import (
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/compare"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// New returns the screen of a comparison. table has all keys, as the user settled on them; nil: the usual ones.
func New(l theme.Look, c compare.Comparison, table []keymap.Binding) *Model {
	m := &Model{Look: l, comparison: c, rows: story.Phrases{Signs: l.Signs}.Compared(c), bindings: of(table),
		fieldsOf: -1, code: c.ExitCode}
	m.input = textinput.New()
	m.input.CharLimit = 200
	m.input.KeyMap.Paste = key.NewBinding() // the terminal pastes; nothing here reads the clipboard
	m.unfolded = c.Equal
	m.layLines()
	return m
}

// Over returns the screen of a comparison that is opened over another screen, and left for it.
func Over(l theme.Look, c compare.Comparison, table []keymap.Binding, mouse bool) *Model {
	m := New(l, c, table)
	m.over, m.mouse = true, mouse
	return m
}

// Left reports whether the reader has left a screen that was opened over another.
func (m *Model) Left() bool { return m.left }

// Mouse reports whether the mouse is taken.
func (m *Model) Mouse() bool { return m.mouse }

// Init does nothing: all there is to show is at hand.
func (m *Model) Init() tea.Cmd { return nil }

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
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

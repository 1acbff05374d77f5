package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/home"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// fillIn opens the form of a join, with what was filled in before.
func (m *Model) fillIn() {
	if m.form == nil {
		m.form = home.NewForm(m.Look, m.o.Join.Profiles, m.o.Join.Check, m.o.Join.Line)
	}
	m.mode = filling
}

// formKey takes a key of the form.
func (m *Model) formKey(msg tea.KeyMsg) tea.Cmd {
	m.notice = ""
	switch msg.String() {
	case "esc", "ctrl+c":
		m.mode = browsing
	case "enter":
		return m.startFilled()
	case "ctrl+y":
		return m.copyLine()
	case "ctrl+z":
		return tea.Suspend
	case "ctrl+l":
		return tea.ClearScreen
	default:
		if msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace {
			msg.Runes = visible(msg.Runes)
		}
		m.notice = m.form.Take(msg)
	}
	return nil
}

// startFilled starts the join that is filled in, where nothing is wrong with it.
func (m *Model) startFilled() tea.Cmd {
	switch problem := m.form.Problem(); {
	case problem != "":
		m.notice = "not started: " + problem
		return nil
	case m.starting != nil:
		m.notice = "one is being started"
		return nil
	}
	a, start := m.form.Answers(), m.o.Join.Start
	m.mode, m.notice = browsing, "starting the join of "+a.Room+m.More
	return m.begin(startedMsg{name: a.Room, confirm: !a.DryRun, filled: true}, func(ctx context.Context) (Source, func(),
		error) {
		return start(ctx, a)
	})
}

// copyLine sends the command line to the clipboard.
func (m *Model) copyLine() tea.Cmd {
	line, out := m.o.Join.Line(m.form.Answers()), m.out
	if problem := m.form.Problem(); problem != "" || line == "" {
		m.notice = "not copied: " + problem
		if line == "" {
			m.notice = "not copied: no shell takes what was filled in"
		}
		return nil
	}
	return func() tea.Msg { return copiedMsg{terminal.Copy(out, "command", line)} }
}

// formFooter is the keys of the form.
func (m *Model) formFooter() string {
	line := ""
	for _, k := range []struct{ key, does string }{{"Enter", "starts"}, {"Esc", "back"}, {"Tab", "next"},
		{"Space", "switches"}, {"Ctrl-y", "copies the command"}} {
		line += " " + m.Key.Render(k.key) + " " + k.does + " "
	}
	return theme.Fit(line, m.width)
}

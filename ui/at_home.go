package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/home"
	"doorstep/ui/keymap"
)

// contents is what the home screen offers, with the user's own recordings as far as they are known.
func (m *Model) contents(recent []home.Recording, none string) home.Contents {
	c := home.Contents{Scenarios: m.o.Scenarios, Recordings: m.o.Recordings, Form: m.o.Join != nil, Tour: m.o.Tour != nil,
		Key: func(a keymap.Action) string { return keymap.KeyOf(m.bindings, a) }}
	if m.o.Recent != nil {
		c.Recent, c.NoRecent = recent, none
	}
	return c
}

// lookForRecent looks for the user's own recordings, in the background.
func (m *Model) lookForRecent() tea.Cmd {
	if m.o.Recent == nil {
		return nil
	}
	ctx, recent := m.ctx, m.o.Recent
	return func() tea.Msg {
		list, none := recent(ctx)
		return recentMsg{list, none}
	}
}

// openSelected opens what is selected on the home screen, or folds a group.
func (m *Model) openSelected() tea.Cmd {
	if m.home.Toggle() {
		return nil
	}
	it, _ := m.home.Current()
	switch it.Kind {
	case home.OpensScenario:
		return m.start(it.Name, false)
	case home.OpensForm:
		m.fillIn()
		return nil
	case home.OpensTour:
		return m.openTour(false)
	}
	return m.open(it.Name)
}

// whyNotAtHome says why nothing of the list can be compared or marked; empty where something can.
func (m *Model) whyNotAtHome(a keymap.Action) string {
	it, ok := m.home.Current()
	switch {
	case m.o.Open == nil:
		return "recordings cannot be opened"
	case a == keymap.ActShowDiff && len(m.home.Marked()) == marksKept:
	case ok && it.Kind == home.OpensCheck:
		return notCompared
	case !ok || it.Kind != home.OpensRecording:
		return "only recordings can be compared"
	}
	return ""
}

// openTour reads how far the reader is in the tour, in the background.
func (m *Model) openTour(direct bool) tea.Cmd {
	read := m.o.Tour.Progress
	return func() tea.Msg {
		p, problem := read()
		return tourMsg{p, problem, direct}
	}
}

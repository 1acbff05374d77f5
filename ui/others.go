package ui

import tea "github.com/charmbracelet/bubbletea"

func (m *Model) chooseOther() tea.Cmd { return nil }

package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/inspection"
)

// notCompared says why a check is compared with nothing.
const notCompared = "this is a check, in which nobody joined anything: only handshakes are compared"

// isCheck reports whether a recording is one of a check: of one server, with no handshake.
func isCheck(r *recording.Stream) bool {
	return r != nil && r.Trace().Header.Source == flow.SourceCheck
}

// openCheck shows a recorded check over the home screen, unless something else was opened since.
func (m *Model) openCheck(r *recording.Stream) {
	if m.screen != nil || m.mode != browsing {
		return
	}
	notice := ""
	if err := r.Err(); err != nil {
		notice = brokenOff(err)
	}
	m.check = inspection.Over(m.Look, r, m.bindings, notice)
	m.mode, m.notice = inspecting, ""
	m.check.Update(tea.WindowSizeMsg{Width: m.width, Height: m.height})
}

// leaveCheck leaves the check that is shown, where one is.
func (m *Model) leaveCheck() {
	if m.mode == inspecting {
		m.mode, m.check = browsing, nil
	}
}

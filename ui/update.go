package ui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/theme"
)

// Init opens what the command line asked for.
func (m *Model) Init() tea.Cmd {
	if m.holding != nil {
		return tea.Batch(m.watchHeld(), m.begins())
	}
	return m.begins()
}

// begins opens what was asked for.
func (m *Model) begins() tea.Cmd {
	switch {
	case m.o.Recorded != nil:
		recorded, name, notice := m.o.Recorded, m.o.Recording, m.o.Notice
		return func() tea.Msg {
			return openedMsg{name: name, recorded: recorded, shown: shownFirst(recorded), notice: notice, direct: true}
		}
	case m.o.Scenario != "":
		return m.start(m.o.Scenario, true)
	case m.o.Tour != nil && m.o.Tour.Open:
		return m.openTour(true)
	}
	return m.lookForRecent()
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
		cmd = m.witnessed(msg)
	case readMsg:
		m.read(msg)
	case steppedMsg:
		cmd = m.stepped(msg)
	case tickMsg:
		cmd = m.ticked(msg)
	case playMsg:
		if h := m.of(msg.id); h != nil {
			cmd = h.played(msg.turn)
		}
	case pairMsg:
		if h := m.of(msg.id); h != nil {
			h.pairCame(msg)
		}
	case bodyMsg:
		m.loaded(msg)
	case eventsMsg:
		m.listed(msg)
	case workedMsg:
		m.worked(msg)
	case findingsMsg:
		if h := m.of(msg.id); h != nil {
			h.findingsCame(msg)
		}
	case foundMsg:
		m.found(msg)
	case countedMsg:
		if h := m.of(msg.id); h != nil {
			h.matchesCounted(msg)
		}
	case heldMsg:
		cmd = m.heldCame(msg)
	case waitMsg:
		cmd = m.waited()
	case editedMsg:
		cmd = m.edited(msg)
	case alteredMsg:
		cmd = m.altered(msg)
	case recentMsg:
		m.recentCame(msg)
	case versusMsg:
		m.versusCame(msg)
	case tourMsg:
		cmd = m.tourOpened(msg)
	case progressMsg:
		cmd = m.progressKept(msg)
	case savedMsg:
		m.saved(msg)
	case copiedMsg:
		m.copied(msg)
	}
	return m, tea.Batch(cmd, m.onward(), m.settle())
}

// settle makes the screen fit together after a change.
func (m *Model) settle() tea.Cmd {
	if m.screen == nil || m.small() {
		return nil
	}
	m.makeRoom()
	return m.screen.settle()
}

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
	switch m.mode {
	case comparing:
		return strings.Split(m.versus.View(), "\n")
	case inspecting:
		return strings.Split(m.check.View(), "\n")
	}
	footer := m.footer()
	switch {
	case m.mode == asksLine && m.prompt.kind == askEvents:
		return m.withPanel(m.filterLines())
	case m.mode == helping || m.mode == asksLine && m.prompt.kind == askHelpFilter:
		return m.help.draw(m.width, m.height, m.notice, footer)
	case m.mode == filling:
		return m.form.Draw(m.width, m.height, m.notice, footer)
	case m.mode == choosing && m.screen != nil:
		return m.withChoice(m.handshakeLines(footer))
	case m.mode == choosing:
		return m.withChoice(m.home.Draw(m.notice, footer))
	case m.tour != nil && !m.atStop():
		return m.tour.contents.Draw(m.width, m.height, m.notice, footer)
	case m.mode == altering && m.waits():
		return m.withWhatIf(m.waitingLines(m.tells(), footer))
	case m.waits():
		return m.waitingLines(m.tells(), footer)
	case m.screen == nil:
		return m.home.Draw(m.notice, footer)
	case m.asksConsent():
		return m.screen.withConsent(m.handshakeLines(footer))
	case m.mode == altering || m.mode == agreeing:
		return m.withWhatIf(m.handshakeLines(footer))
	case m.keep != nil:
		return m.withSaving(m.handshakeLines(footer))
	}
	return m.handshakeLines(footer)
}

// handshakeLines is the screen of a handshake, with what the tour asks below it.
func (m *Model) handshakeLines(footer string) []string {
	return m.withPanel(m.screen.draw(m.tells(), footer))
}

// tells is the line for the reader over a handshake: a notice, or how a search stands.
func (m *Model) tells() string {
	if m.notice != "" {
		return m.notice
	}
	if m.screen != nil {
		if words := m.screen.searchWords(); words != "" {
			return words
		}
	}
	return m.heldLine()
}

func (m *Model) tooSmall() []string {
	text := fmt.Sprintf("needs %dx%d, has %dx%d", layout.FullWidth, layout.LeastHeight, m.width, m.height)
	if m.width > 36 {
		text = "Doorstep " + text + " (q quits)"
	}
	text = ansi.Truncate(text, m.width, "")
	lines := make([]string, m.height)
	lines[m.height/2] = strings.Repeat(" ", (m.width-render.Width(text))/2) + text
	return theme.Box(lines, m.width, m.height)
}

func (m *Model) footer() string {
	switch m.mode {
	case asksLine:
		return m.prompt.draw(m.width)
	case yanking:
		if m.waits() {
			_, _, keys := m.yankedFact("")
			return theme.Fit(" "+m.Key.Render(m.Safe(keys, m.width-1)), m.width)
		}
		return theme.Fit(" "+m.Key.Render(m.Safe(yanks, m.width-1)), m.width)
	case folding:
		return theme.Fit(" "+m.Key.Render(m.Safe(folds, m.width-1)), m.width)
	case confirming:
		question := "A step is in flight. Leave it? y yes, any other key no"
		if m.asksAboutHeld() {
			question = "An answer is held: leaving drops it. Leave? y yes, any other key no"
		}
		return theme.Fit(" "+m.Warn.Render(m.Safe(question, m.width-1)), m.width)
	case filling:
		return m.formFooter()
	case choosing:
		return m.choiceFooter()
	case altering, agreeing:
		return m.whatIfFooter()
	case keeping:
		return m.savingFooter()
	case helping:
		return theme.Fit(" "+m.Key.Render("/")+" filter   "+m.Key.Render("Esc")+" back", m.width)
	}
	if m.asksConsent() {
		if m.screen.consent.leave {
			return theme.Fit(" "+m.Warn.Render(m.Safe("y sends the leave   n does not", m.width-1)), m.width)
		}
		return theme.Fit(" "+m.Warn.Render(m.Safe("y sends the join   n stops here: nothing is sent", m.width-1)), m.width)
	}
	return footerLine(m.Look, m.bindings, m.where(), m.width, m.lacks)
}

func (m *Model) resize(msg tea.WindowSizeMsg) {
	m.width, m.height = msg.Width, msg.Height
	m.home.Resize(m.width, m.height)
	if m.versus != nil {
		m.versus.Update(msg)
	}
	if m.check != nil {
		m.check.Update(msg)
	}
	if m.screen != nil {
		m.screen.resize(m.width, m.height)
	}
}

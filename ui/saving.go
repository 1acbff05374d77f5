package ui

import (
	"fmt"
	"regexp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/export"
	"doorstep/ui/keymap"
	"doorstep/ui/saving"
	"doorstep/ui/story"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// openSaving opens the menu.
func (m *Model) openSaving() {
	h := m.screen
	m.keep = &keep{menu: saving.NewMenu(m.Look, h.whole.Header, "doorstep-"+fileWord(h.name), m.knowsRedaction), of: h}
	m.mode = keeping
}

func (m *Model) closeSaving() {
	m.knowsRedaction = m.keep.menu.Told()
	m.mode, m.keep = browsing, nil
}

// extent says how much of the handshake is written.
func (h *handshake) extent() string {
	n := len(h.whole.Entries)
	words := saving.Entries(n)
	switch {
	case h.reading != nil:
		return "Written are the " + words + " that have been read so far."
	case h.live && !story.Over(h.latest) && h.latest.Stopped == nil:
		return "Written are the " + words + " so far: the handshake goes on."
	case h.shown < n:
		return fmt.Sprintf("Written are all %s, not only the %d that are shown.", words, h.shown)
	}
	return "Written are all " + words + "."
}

// savingKey takes a key of the menu.
func (m *Model) savingKey(msg tea.KeyMsg) tea.Cmd {
	m.notice = ""
	menu := m.keep.menu
	a, cmd, taken := m.overMenu(msg, menu.Typing(), m.closeSaving, keymap.InSaving, keymap.InLadder)
	if taken {
		return cmd
	}
	return m.savingCame(menu.Take(msg, a))
}

// savingMouse takes a click, or the wheel, over the menu.
func (m *Model) savingMouse(msg tea.MouseMsg) tea.Cmd {
	menu := m.keep.menu
	if menu.Asks() {
		return nil
	}
	if out, clicked := mouseOver(msg, menu, m.keep.top); clicked {
		return m.savingCame(out)
	}
	return nil
}

func (m *Model) savingCame(out saving.Outcome) tea.Cmd {
	menu := m.keep.menu
	switch out {
	case saving.Leaves:
		m.closeSaving()
	case saving.Names:
		m.askFile()
	case saving.Writes:
		return m.save(menu.Begin())
	case saving.Copies:
		out, path := m.out, menu.Path()
		return func() tea.Msg { return copiedMsg{terminal.Copy(out, "path", path)} }
	}
	return nil
}

// askFile asks for the file of the form under the cursor.
func (m *Model) askFile() {
	m.mode = asksLine
	m.prompt = newPrompt(m.Look, askFile, "write to", "")
	m.prompt.past, m.prompt.takes = m.files, "writes it"
	m.prompt.offered = m.keep.menu.Offered()
}

// fileNamed takes the name of the file, and writes it.
func (m *Model) fileNamed(text string) tea.Cmd {
	m.mode = keeping
	m.files = m.files.with(text)
	return m.savingCame(m.keep.menu.Name(text))
}

// save does a job in the background: on the trace as it is now, whatever comes after it.
func (m *Model) save(job saving.Job) tea.Cmd {
	k := m.keep
	job.Trace, job.Tool = k.of.whole, m.o.Tool
	job.Report = export.ReportOptions{AllChecks: m.o.AllChecks, Strict: m.o.Strict}
	return func() tea.Msg {
		r, err := job.Do()
		return savedMsg{k, r, err}
	}
}

// saved tells what became of a file: in the menu it was written from, and where that was left in a notice.
func (m *Model) saved(msg savedMsg) {
	msg.keep.menu.Ended(msg.result, msg.err)
	if m.keep != msg.keep {
		m.notice = saving.Words(msg.result, msg.err)
	}
}

// copied tells what became of text for the clipboard.
func (m *Model) copied(msg copiedMsg) {
	if m.keep != nil {
		m.keep.menu.Say(msg.notice)
		return
	}
	m.notice = msg.notice
}

// withSaving lays the menu over the lower lines of a drawn screen.
func (m *Model) withSaving(drawn []string) []string {
	height := min(m.keep.menu.Lines(), len(drawn)-2)
	m.keep.top = len(drawn) - 1 - height
	return overlaid(drawn, m.keep.menu.Draw(m.width, height, m.keep.of.extent()), m.width)
}

// savingFooter is the keys of the menu.
func (m *Model) savingFooter() string {
	if m.keep.menu.Asks() {
		return theme.Fit(" "+m.Warn.Render(m.Safe("y writes over it   any other key keeps it", m.width-1)), m.width)
	}
	line := " "
	for _, k := range []struct{ key, does string }{{"Enter", "names the file"}, {m.Press(keymap.ActRedact), "redact"},
		{m.Press(keymap.ActFind), "filter"}, {"Esc", "back"}} {
		line += m.Key.Render(k.key) + " " + k.does + "  "
	}
	return theme.Fit(line, m.width)
}

// fileWord makes a word for a file name out of a fixed alphabet.
func fileWord(name string) string {
	word := strings.Trim(notInFiles.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if word == "" {
		return "join"
	}
	return word[:min(len(word), 40)]
}

var notInFiles = regexp.MustCompile(`[^a-z0-9]+`)

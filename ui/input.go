package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/terminal"
)

// keys takes a key, or several that arrived at once.
func (m *Model) keys(msg tea.KeyMsg) tea.Cmd {
	switch m.mode {
	case comparing:
		return m.versusTakes(msg)
	case inspecting:
		return m.checkTakes(msg)
	}
	if msg.Paste { // pasted text is input, never commands
		switch m.mode {
		case asksLine:
			return m.promptKey(msg)
		case filling:
			return m.formKey(msg)
		case altering:
			if m.whatIf.menu.Typing() {
				return m.whatIfKey(msg)
			}
		case keeping:
			if m.keep.menu.Typing() {
				return m.savingKey(msg)
			}
		}
		return nil
	}
	if several := keymap.OneByOne(msg); several != nil && m.mode != asksLine && m.mode != filling {
		var cmds []tea.Cmd
		for _, one := range several {
			cmds = append(cmds, m.key(one), m.settle())
		}
		return tea.Batch(cmds...)
	}
	return m.key(msg)
}

// checkTakes passes a message on to the check, and leaves it where the reader did.
func (m *Model) checkTakes(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyMsg); ok && key.String() == "ctrl+c" {
		m.leaveCheck()
		return m.interrupt()
	}
	_, cmd := m.check.Update(msg)
	if m.check.Left() {
		m.leaveCheck()
	}
	return cmd
}

func (m *Model) key(msg tea.KeyMsg) tea.Cmd {
	if msg.String() == "ctrl+c" && m.mode != asksLine && m.mode != filling && m.mode != altering &&
		m.mode != keeping {
		m.mode = browsing
		return m.interrupt()
	}
	switch m.mode {
	case asksLine:
		return m.promptKey(msg)
	case filling:
		return m.formKey(msg)
	case choosing:
		return m.choiceKey(msg)
	case helping:
		return m.helpKey(msg)
	case altering:
		return m.whatIfKey(msg)
	case keeping:
		return m.savingKey(msg)
	case agreeing:
		return m.agreeKey(msg.String())
	case yanking:
		return m.yankKey(msg)
	case folding:
		m.foldKey(msg)
		return nil
	case confirming:
		m.mode = browsing
		if msg.String() == "y" {
			return m.leaveHere()
		}
		return nil
	}
	if m.asksConsent() {
		return m.consentKey(msg.String())
	}
	return m.command(msg.String())
}

// command carries out the binding of a key, where it has one.
func (m *Model) command(k string) tea.Cmd {
	if m.screen != nil && len(k) == 1 && k[0] >= '0' && k[0] <= '9' {
		m.told()
		m.notice = m.screen.digit(k[0])
		return nil
	}
	b, ok := m.bindingFor(k, m.where())
	if !ok && m.atStop() { // what the tour has no use for goes to the handshake above
		b, ok = m.bindingFor(k, m.screen.where())
	}
	if !ok {
		m.unbound(k)
		return nil
	}
	m.puzzled = false
	if m.small() && b.Action != keymap.ActQuit && b.Action != keymap.ActSuspend {
		return nil
	}
	m.told()
	if why := m.lacks(b.Action); why != "" {
		m.notice = string(b.Action) + ": " + why
		return nil
	}
	cmd := m.perform(b.Action)
	if m.screen != nil && b.Action != keymap.ActToFirst && b.Action != keymap.ActToLast {
		m.screen.count = ""
	}
	return cmd
}

// unbound says that a key does nothing: once, until one does something again.
func (m *Model) unbound(k string) {
	if !m.puzzled && !m.small() {
		m.notice = keymap.Names([]string{k}) + " does nothing here: " + keymap.KeyOf(m.bindings, keymap.ActHelp) +
			" lists the keys"
	}
	m.puzzled = true
}

// told takes back what the reader was told.
func (m *Model) told() {
	m.notice = ""
	if m.screen != nil {
		m.screen.search.tells = false
	}
}

// perform does what a key asks for.
func (m *Model) perform(a keymap.Action) tea.Cmd {
	if cmd, took := m.tourDoes(a); took {
		return cmd
	}
	if m.whileWaiting(a) {
		return nil
	}
	if m.holding != nil {
		if cmd, took := m.holds(a); took {
			return cmd
		}
	}
	switch a {
	case keymap.ActHelp:
		m.openHelp()
	case keymap.ActQuit:
		return m.askToLeave()
	case keymap.ActBack:
		m.escape()
	case keymap.ActSuspend:
		return tea.Suspend
	case keymap.ActRedraw:
		return tea.ClearScreen
	case keymap.ActToggleMouse:
		return m.toggleMouse()
	case keymap.ActFind:
		m.ask()
	case keymap.ActNarrow:
		m.askEvents()
	case keymap.ActFindNext:
		return m.screen.seek(1)
	case keymap.ActFindPrev:
		return m.screen.seek(-1)
	case keymap.ActShowDiff:
		if m.screen == nil {
			return m.compareAtHome()
		}
		return m.compare()
	case keymap.ActYank:
		m.mode = yanking
	case keymap.ActFoldTo:
		m.mode = folding
	case keymap.ActWrite:
		m.openSaving()
	case keymap.ActWhatIf:
		m.openWhatIf()
	case keymap.ActOther:
		if m.screen.witnessed() != nil {
			return m.toFollowing()
		}
		m.toOtherBranch()
	default:
		return m.performThere(a)
	}
	return nil
}

// performThere does what only one of the screens knows how to.
func (m *Model) performThere(a keymap.Action) tea.Cmd {
	if m.screen != nil {
		cmd, notice := m.screen.perform(a)
		m.notice = notice
		return cmd
	}
	switch a {
	case keymap.ActLeft:
		m.notice = m.home.Fold()
	case keymap.ActRight:
		m.notice = m.home.Unfold()
	case keymap.ActOpen:
		return m.openSelected()
	case keymap.ActMarkRow:
		m.markAtHome()
	default:
		m.home.Move(a)
	}
	return nil
}

func (m *Model) openHelp() {
	m.help = &helpScreen{Look: m.Look, table: m.bindings, where: m.where(), why: m.lacks}
	m.mode = helping
}

// askToLeave leaves, after a question while a step is in flight.
func (m *Model) askToLeave() tea.Cmd {
	if m.screen != nil && m.screen.busy || m.asksAboutHeld() {
		m.mode = confirming
		return nil
	}
	return m.leaveHere()
}

// escape goes one level back, and never out.
func (m *Model) escape() {
	switch {
	case m.screen != nil && m.screen.escape():
	case m.screen == nil && m.home.Filter() != "":
		m.home.Narrow("")
	case m.screen == nil && m.home.Unmark():
	case m.screen != nil && !m.screen.direct:
		m.notice = keymap.KeyOf(m.bindings, keymap.ActQuit) + " goes back to the home screen"
	default:
		m.notice = keymap.KeyOf(m.bindings, keymap.ActQuit) + " quits"
	}
}

func (m *Model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		m.notice = "the mouse is taken: hold Shift to select text"
		return tea.EnableMouseCellMotion
	}
	m.notice = "the mouse is left to the terminal"
	return tea.DisableMouse
}

// ask opens the line of input that / stands for here.
func (m *Model) ask() {
	m.mode = asksLine
	if m.screen == nil {
		m.prompt = newPrompt(m.Look, askFilter, "filter", m.home.Filter())
		return
	}
	m.prompt = newPrompt(m.Look, askSearch, "search for", "")
	m.prompt.past, m.prompt.takes = m.searches, "searches again"
	if n := len(m.searches); n > 0 {
		m.prompt.offered = m.searches[n-1]
	}
}

func (m *Model) promptKey(msg tea.KeyMsg) tea.Cmd {
	switch msg.String() {
	case "esc", "ctrl+c":
		m.closePrompt()
		return nil
	case "enter":
		return m.answered()
	}
	if m.prompt.kind == askEvents && m.filterKey(msg) {
		return nil
	}
	if len(m.prompt.past) > 0 || m.prompt.offered != "" {
		if m.prompt.recall(msg.String()) {
			m.examine()
			return nil
		}
	}
	m.prompt.take(msg)
	m.examine()
	switch m.prompt.kind { // what filters does so at once
	case askEvents:
		m.filtered()
	case askFilter:
		m.home.Narrow(m.prompt.value())
	case askHelpFilter:
		m.help.filter = m.prompt.value()
	}
	return nil
}

func (m *Model) closePrompt() {
	switch m.prompt.kind {
	case askHelpFilter:
		m.mode, m.help.filter = helping, ""
		return
	case askFilter:
		m.home.Narrow("")
	case askEvents:
		m.screen.dropFilter()
	case askFile:
		m.mode = keeping
		return
	}
	m.mode = browsing
}

// answered takes the line that was typed.
func (m *Model) answered() tea.Cmd {
	p, text := m.prompt, m.prompt.value()
	m.mode = browsing
	switch p.kind {
	case askHelpFilter:
		m.mode = helping
	case askEvents:
		m.notice = m.screen.filterTyped(text)
	case askSearch:
		return m.searchFor(p.entered())
	case askFile:
		return m.fileNamed(strings.TrimSpace(p.entered()))
	case askOtherFile:
		if text = strings.TrimSpace(p.entered()); text != "" {
			m.others = m.others.with(text)
			return m.taken(text)
		}
	}
	return nil
}

// examine says what is wrong with a search that is typed.
func (m *Model) examine() {
	if m.prompt.kind != askSearch {
		return
	}
	m.prompt.problem = ""
	if _, err := render.ParseNeedle(m.prompt.input.Value()); err != nil {
		m.prompt.problem = "no regular expression (" + err.Error() + "): searched for as it stands"
	}
}

// searchFor begins a search, or goes on with the one there is where it is for the same.
func (m *Model) searchFor(words string) tea.Cmd {
	if words == "" {
		return nil
	}
	m.searches = m.searches.with(words)
	if m.screen.find != words {
		m.screen.lookFor(words)
	}
	return m.screen.seek(1)
}

func (m *Model) helpKey(msg tea.KeyMsg) tea.Cmd {
	k := msg.String()
	switch k {
	case "esc", "q", "?", "enter":
		m.mode = browsing
		return nil
	case "/":
		m.prompt, m.mode = newPrompt(m.Look, askHelpFilter, "keys with", m.help.filter), asksLine
		return nil
	}
	if b, ok := m.bindingFor(k, keymap.Everywhere); ok {
		switch b.Action {
		case keymap.ActSuspend, keymap.ActRedraw:
			return m.perform(b.Action)
		}
		m.help.move(b.Action, m.height)
	}
	return nil
}

func (m *Model) yankKey(msg tea.KeyMsg) tea.Cmd {
	m.mode = browsing
	if msg.String() == "esc" || m.screen == nil && !m.waits() {
		return nil
	}
	yanked := m.yankedFact
	if !m.waits() {
		yanked = m.screen.yanked
	}
	what, text, problem := yanked(msg.String())
	if problem != "" {
		m.notice = problem
		return nil
	}
	out := m.out
	return func() tea.Msg { return copiedMsg{terminal.Copy(out, what, text)} }
}

// consentKey takes the answer. Keys that are neither yes nor no leave the question where it is.
func (m *Model) consentKey(k string) tea.Cmd {
	h := m.screen
	if h.consent.leave {
		return m.leaveKey(k)
	}
	switch k {
	case "y", "Y":
		h.consent.asking, h.consent.given, h.consent.denied = false, true, false
		h.going = h.consent.goOn
		return h.do()
	case "n", "N", "esc", "q":
		h.consent.asking, h.consent.denied = false, true
		m.notice = "the join was not sent: nothing has changed. " + m.Press(keymap.ActQuit) + " quits, " +
			m.Press(keymap.ActStepOn) + " asks again"
	}
	return nil
}

// leaveKey takes the answer to the question about the leave.
func (m *Model) leaveKey(k string) tea.Cmd {
	h := m.screen
	switch k {
	case "y", "Y":
		h.consent.asking, h.consent.leave, h.consent.left = false, false, true
		if run, ok := h.src.(interface{ LeaveAnyway() }); ok {
			run.LeaveAnyway()
			h.going = true
			return h.do()
		}
	case "n", "N", "esc", "q":
		h.consent.asking, h.consent.leave, h.consent.left = false, false, true
		m.notice = "the leave was not sent. " + m.Press(keymap.ActQuit) + " quits"
	}
	return nil
}

// asksConsent reports whether the question is on the screen.
func (m *Model) asksConsent() bool {
	return m.screen != nil && m.screen.consent.asking && m.mode == browsing && !m.small()
}

// mouseDid takes a mouse event: the wheel scrolls what is under the pointer, a click selects, the border between panes
// can be dragged.
func (m *Model) mouseDid(msg tea.MouseMsg) tea.Cmd {
	switch m.mode {
	case comparing:
		return m.versusTakes(msg)
	case inspecting:
		return m.checkTakes(msg)
	}
	if m.mode == choosing && !m.small() {
		return m.choiceMouse(msg)
	}
	if m.mode == altering && !m.small() {
		return m.whatIfMouse(msg)
	}
	if m.mode == keeping && !m.small() {
		return m.savingMouse(msg)
	}
	if m.small() || m.mode != browsing || m.asksConsent() {
		return nil
	}
	if m.tour != nil && m.mouseInTour(msg) {
		return m.tourClicked(msg)
	}
	if m.screen != nil {
		m.screen.mouseDid(msg)
		return nil
	}
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		m.home.Move(keymap.ActUp)
	case msg.Button == tea.MouseButtonWheelDown:
		m.home.Move(keymap.ActDown)
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		if i, ok := m.home.RowAt(msg.Y); ok {
			if !m.home.Select(i) && m.starting == nil {
				return m.perform(keymap.ActOpen)
			}
		}
	}
	return nil
}

// found goes to where a search ended.
func (m *Model) found(msg foundMsg) {
	h := m.of(msg.id)
	if h == nil || msg.asked != h.search.asked {
		return
	}
	m.notice = ""
	if !h.sought(msg) {
		m.notice = "not found: " + h.find
		if h.search.needle.IsExpression() {
			m.notice = "not found, as a regular expression: " + h.find
		}
	}
}

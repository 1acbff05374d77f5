package ui

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/answer"
	"doorstep/flow/live"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
	"doorstep/ui/whatif"
)

// openWhatIf opens the menu for the next step.
func (m *Model) openWhatIf() {
	h := m.screen
	d, err := h.src.(Alterable).Draft()
	if err != nil {
		m.notice = err.Error()
		return
	}
	known := alter.Known{Others: live.Others(h.latest)}
	if f, ok := h.src.(Forking); ok {
		known = f.Known()
	}
	_, noEditor := m.editing.find()
	m.whatIf = &whatIf{menu: whatif.NewMenu(m.Look, whatif.Request(d, known), noEditor)}
	m.mode = altering
}

// whatIfKey takes a key of the menu.
func (m *Model) whatIfKey(msg tea.KeyMsg) tea.Cmd {
	m.notice = ""
	menu := m.whatIf.menu
	a, cmd, taken := m.overMenu(msg, menu.Typing(), m.closeWhatIf, keymap.InLadder)
	if taken {
		return cmd
	}
	return m.whatIfCame(menu.Take(msg, a))
}

// whatIfMouse takes a click, or the wheel, over the menu.
func (m *Model) whatIfMouse(msg tea.MouseMsg) tea.Cmd {
	if out, clicked := mouseOver(msg, m.whatIf.menu, m.whatIf.at); clicked {
		return m.whatIfCame(out)
	}
	return nil
}

func (m *Model) whatIfCame(out whatif.Outcome) tea.Cmd {
	menu := m.whatIf.menu
	switch out {
	case whatif.Leaves:
		m.closeWhatIf()
	case whatif.Edits:
		m.whatIf.again = false
		return m.edit()
	case whatif.Makes:
		d, err := menu.Changed()
		if err != nil {
			menu.Say(err.Error())
			return nil
		}
		return m.instead(d)
	}
	return nil
}

// instead does the next step, or answers, as d says.
func (m *Model) instead(d whatif.Draft) tea.Cmd {
	switch d := d.(type) {
	case alter.Draft:
		return m.alter(d)
	case answer.Draft:
		m.answerWith(d)
	}
	return nil
}

// answerWith lets an answer go that somebody changed.
func (m *Model) answerWith(d answer.Draft) {
	id := m.whatIf.held
	m.closeWhatIf()
	for _, held := range m.holding.held {
		if held.ID == id {
			m.release(held, d)
			return
		}
	}
	m.notice = "the answer is not held any more"
}

// nothingDone says that nothing came of a change.
func (w *whatIf) nothingDone() string {
	if w.held > 0 {
		return "the answer is held still: "
	}
	return "nothing was sent: "
}

func (m *Model) closeWhatIf() { m.mode, m.whatIf = browsing, nil }

// edit hands the draft, or what was made of it so far, to the user's editor.
func (m *Model) edit() tea.Cmd {
	menu, text := m.whatIf.menu, m.whatIf.text
	if text == "" {
		text = menu.Subject().Text()
	}
	editor, err := m.editing.find()
	if err != nil {
		menu.Say(err.Error())
		return nil
	}
	x, err := editor.Open(m.ctx, text)
	if err != nil {
		menu.Say(m.whatIf.nothingDone() + err.Error())
		return nil
	}
	id := m.shownID()
	terminal.Lend(true)
	return m.editing.run(x.Cmd, func(err error) tea.Msg {
		defer x.Close()
		terminal.Lend(false)
		if err != nil {
			return editedMsg{id: id, err: errors.New(editor.Name() + ": " + err.Error())}
		}
		text, err := x.Text()
		return editedMsg{id, text, err}
	})
}

// edited takes in what the editor left. What cannot be read goes back to the editor with what is wrong at its top. If
// it cannot be read then either, the menu says so, and keeps it to go on with: an editor that asks nobody would go on
// for ever.
func (m *Model) edited(msg editedMsg) tea.Cmd {
	again := m.resumed()
	if m.shownID() != msg.id && m.of(msg.id) == nil || m.whatIf == nil {
		return again
	}
	w := m.whatIf
	m.mode = altering
	if msg.err != nil {
		w.menu.Say(w.nothingDone() + msg.err.Error())
		return again
	}
	text := whatif.WithoutProblem(msg.text)
	d, err := whatif.Parse(w.menu.Subject(), text)
	switch {
	case err != nil:
		if errors.Is(err, whatif.ErrEmpty) {
			text = w.menu.Subject().Text()
		}
		w.text = whatif.WithProblem(text, err)
		if !w.again {
			w.again = true
			return m.edit() // the mouse is taken once that comes back
		}
		w.menu.Say(w.nothingDone() + err.Error() + ". Enter goes on with the text")
		return again
	case !d.Changed():
		w.text = ""
		so := ", so nothing was sent. "
		if w.held > 0 {
			so = ", so the answer is held still. "
		}
		w.menu.Say("nothing was changed" + so + "An editor with a window of its own has to wait, as code --wait does")
		return again
	}
	return tea.Batch(again, m.instead(d))
}

// alter does the next step as d says; where real servers would see it, once the reader has agreed to that.
func (m *Model) alter(d alter.Draft) tea.Cmd {
	if live.NeedsConsent(m.screen.latest.Header) {
		m.whatIf.draft, m.mode = d, agreeing
		return nil
	}
	m.closeWhatIf()
	return m.screen.alter(d, live.Consent{})
}

// agreeKey takes the answer to whether an edited step may go to real servers. Keys that are neither yes nor no leave
// the question where it is.
func (m *Model) agreeKey(k string) tea.Cmd {
	d := m.whatIf.draft
	if m.small() { // nobody can read the question
		return nil
	}
	switch k {
	case "n", "N", "esc", "q", "enter":
		m.closeWhatIf()
		m.notice = "the edited step was not done: nothing was sent"
		return nil
	case "y", "Y":
		m.closeWhatIf()
	default:
		return nil
	}
	h := m.screen
	if d.Step == flow.A6 { // what was agreed to is the join
		h.consent.given, h.consent.denied = true, false
	}
	return h.alter(d, live.ConsentTo(d))
}

// alter does the next step as d says, in the background, after a branch was begun in which it can be done as it is.
func (h *handshake) alter(d alter.Draft, c live.Consent) tea.Cmd {
	h.pause()
	h.follow, h.picked = true, false
	src := h.src
	msg := alteredMsg{}
	work := h.doing(func(ctx context.Context) bool {
		if f, ok := src.(Forking); ok {
			msg.fork, msg.stop, msg.forkErr = f.Fork(ctx)
		}
		msg.err = src.(Alterable).StepAltered(ctx, d, c)
		return msg.err == nil
	})
	return wrapped(work, func(s steppedMsg) tea.Msg {
		msg.steppedMsg = s
		return msg
	})
}

// wrapped has the steppedMsg of a command, or of one in its batch, handed on as another message.
func wrapped(cmd tea.Cmd, as func(steppedMsg) tea.Msg) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		switch msg := cmd().(type) {
		case steppedMsg:
			return as(msg)
		case tea.BatchMsg:
			out := make(tea.BatchMsg, len(msg))
			for i, c := range msg {
				out[i] = wrapped(c, as)
			}
			return out
		default:
			return msg
		}
	}
}

// altered takes in what an edited step came to, and the branch without it.
func (m *Model) altered(msg alteredMsg) tea.Cmd {
	h := m.of(msg.id)
	var also tea.Cmd
	if stop := msg.stop; stop != nil && (h == nil || msg.err != nil) {
		also = func() tea.Msg { stop(); return nil }
	}
	switch {
	case h == nil:
		return also
	case msg.err != nil:
		h.steps--
		m.notice = "nothing was sent: " + msg.err.Error()
	case msg.forkErr != nil:
		m.notice = "there is no branch without the edit: " + msg.forkErr.Error()
		h.unedited = nil
	case msg.fork != nil:
		m.runs++
		b := m.handshakeOf(h.name, msg.fork, true, msg.stop)
		b.direct = h.direct
		b.resize(m.width, m.height)
		h.forked(b)
		also = b.watch()
	}
	return tea.Batch(m.stepped(msg.steppedMsg), also)
}

// withWhatIf lays the menu, or the question, over the lower lines of a drawn screen.
func (m *Model) withWhatIf(drawn []string) []string {
	if m.mode == agreeing {
		question, paras := story.EditedConsent(m.screen.latest, m.whatIf.draft)
		return overlaid(drawn, m.screen.questionLines(m.width, " "+question+" ", paras...), m.width)
	}
	height := min(m.whatIf.menu.Lines(), len(drawn)-2)
	m.whatIf.at = len(drawn) - 1 - height
	return overlaid(drawn, m.whatIf.menu.Draw(m.width, height), m.width)
}

// whatIfFooter is the keys of the menu, or of the question.
func (m *Model) whatIfFooter() string {
	if m.mode == agreeing {
		return theme.Fit(" "+m.Warn.Render(m.Safe("y does it   n or Enter: nothing is sent", m.width-1)), m.width)
	}
	line := " "
	for _, k := range []struct{ key, does string }{{"Enter", "does it"}, {"Esc", "back"},
		{m.Press(keymap.ActShowWhy), "what comes of it"}, {m.Press(keymap.ActFind), "filter"}} {
		line += m.Key.Render(k.key) + " " + k.does + "  "
	}
	return theme.Fit(line, m.width)
}

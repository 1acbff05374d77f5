package whatif

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/chooser"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// A Menu lists what can be done to a draft: it can be edited, and every ready change that is for it can be made.
type Menu struct {
	theme.Look
	list    *chooser.Chooser
	subject Subject
	ready   []Ready
	notice  string
	told    bool // what comes of the change under the cursor
}

// NewMenu returns the menu for what is to be done otherwise. noEditor says why it cannot be edited; nil: it can.
func NewMenu(l theme.Look, s Subject, noEditor error) *Menu {
	m := &Menu{Look: l, subject: s, ready: s.Ready()}
	edit := chooser.Item{Title: "Edit in $EDITOR", Group: "By hand"}
	if noEditor != nil {
		edit.Why = noEditor.Error()
	}
	items := []chooser.Item{edit}
	for _, x := range m.ready {
		items = append(items, chooser.Item{Title: x.Title, Group: "Ready changes", Words: x.Name + " " + x.Teaches,
			Why: x.Why})
	}
	m.list = chooser.New(l, s.Title(), items)
	return m
}

// An Outcome says what a key came to.
type Outcome int

// The outcomes.
const (
	Stays  Outcome = iota // the menu stays open
	Edits                 // the draft is to be edited
	Makes                 // the change under the cursor is to be made: see Changed
	Leaves                // the menu was left
)

// Subject is what is to be done otherwise.
func (m *Menu) Subject() Subject { return m.subject }

// Say shows a line below the list, until the next key.
func (m *Menu) Say(words string) { m.notice = words }

// Typing reports whether keys are letters of the filter now.
func (m *Menu) Typing() bool { return m.list.Typing() }

// Take takes a key, and what it asks for in the table of keys.
func (m *Menu) Take(msg tea.KeyMsg, a keymap.Action) Outcome {
	m.notice = ""
	if a == keymap.ActShowWhy && !m.list.Typing() {
		if m.told = !m.told; m.list.Chosen() == 0 {
			m.told, m.notice = false, m.subject.ComesOfEdit()
		}
		return Stays
	}
	before := m.list.Chosen()
	out := m.list.Take(msg, a)
	return m.came(out, before)
}

// Click takes a click on a line of what was drawn last.
func (m *Menu) Click(y int) Outcome {
	before := m.list.Chosen()
	return m.came(m.list.Click(y), before)
}

// Scroll moves the cursor by the wheel.
func (m *Menu) Scroll(by int) {
	before := m.list.Chosen()
	m.list.Scroll(by)
	m.came(chooser.Stays, before)
}

// came is what the list came to: another change is not told of before somebody asks.
func (m *Menu) came(out chooser.Outcome, before int) Outcome {
	if m.list.Chosen() != before {
		m.told = false
	}
	switch {
	case out == chooser.Leaves:
		return Leaves
	case out == chooser.Takes && m.list.Chosen() == 0:
		return Edits
	case out == chooser.Takes:
		return Makes
	}
	return Stays
}

// chosen is the place of the change under the cursor; -1 where there is none.
func (m *Menu) chosen() int { return max(m.list.Chosen(), 0) - 1 }

// Changed is the draft with the change under the cursor.
func (m *Menu) Changed() (Draft, error) {
	i := m.chosen()
	if i < 0 {
		return nil, errors.New("no change is chosen")
	}
	return m.subject.Change(i)
}

// Lines is how many lines the menu wants to be drawn in.
func (m *Menu) Lines() int {
	const panel = 2 // besides the lines that the list keeps for remarks
	return m.list.Lines() + panel
}

// Draw returns the menu as exactly height lines of width cells: the list, and below it what there is to say about the
// change under the cursor.
func (m *Menu) Draw(width, height int) []string {
	below := m.panel(width)
	if most := max(height-4, 0); len(below) > most { // the list keeps a heading, an item, and its own line
		below = below[:most]
	}
	return append(m.list.Draw(width, height-len(below)), theme.Box(below, width, len(below))...)
}

// panel is what there is to say: a notice, what the change teaches, and what comes of it where that was asked for.
func (m *Menu) panel(width int) []string {
	var lines []string
	put := func(style interface{ Render(...string) string }, words string) {
		for _, l := range theme.Wrap(m.Safe(m.Own(words), 1000), max(width-2, 1), 0) {
			lines = append(lines, " "+style.Render(l))
		}
	}
	if m.notice != "" {
		put(m.Warn, m.notice)
		return lines
	}
	i := m.chosen()
	if i < 0 {
		if m.list.Chosen() == 0 {
			put(m.Dim, m.subject.Editing())
		}
		return lines
	}
	if m.told {
		put(m.Text, m.ready[i].Comes)
		return lines
	}
	put(m.Dim, m.ready[i].Teaches)
	return lines
}

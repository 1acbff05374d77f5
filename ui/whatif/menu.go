package whatif

import (
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/alter"
	"doorstep/ui/chooser"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// A Menu lists what can be done to a draft: it can be edited, and every ready change for its step and room version can
// be made.
type Menu struct {
	theme.Look
	list      *chooser.Chooser
	draft     alter.Draft
	known     alter.Known
	mutations []alter.Mutation
	notice    string
	told      bool // what comes of the change under the cursor
}

// NewMenu returns the menu for a draft. noEditor says why the draft cannot be edited; nil: it can.
func NewMenu(l theme.Look, d alter.Draft, k alter.Known, noEditor error) *Menu {
	m := &Menu{Look: l, draft: d, known: k}
	edit := chooser.Item{Title: "Edit in $EDITOR", Group: "By hand"}
	if noEditor != nil {
		edit.Why = noEditor.Error()
	}
	items := []chooser.Item{edit}
	for _, x := range alter.Mutations() {
		if !x.Applies(d.Step, d.Version) {
			continue
		}
		item := chooser.Item{Title: x.Title, Group: "Ready changes", Words: x.Name + " " + x.Teaches}
		if _, err := x.Apply(d, k); err != nil {
			item.Why = reason(err)
		}
		m.mutations, items = append(m.mutations, x), append(items, item)
	}
	m.list = chooser.New(l, "What if "+string(d.Step)+" went otherwise?", items)
	return m
}

// reason is why a change cannot be made, without its name.
func reason(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
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

// Draft is the draft as it is before anything is changed.
func (m *Menu) Draft() alter.Draft { return m.draft }

// Say shows a line below the list, until the next key.
func (m *Menu) Say(words string) { m.notice = words }

// Typing reports whether keys are letters of the filter now.
func (m *Menu) Typing() bool { return m.list.Typing() }

// Take takes a key, and what it asks for in the table of keys.
func (m *Menu) Take(msg tea.KeyMsg, a keymap.Action) Outcome {
	m.notice = ""
	if a == keymap.ActShowWhy && !m.list.Typing() {
		if m.told = !m.told; m.list.Chosen() == 0 {
			m.told, m.notice = false, "what comes of an edit is what the server says to it"
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

// chosen is the change under the cursor; false where there is none.
func (m *Menu) chosen() (alter.Mutation, bool) {
	i := m.list.Chosen() - 1
	if i < 0 {
		return alter.Mutation{}, false
	}
	return m.mutations[i], true
}

// Changed is the draft with the change under the cursor.
func (m *Menu) Changed() (alter.Draft, error) {
	x, ok := m.chosen()
	if !ok {
		return alter.Draft{}, errors.New("no change is chosen")
	}
	return x.Apply(m.draft, m.known)
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
	x, ok := m.chosen()
	if !ok {
		if m.list.Chosen() == 0 {
			put(m.Dim, "What would be sent, as text to change: you see it, and nothing is sent before you save it.")
		}
		return lines
	}
	if m.told {
		put(m.Text, m.comesOf(x))
		return lines
	}
	put(m.Dim, x.Teaches)
	return lines
}

// comesOf tells what a change leads to, by the rules.
func (m *Menu) comesOf(x alter.Mutation) string {
	v := m.draft.Version
	if v == nil {
		versions := x.Versions()
		v = versions[len(versions)-1]
	}
	e := x.Expected(v, m.draft.Step)
	words := "By the rules: " + strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Errcode)) + ", because " + e.Why + "."
	if e.Rule != "" {
		words += " Authorisation rule " + e.Rule + " of version " + v.ID + "."
	}
	return words
}

package ui

import (
	"context"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/compare"
	"doorstep/ui/chooser"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
)

// compare offers what can be compared from here: the pairs of this handshake, and the whole of it with another.
func (m *Model) compare() tea.Cmd {
	h := m.screen
	s := h.scene()
	pairs := h.pairsHere(s)
	if m.o.Open == nil && len(pairs) < 2 { // one thing to compare: it needs no list
		if len(pairs) == 1 {
			h.showPair(story.PairChoice{Pairs: pairs})
		} else {
			h.openDiff(chosenPair{})
		}
		return nil
	}
	var items []chooser.Item
	var does []func() tea.Cmd
	for i, p := range pairs {
		items = append(items, chooser.Item{Title: s.PairTitle(p), Remark: s.PairRemark(p)})
		does = append(does, func() tea.Cmd {
			h.showPair(story.PairChoice{Pairs: pairs, At: i})
			return nil
		})
	}
	if len(pairs) == 0 {
		it := chooser.Item{Title: "protoevent / join event", Why: s.LacksDiff()}
		if it.Why == "" {
			it.Remark = "not made yet: what will be set"
		}
		items, does = append(items, it), append(does, func() tea.Cmd {
			h.openDiff(chosenPair{})
			return nil
		})
	}
	if m.o.Open != nil {
		items = append(items, chooser.Item{Title: "this run / another recording" + h.More,
			Remark: "step by step, with what was checked and found"})
		does = append(does, m.chooseOther)
	}
	m.offer("compare", items, keymap.ActShowDiff, func(i int) tea.Cmd { return does[i]() })
	if items[0].Why != "" {
		m.choice.list.Select(len(items) - 1)
	}
	return nil
}

// compareAtHome compares the two recordings that are marked in the list, or has one chosen to compare the selected one
// with.
func (m *Model) compareAtHome() tea.Cmd {
	side := func(name string) func(context.Context) (compare.Side, error) {
		open := m.o.Open
		return func(ctx context.Context) (compare.Side, error) { return sideOf(ctx, open, name) }
	}
	if marked := m.home.Marked(); len(marked) == marksKept {
		return m.compareWith(side(marked[0]), marked[1])
	}
	it, _ := m.home.Current()
	return m.offerOthers("compare "+filepath.Base(it.Name)+" with", it.Name, func(name string) tea.Cmd {
		return m.compareWith(side(it.Name), name)
	})
}

// versusTakes passes a message on to the comparison, and leaves it where the reader did.
func (m *Model) versusTakes(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyMsg); ok && key.String() == "ctrl+c" {
		m.mode, m.versus = browsing, nil
		return m.interrupt()
	}
	_, cmd := m.versus.Update(msg)
	m.mouse = m.versus.Mouse()
	if m.versus.Left() {
		m.mode, m.versus = browsing, nil
	}
	return cmd
}

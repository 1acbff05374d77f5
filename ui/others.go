package ui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
	"doorstep/ui/chooser"
	"doorstep/ui/home"
	"doorstep/ui/keymap"
	"doorstep/ui/versus"
)

// chooseOther has the reader choose the recording that this run is compared with.
func (m *Model) chooseOther() tea.Cmd {
	h := m.screen
	if h.reading != nil {
		m.notice = "the recording is still being read: compare it once all of it is here"
		return nil
	}
	whole := compare.Side{Name: filepath.Base(h.name), Trace: h.whole, State: h.latest, Findings: h.latestFindings}
	return m.offerOthers("compare "+filepath.Base(h.name)+" with", h.name, func(name string) tea.Cmd {
		return m.compareWith(func(context.Context) (compare.Side, error) { return whole, nil }, name)
	})
}

// offerOthers has the reader choose a recording: one of the user's own, one of those in this program, or a file. not is
// the one that it is compared with, which stands last: a recording against itself tells nothing.
func (m *Model) offerOthers(title, not string, take func(name string) tea.Cmd) tea.Cmd {
	items, names := m.otherItems(not)
	m.offer(title, items, "", func(i int) tea.Cmd {
		if names[i] == "" {
			m.askOther(take)
			return nil
		}
		return take(names[i])
	})
	m.choice.others = func() ([]chooser.Item, []string) { return m.otherItems(not) }
	m.choice.names = &names
	if m.recent == nil { // the home screen, which looks for them, was not shown
		return m.lookForRecent()
	}
	return nil
}

// otherItems are the recordings that can be chosen, with their names; none: a file that is asked for.
func (m *Model) otherItems(not string) (items []chooser.Item, names []string) {
	add := func(group, title string, r home.Recording) {
		it := chooser.Item{Title: title, Remark: r.Title, Group: group, Words: r.About + " " + r.Group + " " + r.Name}
		switch {
		case r.Name == not:
			it.Why = "this is the one that is to be compared"
		case r.Check:
			it.Why = notCompared
		}
		items, names = append(items, it), append(names, r.Name)
	}
	for _, r := range m.recent {
		r.Title = r.Outcome + "  " + r.Title
		add("Your recordings, newest first", r.When, r)
	}
	for _, r := range m.o.Recordings {
		add("Recordings in this program: "+r.Group, r.Name, r)
	}
	items = append(items, chooser.Item{Title: "a file" + m.More, Remark: "any recording, by its path", Group: "Elsewhere"})
	return items, append(names, "")
}

// recentCame takes in the user's own recordings.
func (m *Model) recentCame(msg recentMsg) {
	m.recent = msg.list
	if m.recent == nil {
		m.recent = []home.Recording{}
	}
	m.home.Offer(m.contents(msg.list, msg.none))
	if m.mode == choosing && m.choice.others != nil && len(msg.list) > 0 {
		items, names := m.choice.others()
		*m.choice.names = names
		m.choice.list.Offer(items)
	}
}

// askOther asks for the path of a recording.
func (m *Model) askOther(take func(name string) tea.Cmd) {
	m.mode, m.taken = asksLine, take
	m.prompt = newPrompt(m.Look, askOtherFile, "compare with", "")
	m.prompt.past, m.prompt.takes = m.others, "compares with it"
	if n := len(m.others); n > 0 {
		m.prompt.offered = m.others[n-1]
	}
}

// compareWith compares a side with a recording, in the background.
func (m *Model) compareWith(one func(context.Context) (compare.Side, error), name string) tea.Cmd {
	m.notice = "comparing with " + filepath.Base(name) + m.More
	m.runs++
	ctx, run, on, open := m.ctx, m.runs, m.screen, m.o.Open
	m.comparison = run
	return func() tea.Msg {
		a, err := one(ctx)
		if err != nil {
			return versusMsg{run: run, on: on, err: err}
		}
		b, err := sideOf(ctx, open, name)
		if err != nil {
			return versusMsg{run: run, on: on, err: err}
		}
		return versusMsg{run: run, on: on, comparison: compare.Handshakes(a, b)}
	}
}

// sideOf reads a recording to its end. One that breaks off is compared as far as it goes.
func sideOf(ctx context.Context, open func(context.Context, string) (*recording.Stream, error),
	name string) (compare.Side, error) {
	s, err := open(ctx, name)
	if err != nil {
		return compare.Side{}, fmt.Errorf("%s: %w", name, err)
	}
	if isCheck(s) {
		return compare.Side{}, fmt.Errorf("%s: %s", filepath.Base(name), notCompared)
	}
	select {
	case <-s.Done():
	case <-ctx.Done():
		return compare.Side{}, ctx.Err()
	}
	if err := s.Err(); err != nil && !errors.Is(err, recording.ErrTruncated) {
		return compare.Side{}, fmt.Errorf("%s: %w", name, err)
	}
	t := s.Trace()
	state := flow.Fold(t)
	return compare.Side{Name: filepath.Base(name), Trace: t, State: state, Findings: diagnose.Findings(t, state)}, nil
}

// versusCame opens a comparison over what is shown, unless something else was opened or compared since.
func (m *Model) versusCame(msg versusMsg) {
	if msg.run != m.comparison || msg.on != m.screen || m.mode != browsing {
		return
	}
	if m.notice, m.comparison = "", 0; msg.err != nil {
		m.notice = msg.err.Error()
		return
	}
	m.versus = versus.Over(m.Look, msg.comparison, m.bindings, m.mouse)
	m.mode = comparing
	m.versus.Update(tea.WindowSizeMsg{Width: m.width, Height: m.height})
}

// markAtHome marks the selected recording.
func (m *Model) markAtHome() {
	switch n := m.home.Mark(marksKept); n {
	case 0:
	case marksKept:
		m.notice = m.Press(keymap.ActShowDiff) + " compares the two that are marked"
	default:
		m.notice = "marked: " + m.Press(keymap.ActMarkRow) + " on another recording, then " +
			m.Press(keymap.ActShowDiff) + " compares the two"
	}
}

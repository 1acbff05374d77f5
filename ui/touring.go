package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/tour"
	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/tab"
	uitour "doorstep/ui/tour"
)

// atStop reports whether a stop of the tour is on the screen.
func (m *Model) atStop() bool { return m.tour != nil && m.screen != nil && m.tour.panel != nil }

// tourOpened shows the contents, or begins the chapter that was asked for.
func (m *Model) tourOpened(msg tourMsg) tea.Cmd {
	if m.screen != nil || m.tour != nil { // something else was opened since
		return nil
	}
	m.notice = msg.problem
	m.tour = &touring{contents: uitour.New(m.Look, m.o.Tour.Chapters, msg.progress), direct: msg.direct}
	if msg.direct && m.o.Tour.Chapter != "" && m.tour.contents.To(m.o.Tour.Chapter) {
		return m.beginChapter()
	}
	return nil
}

// beginChapter goes to the stop at which to begin the chapter that is selected.
func (m *Model) beginChapter() tea.Cmd {
	chapter, stop := m.tour.contents.Chapter()
	return m.toStop(chapter, stop)
}

// toStop goes to a stop: on with the handshake that is on the screen where it is one of the same, back in it where it
// is beyond, and with a new one otherwise.
func (m *Model) toStop(chapter, stop int) tea.Cmd {
	t := m.tour
	s := t.contents.Stop(chapter, stop)
	if s == nil {
		return nil
	}
	t.chapter, t.stop, t.onTheWay, t.stepped = chapter, stop, true, false
	if h := m.screen; h != nil && h.name == s.Scenario && h.live {
		return nil // onward does the rest
	}
	closing := m.closeHandshake()
	t.panel = nil
	m.notice = "starting the servers of " + s.Scenario + m.More
	start := m.o.Tour.Start
	return tea.Batch(closing, m.begin(startedMsg{name: s.Scenario}, func(ctx context.Context) (Source, func(), error) {
		return start(ctx, s.Scenario)
	}))
}

// closeHandshake takes the handshake from the screen and ends it, in the background.
func (m *Model) closeHandshake() tea.Cmd {
	h := m.screen
	if h == nil {
		return nil
	}
	m.screen = nil
	return func() tea.Msg { h.close(); return nil }
}

// onward does the next step until the handshake has come to the stop, and then shows that. It is called after whatever
// happened, and has nothing to do while a step goes on.
func (m *Model) onward() tea.Cmd {
	t, h := m.tour, m.screen
	switch {
	case t == nil || !t.onTheWay:
		return nil
	case h == nil && m.starting == nil: // it could not be started
		t.onTheWay = false
		return nil
	case h == nil || h.busy:
		return nil
	}
	s := t.contents.Stop(t.chapter, t.stop)
	if e := s.At.In(h.whole); e != nil {
		return m.arriveAt(s, e)
	}
	_, more := h.latest.Next()
	if !more || t.stepped && len(h.whole.Entries) == t.had { // a step that leaves no evidence changes nothing
		t.panel, t.onTheWay = nil, false
		m.notice = "this handshake does not come to " + s.At.String()
		return m.closeHandshake()
	}
	t.stepped, t.had = true, len(h.whole.Entries)
	return h.do()
}

// leaveHere leaves what is shown: on a tour a stop, or the tour.
func (m *Model) leaveHere() tea.Cmd {
	if m.tour != nil {
		return m.leaveTour()
	}
	return m.leave()
}

// arriveAt shows a stop: the handshake as far as it has to be, what there is to look at, and the panel.
func (m *Model) arriveAt(s *tour.Stop, e *flow.Entry) tea.Cmd {
	t, h := m.tour, m.screen
	n := len(h.whole.Entries)
	if !t.stepped { // it was there already
		n = 0
		for n < e.Seq {
			n = stepEnd(h.prefixes.Fold, h.whole, n)
		}
	}
	t.onTheWay, t.stepped, t.focus = false, false, true
	t.panel = t.contents.Panel(t.chapter, t.stop)
	t.contents.Reached(s)
	m.notice = ""
	h.pause()
	h.lookFor("")
	h.showTo(n)
	h.reveal(e.Seq)
	h.levels, h.asked, h.picked, h.pane = nil, asked{}, false, layout.Ladder
	if chosen := tabNamed(s.Tab); chosen != nil {
		h.chooseTab(chosen)
		h.pane = layout.Payload
	}
	t.height = 0
	m.makeRoom()
	settled := h.settle()
	if s.Look != "" {
		h.main.ToField(render.Untrusted(s.Look))
	}
	return tea.Batch(settled, m.keepProgress())
}

// tabNamed is the tab of that name; nil where there is none.
func tabNamed(name string) tab.Tab {
	for _, t := range tab.All {
		if t.Name() == name {
			return t
		}
	}
	return nil
}

// roomForBoth is how many lines a handshake needs to show the ladder and a payload worth reading.
const roomForBoth = 20

// makeRoom gives the handshake what the panel of a stop leaves. Where that is little, all of it goes to the pane that
// the stop is about.
func (m *Model) makeRoom() {
	if !m.atStop() {
		return
	}
	t, h := m.tour, m.screen
	h.resize(m.width, m.height-uitour.Height(m.height))
	h.away = t.focus
	if t.height == m.height {
		return
	}
	t.height = m.height
	h.prefers.Zoom, h.prefers.Pane, h.unzoomed = h.height < roomForBoth, h.pane, h.pane
}

// withPanel puts the panel of a stop above the last line of a handshake that leaves room for it.
func (m *Model) withPanel(lines []string) []string {
	if !m.atStop() {
		return lines
	}
	last := len(lines) - 1
	out := append([]string{}, lines[:last]...)
	out = append(out, m.tour.panel.Draw(m.width, m.height-len(lines), m.tour.focus)...)
	return append(out, lines[last])
}

// leaveTour leaves a stop for the contents, and these for the home screen, or the program where the tour was asked for
// on the command line.
func (m *Model) leaveTour() tea.Cmd {
	t := m.tour
	if m.starting != nil {
		m.starting()
		m.starting = nil
	}
	m.notice = ""
	if m.screen != nil || t.panel != nil || t.onTheWay {
		t.panel, t.onTheWay = nil, false
		return m.closeHandshake()
	}
	save := m.keepProgress()
	if t.direct {
		return tea.Sequence(save, m.quit())
	}
	m.tour = nil
	return tea.Batch(save, m.lookForRecent())
}

// keepProgress has it written how far the reader has come, one after another.
func (m *Model) keepProgress() tea.Cmd {
	t := m.tour
	if t == nil || m.o.Tour.Save == nil {
		return nil
	}
	if t.saving {
		t.unsaved = true
		return nil
	}
	t.saving, t.unsaved = true, false
	save, p := m.o.Tour.Save, t.contents.Progress()
	return func() tea.Msg { return progressMsg{save(p)} }
}

// progressKept takes in that progress was written, or why not, which is said once.
func (m *Model) progressKept(msg progressMsg) tea.Cmd {
	t := m.tour
	if msg.err != nil && !m.unkept {
		m.unkept = true
		m.notice = "how far you are is not kept: " + msg.err.Error()
	}
	if t == nil {
		return nil
	}
	t.saving = false
	if t.unsaved {
		return m.keepProgress()
	}
	return nil
}

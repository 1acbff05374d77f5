package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/listing"
	"doorstep/ui/theme"
)

// askEvents opens the line in which the list of events is filtered.
func (m *Model) askEvents() {
	h := m.screen
	m.mode, h.filtering = asksLine, &filtering{}
	m.prompt = newPrompt(m.Look, askEvents, "filter events", h.main.Events.Wish.Query)
	m.filtered()
}

// filtered has the list show what is typed, as far as that can be understood, and what it can go on as.
func (m *Model) filtered() {
	h, text := m.screen, m.prompt.input.Value()
	q, problems := listing.Parse(text)
	h.filtering.problems = problems
	w := &h.events.Wish
	w.Query, w.Typing, w.Typed = q.String(), true, text
	w.At = len(string([]rune(text)[:m.prompt.input.Position()]))
}

// filterKey takes the keys that do something else than to type: Tab completes, and the list can be moved in. It reports
// whether the key was one.
func (m *Model) filterKey(msg tea.KeyMsg) bool {
	h := m.screen
	switch msg.String() {
	case "tab":
		m.complete(1)
	case "shift+tab":
		m.complete(-1)
	case "up":
		h.events.Move(-1)
	case "down":
		h.events.Move(1)
	default:
		h.filtering.offered.Candidates = nil
		return false
	}
	return true
}

// complete puts the next of the candidates in, or the one before.
func (m *Model) complete(n int) {
	h := m.screen
	f := h.filtering
	if len(f.offered.Candidates) == 0 {
		if f.offered = h.events.Completion; h.events.Wanted() || len(f.offered.Candidates) == 0 {
			f.offered.Candidates = nil
			return
		}
		f.chosen = 0
		if n < 0 {
			f.chosen = len(f.offered.Candidates) - 1
		}
	} else {
		f.chosen = (f.chosen + n + len(f.offered.Candidates)) % len(f.offered.Candidates)
	}
	text, put := m.prompt.input.Value(), f.offered.Candidates[f.chosen].Text
	before := text[:f.offered.From] + put
	m.prompt.input.SetValue(before + text[f.offered.To:])
	m.prompt.input.SetCursor(len([]rune(before)))
	f.offered.To = f.offered.From + len(put)
	if len(f.offered.Candidates) == 1 { // the next Tab goes on from there
		f.offered.Candidates = nil
	}
	m.filtered()
}

// dropFilter leaves the line without a filter.
func (h *handshake) dropFilter() {
	h.filtering = nil
	w := &h.events.Wish
	w.Query, w.Typing, w.Typed, w.At = "", false, "", 0
}

// filterTyped leaves the line with the filter that was typed. An event ID is gone to instead. It says what came of that
// where it has to be said.
func (h *handshake) filterTyped(text string) (notice string) {
	f := h.filtering
	h.filtering = nil
	w := &h.events.Wish
	w.Typing, w.Typed, w.At = false, "", 0
	if strings.HasPrefix(text, "$") && !strings.ContainsAny(text, " *?|") {
		return h.events.GoTo(text)
	}
	if len(f.problems) > 0 {
		return "left out: " + f.problems[0].Words()
	}
	return ""
}

// filterLines is the screen while a filter is typed: the line itself, and under it what is wrong or how it can go on.
func (m *Model) filterLines() []string {
	lines := m.screen.draw("", m.filterHint())
	lines[len(lines)-2] = m.prompt.draw(m.width)
	return lines
}

// filterHint says what is wrong with what is typed, or what Tab makes of it.
func (m *Model) filterHint() string {
	h := m.screen
	f, offered := h.filtering, h.events.Completion
	chosen := -1
	if len(f.offered.Candidates) > 0 {
		offered, chosen = f.offered, f.chosen
	}
	if len(offered.Candidates) > 0 && (chosen >= 0 || !h.wrongTerm()) {
		return m.candidatesLine(offered.Candidates, chosen)
	}
	if len(f.problems) > 0 {
		return theme.Fit(" "+m.Warn.Render(m.Safe(f.problems[len(f.problems)-1].Words(), m.width-1)), m.width)
	}
	return theme.Fit(" "+m.Dim.Render(m.Safe("Enter keeps it   Esc drops it   -term: not that   n N search the payloads",
		m.width-1)), m.width)
}

// wrongTerm reports whether another term than the one that is being typed, which may still become right, is wrong.
func (h *handshake) wrongTerm() bool {
	w, c := h.events.Wish, h.events.Completion
	typing := ""
	if c.From <= c.To && c.To <= len(w.Typed) {
		typing = w.Typed[c.From:c.To]
	}
	return slices.ContainsFunc(h.filtering.problems, func(p listing.Problem) bool { return p.Term != typing })
}

// candidatesLine lists what Tab offers, each with how many events have it.
func (m *Model) candidatesLine(list []listing.Candidate, chosen int) string {
	line := " " + m.Key.Render("Tab")
	for i, c := range list {
		item := m.Safe(c.Label, max(m.width/3, 1))
		if i == chosen {
			item = m.Selected.Render(item)
		}
		if c.Count > 0 {
			item += " " + m.Dim.Render(fmt.Sprint(c.Count))
		}
		if render.Width(line)+2+render.Width(item) > m.width {
			break
		}
		line += "  " + item
	}
	return theme.Fit(line, m.width)
}

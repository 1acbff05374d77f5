package ui

import (
	"strings"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/theme"
)

// waits reports whether what is told while nobody has come is shown.
func (m *Model) waits() bool {
	if m.waiting == nil {
		return false
	}
	if m.waiting.shows || m.screen == nil {
		return true
	}
	w := m.screen.witnessed()
	if w == nil {
		return false
	}
	at, _ := w.Place()
	return at == 0
}

// whileWaiting does what a key asks for while that is shown, or to show it; false for what is about something else.
func (m *Model) whileWaiting(a keymap.Action) bool {
	w := m.waiting
	switch {
	case w == nil:
		return false
	case a == keymap.ActDoor:
		w.shows = !w.shows
	case !m.waits():
		return false
	case a == keymap.ActOther, a == keymap.ActBack:
		w.shows = false
	default:
		page := max(m.height-4, 1)
		n, moves := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -page,
			keymap.ActPageDown: page, keymap.ActHalfUp: -page / 2, keymap.ActHalfDown: page / 2,
			keymap.ActToFirst: -1 << 20, keymap.ActToLast: 1 << 20}[a]
		w.top = max(w.top+n, 0)
		return moves
	}
	return true
}

// whyNotWaiting says why an action has no effect while that is shown; empty when it has one.
func (m *Model) whyNotWaiting(a keymap.Action) string {
	switch {
	case (a == keymap.ActOther || a == keymap.ActDoor) && !m.waiting.shows:
		return "no join has come yet"
	case a == keymap.ActWhatIf || a == keymap.ActStepOn || a == keymap.ActGoOn:
		return "no answer is ever held here"
	case a == keymap.ActYank && !m.canYank():
		return "there is nothing to copy"
	}
	return ""
}

func (m *Model) canYank() bool {
	for _, f := range m.waiting.told().Facts {
		if f.Key != "" {
			return true
		}
	}
	return false
}

// waitingLines draws the screen while nobody has come, with what there is to tell the reader.
func (m *Model) waitingLines(notice, footer string) []string {
	w := m.waiting
	told := w.told()
	lines := m.waitingText(told)
	room := max(m.height-4, 1)
	w.top = pane.Between(w.top, 0, max(len(lines)-room, 0))
	head := " " + m.Title.Render(m.Safe(told.Name, m.width-cornerWidth-2))
	head = theme.Fit(head, m.width-cornerWidth-1) + m.Header.Render("   WAITING ")
	style := m.Warn
	switch {
	case notice == "" && w.shows:
		notice, style = m.Press(keymap.ActDoor)+" goes back to the joins", m.Text
	case notice == "":
		notice, style = m.Glyphs.Wait+" nobody has come yet", m.Wait
	}
	out := append([]string{theme.Fit(head, m.width), ""}, theme.Box(lines[w.top:], m.width, room)...)
	return theme.Box(append(out, theme.Fit(" "+style.Render(m.Safe(notice, m.width-1)), m.width), footer), m.width,
		m.height)
}

// waitingText is what there is to read meanwhile.
func (m *Model) waitingText(told WaitingFor) []string {
	var lines []string
	wrapped := func(style interface{ Render(...string) string }, indent, words string) {
		for _, l := range theme.Wrap(m.Safe(m.Own(words), 4000), max(m.width-1-render.Width(indent)-1, 1), 0) {
			lines = append(lines, " "+indent+style.Render(l))
		}
	}
	wrapped(m.Text, "", told.Title)
	lines = append(lines, "")
	width := 0
	for _, f := range told.Facts {
		width = max(width, render.Width(f.Label))
	}
	for _, f := range told.Facts {
		label := f.Label + strings.Repeat(" ", width-render.Width(f.Label)+2)
		key := "    "
		if f.Key != "" {
			key = " " + m.Key.Render("y"+f.Key) + " "
		}
		room := max(m.width-render.Width(label)-6, 1)
		value := []string{m.Safe(f.Value, room)}
		if f.Lines {
			value = theme.Wrap(m.Safe(f.Value, 4000), room, 2)
		}
		for i, v := range value {
			if i > 0 {
				label, key = strings.Repeat(" ", render.Width(label)), "    "
			}
			lines = append(lines, key+m.Dim.Render(label)+m.Text.Render(v))
		}
	}
	for _, n := range told.Notes {
		lines = append(lines, "")
		wrapped(m.Dim, "", n)
	}
	return lines
}

// yankedFact returns what a key after y stands for while nobody has come, or why there is none.
func (m *Model) yankedFact(key string) (what, text, problem string) {
	var keys []string
	for _, f := range m.waiting.told().Facts {
		if f.Key == key && key != "" {
			return f.Label, f.Value, ""
		}
		if f.Key != "" {
			keys = append(keys, f.Key)
		}
	}
	return "", "", "y is followed by " + strings.Join(keys, ", ")
}

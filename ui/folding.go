package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/keymap"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/tab"
)

// folds says what a key after Z does.
const folds = "fold:  1 to 9 leaves so many levels open   Esc"

// folded is what the keys for folding go to: the body, or the event of a page; nil where what is shown does not fold,
// and why says so.
func (h *handshake) folded() (c *pane.Content, why string) {
	switch c := h.bodies[h.at.Seq]; {
	case h.onPage() && h.main.Folds():
		return h.main, ""
	case h.onPage():
		return nil, "nothing folds on this page"
	case h.tab != tab.Body || c == nil:
		return nil, "only the body folds: " + h.Press(tab.Choosing(tab.Body)) + " shows it"
	case !c.Folds():
		return nil, "only what is pretty-printed folds: " + h.Press(keymap.ActBodyMode) +
			" shows the body so, where it is JSON"
	default:
		return c, ""
	}
}

// onPage reports whether the keys go to a page over the list of events.
func (h *handshake) onPage() bool { return h.inEvents() && h.main.Events.Page() != nil }

// foldTo leaves so many levels open, or with 0 all of them.
func (h *handshake) foldTo(levels int) {
	if c, why := h.folded(); why == "" {
		c.FoldTo(levels)
	}
}

// foldKey takes the key after Z.
func (m *Model) foldKey(msg tea.KeyMsg) {
	m.mode = browsing
	switch k := msg.String(); {
	case k == "esc" || m.screen == nil:
	case len(k) == 1 && k[0] >= '1' && k[0] <= '9':
		m.screen.foldTo(int(k[0] - '0'))
	default:
		m.notice = m.Press(keymap.ActFoldTo) + " is followed by 1 to 9"
	}
}

// fieldPath is the path of the field under the cursor, where the keys go to a body or to the page of an event; empty
// elsewhere.
func (h *handshake) fieldPath() string {
	switch {
	case h.onPage():
		return h.main.Path()
	case h.pane == layout.Payload && h.tab == tab.Body:
		return h.bodies[h.at.Seq].Path()
	}
	return ""
}

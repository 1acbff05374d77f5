package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/tab"
)

// folds says what a key after Z does.
const folds = "fold:  1 to 9 leaves so many levels open   Esc"

// folded is the body that the keys for folding go to; nil where what is shown does not fold, and why says so.
func (h *handshake) folded() (body *pane.Content, why string) {
	switch c := h.bodies[h.at.Seq]; {
	case h.tab != tab.Body || c == nil:
		return nil, "only the body folds: 1 shows it"
	case c.Doc.Mode() != render.Pretty:
		return nil, "only what is pretty-printed folds: p shows the body so, where it is JSON"
	default:
		return c, ""
	}
}

// foldTo leaves so many levels of the body open, or with 0 all of them. The cursor stays on its field, or on what hides
// it.
func (h *handshake) foldTo(levels int) {
	c, why := h.folded()
	if why != "" {
		return
	}
	offset := c.Doc.Offset(c.Cursor)
	if levels == 0 {
		c.Doc.UnfoldAll()
	} else {
		c.Doc.FoldAll(levels)
	}
	c.Cursor = c.Doc.At(offset)
	c.Settle()
}

// foldKey takes the key after Z.
func (m *Model) foldKey(msg tea.KeyMsg) {
	m.mode = browsing
	switch k := msg.String(); {
	case k == "esc" || m.screen == nil:
	case len(k) == 1 && k[0] >= '1' && k[0] <= '9':
		m.screen.foldTo(int(k[0] - '0'))
	default:
		m.notice = "Z is followed by 1 to 9"
	}
}

// fieldPath is the path of the field under the cursor, where the keys go to a body; empty elsewhere.
func (h *handshake) fieldPath() string {
	if h.pane != layout.Payload || h.tab != tab.Body {
		return ""
	}
	return h.bodies[h.at.Seq].Path()
}

package ui

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf16"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/export"
	"doorstep/ui/story"
)

// clipboardLimit is how many bytes terminals are known to take in one OSC 52, after base64.
const clipboardLimit = 74_994

// A copiedMsg tells what became of text for the clipboard.
type copiedMsg struct{ notice string }

// copyText sends text to the clipboard of the terminal with OSC 52, in one write. Nothing is ever read from there, and
// whether the terminal took it cannot be known: the message says only what was sent.
func copyText(w io.Writer, what, text string) tea.Cmd {
	return func() tea.Msg {
		if n := base64.StdEncoding.EncodedLen(len(text)); n > clipboardLimit {
			return copiedMsg{fmt.Sprintf("%s: %s is more than terminals take; w writes the recording to a file", what, story.Size(len(text)))}
		}
		seq := osc52.New(text)
		switch {
		case os.Getenv("TMUX") != "":
			seq = seq.Tmux()
		case os.Getenv("STY") != "":
			seq = seq.Screen()
		}
		if _, err := seq.WriteTo(w); err != nil {
			return copiedMsg{what + ": " + err.Error()}
		}
		return copiedMsg{fmt.Sprintf("%s: sent %d B to the terminal's clipboard (OSC 52)", what, len(text))}
	}
}

// yanks are what y can be followed by.
const yanks = "yank:  v value  p path  j jq path  c curl  r commands to redo the signatures  Esc"

// yanked returns what a key after y stands for, or why there is none.
func (h *handshake) yanked(key string) (what, text, problem string) {
	body := h.bodies[h.at.Seq]
	e := h.whole.Entry(h.at.Seq)
	switch key {
	case "v":
		if h.tab == eventsTab && h.main.events != nil {
			return h.main.events.yanked()
		}
		if body == nil {
			return "", "", "this row has no body"
		}
		return "value", string(body.doc.ValueAt(body.cursor)), ""
	case "p", "j":
		if body == nil || body.path() == "" {
			return "", "", "the cursor of the body is on no field"
		}
		if key == "p" {
			return "path", inertPointer(body.path()), ""
		}
		return "jq path", inertJQ(string(body.doc.JQAt(body.cursor))), ""
	case "c":
		if e == nil || e.Request == nil {
			return "", "", "curl is for requests: this row is none"
		}
		text, problem := story.Curl(h.trace(), e)
		return "curl", text, problem
	case "r":
		return h.redone()
	}
	return "", "", "y is followed by v, p, j, c or r"
}

// inertPointer gives a JSON pointer for the clipboard: as a URI fragment (RFC 6901, section 6) where a server chose a key that
// would do something where it is pasted.
func inertPointer(pointer string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/~-_.:@"
	if strings.Trim(pointer, plain) == "" {
		return pointer
	}
	var b strings.Builder
	b.WriteByte('#')
	for i := range len(pointer) {
		if strings.IndexByte(plain, pointer[i]) >= 0 {
			b.WriteByte(pointer[i])
			continue
		}
		fmt.Fprintf(&b, "%%%02X", pointer[i])
	}
	return b.String()
}

// inertJQ gives a jq path for the clipboard, with whatever ends or expands in quotes of a shell escaped within its strings: the
// same path to jq.
func inertJQ(path string) string {
	var b strings.Builder
	for _, r := range path {
		if r >= ' ' && r <= '~' && !strings.ContainsRune("'$`!", r) {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.String()
}

// redone returns the commands that work out again what the tab Sign, Rules or Events shows.
func (h *handshake) redone() (what, text, problem string) {
	s := h.scene()
	id, where := s.SignedEvent()
	if h.tab == eventsTab || h.tab == rulesTab {
		id, where = h.subject(s)
	}
	if w, ok := s.Work(id, where); ok {
		return "commands", strings.Join(export.Redo(w), "\n") + "\n", ""
	}
	return "", "", "no event is signed on this row"
}

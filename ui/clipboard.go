package ui

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
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
			return copiedMsg{fmt.Sprintf("%s: %s is more than terminals take; w writes the recording to a file", what, size(len(text)))}
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
	body := h.bodies[h.at.seq]
	e := h.whole.Entry(h.at.seq)
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
			return "path", body.path(), ""
		}
		return "jq path", string(body.doc.JQAt(body.cursor)), ""
	case "c":
		if e == nil || e.Request == nil {
			return "", "", "curl is for requests: this row is none"
		}
		text, problem := curl(h.trace(), e)
		return "curl", text, problem
	case "r":
		return h.redone()
	}
	return "", "", "y is followed by v, p, j, c or r"
}

// redone returns the commands that work out again what the tab Sign, Rules or Events shows.
func (h *handshake) redone() (what, text, problem string) {
	s := h.scene()
	id, where := s.signedEvent()
	if h.tab == eventsTab || h.tab == rulesTab {
		id, where = h.subject(s)
	}
	if w, ok := s.work(id, where); ok {
		return "commands", strings.Join(w.Redo, "\n") + "\n", ""
	}
	return "", "", "no event is signed on this row"
}

// curl writes a request as a command for a shell. Every argument is quoted; what a shell could not carry is refused. The
// signature is in no trace, so the command is one that servers turn down: it shows the way, it does not repeat the request.
func curl(t flow.Trace, e *flow.Entry) (command, problem string) {
	host, connect := e.Server, ""
	if d := flow.Fold(t).Destinations[e.Server]; len(d) > 0 && e.From == flow.Joining {
		host, connect = d[0].Host, d[0].Address
	}
	if host == "" {
		host = t.Header.Joining
	}
	args := []string{"curl", "-X", e.Request.Method, "https://" + host + e.Request.Target}
	if connect != "" {
		args = append(args, "--connect-to", "::"+connect)
	}
	for _, f := range e.Request.Header {
		if wanted(f) {
			args = append(args, "-H", f.Name+": "+f.Value)
		}
	}
	if len(e.Request.Body) > 0 {
		args = append(args, "--data-binary", string(e.Request.Body))
	}
	for i, a := range args {
		if len(a) > argumentLimit {
			return "", "curl: the request is larger than a command line takes"
		}
		if !utf8.ValidString(a) || strings.ContainsFunc(a, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
			return "", "curl: the request holds bytes that a command line cannot carry"
		}
		if i > 0 {
			args[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(args, " "), ""
}

// argumentLimit is how long one argument may be, in bytes: Linux takes 128 KiB, and quoting adds to it.
const argumentLimit = 100_000

// wanted leaves out the header fields that curl makes itself.
func wanted(f client.Field) bool {
	switch strings.ToLower(f.Name) {
	case "host", "content-length", "connection", "user-agent", "accept-encoding":
		return false
	}
	return true
}

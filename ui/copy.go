package ui

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/story"
)

// clipboardLimit is how many bytes terminals are known to take in one OSC 52, after base64.
const clipboardLimit = 74_994

// copyText sends text to the clipboard of the terminal with OSC 52, in one write. Nothing is ever read from there, and
// whether the terminal took it cannot be known: the message says only what was sent.
func copyText(w io.Writer, what, text string) tea.Cmd {
	return func() tea.Msg {
		if n := base64.StdEncoding.EncodedLen(len(text)); n > clipboardLimit {
			return copiedMsg{fmt.Sprintf("%s: %s is more than terminals take; w writes the recording to a file", what,
				story.Size(len(text)))}
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

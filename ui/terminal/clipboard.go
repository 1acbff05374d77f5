package terminal

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"

	"github.com/aymanbagabas/go-osc52/v2"

	"doorstep/ui/story"
)

// clipboardLimit is how many bytes terminals are known to take in one OSC 52, after base64.
const clipboardLimit = 74_994

// Copy sends text to the clipboard of the terminal with OSC 52, in one write, and says what was sent. Nothing is ever
// read from there, and whether the terminal took it cannot be known.
func Copy(w io.Writer, what, text string) string {
	if n := base64.StdEncoding.EncodedLen(len(text)); n > clipboardLimit {
		return fmt.Sprintf("%s: %s is more than terminals take: write the recording to a file instead", what,
			story.Size(len(text)))
	}
	seq := osc52.New(text)
	switch {
	case os.Getenv("TMUX") != "":
		seq = seq.Tmux()
	case os.Getenv("STY") != "":
		seq = seq.Screen()
	}
	if _, err := seq.WriteTo(w); err != nil {
		return what + ": " + err.Error()
	}
	return fmt.Sprintf("%s: sent %d B to the terminal's clipboard (OSC 52)", what, len(text))
}

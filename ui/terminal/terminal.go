// Package terminal knows the terminal: what the environment says it can do, and its clipboard.
package terminal

import (
	"io"
	"os"
	"regexp"

	"github.com/charmbracelet/x/term"
)

// ShowsScreen reports whether the screen can be shown: both ends are a terminal, and one that can do more than print
// lines.
func ShowsScreen() bool {
	switch os.Getenv("TERM") {
	case "", "dumb":
		return false
	}
	return os.Getenv("CI") == "" && term.IsTerminal(os.Stdin.Fd()) && term.IsTerminal(os.Stdout.Fd())
}

// LineWidth returns the width of the terminal that w writes to, in cells, where that can draw a line again; 0 where it
// cannot, or is none.
func LineWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) || os.Getenv("TERM") == "" || os.Getenv("TERM") == "dumb" {
		return 0
	}
	width, _, err := term.GetSize(f.Fd())
	if err != nil {
		return 0
	}
	return width
}

// SpeaksUTF8 reports whether the locale says that the terminal reads UTF-8. Where nothing is said, it does.
func SpeaksUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return utf8Locale.MatchString(v)
		}
	}
	return os.Getenv("TERM") != "linux"
}

// TakesLinks reports whether the terminal is none that is known to show the sequences of links (OSC 8) as text, or to
// stop at them. Most of the others ignore what they do not know.
func TakesLinks() bool {
	switch os.Getenv("TERM") {
	case "", "dumb", "linux", "vt100", "vt102", "vt220":
		return false
	}
	return os.Getenv("STY") == "" // GNU screen cuts frames at sequences longer than it keeps
}

var utf8Locale = regexp.MustCompile(`(?i)utf-?8`)

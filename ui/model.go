package ui

import (
	"context"
	"io"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/home"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
	"doorstep/ui/versus"
)

// A mode says what takes the keys.
type mode int

// The modes.
const (
	browsing   mode = iota // the home screen or a handshake
	helping                // the help
	asksLine               // a line of input
	yanking                // the key after y
	folding                // the key after Z
	confirming             // leave although a step is in flight?
	filling                // the form of a join
	choosing               // a list to choose from
	comparing              // two handshakes over what is shown
)

// A Model is the whole screen.
type Model struct {
	theme.Look
	o   Options
	ctx context.Context
	out io.Writer // where the clipboard sequence goes

	bindings []keymap.Binding

	width, height int
	mode          mode
	home          *home.Screen
	screen        *handshake // nil: the home screen is shown
	tour          *touring   // nil: no tour is gone on
	help          *helpScreen
	prompt        *prompt
	choice        *choice              // nil: no list is open
	recent        []home.Recording     // the user's own recordings, as far as they are known
	taken         func(string) tea.Cmd // what is done with a recording whose path is asked for
	others        past                 // paths of those that were compared
	comparison    int                  // of runs: the one that is being worked out; 0: none is
	versus        *versus.Model        // two handshakes that are compared, over what is shown
	form          *home.Form           // what was filled in last; nil: nothing was
	searches      past                 // what was searched for
	files         past                 // what recordings were written to
	notice        string
	unkept        bool // that progress in the tour cannot be kept was said
	puzzled       bool // a key that does nothing was told of, and no other has done anything since
	mouse         bool

	runs     int // handshakes opened so far
	starting context.CancelFunc
	quitting bool
	stopped  bool // Ctrl-c ended the program
}

package ui

import (
	"context"
	"io"

	"doorstep/ui/home"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
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
	altering               // the menu of what to do otherwise
	agreeing               // send what was edited to real servers?
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
	help          *helpScreen
	prompt        *prompt
	form          *home.Form // what was filled in last; nil: nothing was
	whatIf        *whatIf    // what the next step is to be; nil: nobody asked
	editing       editing    // how an editor is started
	searches      past       // what was searched for
	files         past       // what recordings were written to
	notice        string
	puzzled       bool // a key that does nothing was told of, and no other has done anything since
	mouse         bool

	runs     int // handshakes opened so far
	starting context.CancelFunc
	quitting bool
	stopped  bool // Ctrl-c ended the program
}

package ui

import (
	"context"
	"io"
	"os"
	"os/exec"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/alter"
	"doorstep/ui/home"
	"doorstep/ui/inspection"
	"doorstep/ui/keymap"
	"doorstep/ui/saving"
	"doorstep/ui/theme"
	"doorstep/ui/versus"
	"doorstep/ui/whatif"
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
	altering               // the menu of what to do otherwise
	agreeing               // send what was edited to real servers?
	keeping                // the menu of what can be written
	inspecting             // a recorded check over the home screen
)

// A Model is the whole screen.
type Model struct {
	theme.Look
	o   Options
	ctx context.Context
	out io.Writer // where the clipboard sequence goes

	after func(time.Duration, func(time.Time) tea.Msg) tea.Cmd // sends a message later

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
	check         *inspection.Model    // a recorded check, over the home screen; nil: none is shown
	form          *home.Form           // what was filled in last; nil: nothing was
	searches      past                 // what was searched for
	files         past                 // what was written to
	keep          *keep                // what can be written; nil: nobody asked
	// knowsRedaction says that the reader was told what redaction does.
	knowsRedaction bool
	whatIf         *whatIf      // what the next step is to be; nil: nobody asked
	waiting        *waiting     // what is told while nobody has come; nil: there is nothing
	holding        *heldAnswers // answers that are held; nil: none ever is
	editing        editing      // how an editor is started
	notice         string
	unkept         bool // that progress in the tour cannot be kept was said
	puzzled        bool // a key that does nothing was told of, and no other has done anything since
	mouse          bool

	runs     int // handshakes opened so far
	starting context.CancelFunc
	quitting bool
	stopped  bool // Ctrl-c ended the program
}

// A whatIf is a step that is to be done otherwise.
type whatIf struct {
	menu  *whatif.Menu
	at    int    // line of the screen that the menu begins on, as drawn last
	again bool   // the editor has the text once more, with what is wrong with it
	text  string // what is opened for editing; empty: the draft as it is

	draft alter.Draft // agreed to, once it is
	held  int         // the ID of the answer that it is about; 0: it is about the next step
}

// A keep is the menu of what can be written, of one handshake.
type keep struct {
	menu *saving.Menu
	of   *handshake
	top  int // the line of the screen that the menu begins on, as drawn last
}

// An editing is how an editor is found and started.
type editing struct {
	find func() (whatif.Editor, error)
	run  func(*exec.Cmd, tea.ExecCallback) tea.Cmd
}

// onTerminal edits in the user's editor, which gets the terminal.
var onTerminal = editing{
	find: func() (whatif.Editor, error) { return whatif.FindEditor(os.Getenv, exec.LookPath) },
	run:  tea.ExecProcess,
}

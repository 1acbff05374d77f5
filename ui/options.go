package ui

import (
	"context"

	"doorstep/flow/hold"
	"doorstep/flow/recording"
	"doorstep/ui/home"
	"doorstep/ui/keymap"
)

// A JoinForm makes a join on real servers of what was filled in.
type JoinForm struct {
	Profiles []home.Profile            // that it can be filled in with
	Check    func(home.Answers) error  // what is wrong with it, as the command line would say it
	Line     func(home.Answers) string // the command line that it amounts to; empty: it cannot be written
	Start    func(ctx context.Context, a home.Answers) (run Source, stop func(), err error)
}

// Options say what the screen offers and how it looks.
type Options struct {
	Theme string // one of render.Themes; empty: the first, or mono where there is no colour
	Color string // auto, always, never; empty: auto
	ASCII bool   // draw with ASCII only
	Mouse bool   // take the mouse
	Links bool   // make links of what is cited

	// Bindings are the keys, as Bindings gives them; nil: the usual ones.
	Bindings []keymap.Binding

	Strict    bool   // any failing check makes the exit code 4
	AllChecks bool   // what is written lists the checks that passed as well
	Tool      string // program and version, which a recording names that is redacted here

	// Scenarios can be started with Start, which returns the run and what ends it for good. Start may be nil where there
	// are no scenarios.
	Scenarios []home.Scenario
	Start     func(ctx context.Context, name string) (run Source, stop func(), err error)

	// Join is the form of a join on the user's own server; nil: it is not offered.
	Join *JoinForm

	// Waiting is what is told while nobody has come, before a Witnessed source that is at no place; nil: its empty ladder
	// is shown.
	Waiting func() WaitingFor
	// Hold is where answers of servers of ours wait until the reader lets them go; nil: there is none.
	Hold *hold.Queue

	// Confirm has the reader asked before a join is sent that other servers will see.
	Confirm bool

	// Tour is the guided tour; nil: it is not offered.
	Tour *Tour

	// Recordings can be opened with Open, which may go on reading while the screen shows what there is, until ctx ends.
	Recordings []home.Recording
	Open       func(ctx context.Context, name string) (*recording.Stream, error)

	// Recent lists the user's own recordings, newest first, and says in a line why there are none. It may take its time.
	// Nil: they are not offered.
	Recent func(ctx context.Context) (list []home.Recording, none string)

	// What to open at once, instead of the home screen: a scenario by its name, or a recording and the name it goes by.
	// Notice is shown with it.
	Scenario  string
	Recording string
	Recorded  *recording.Stream
	Notice    string
	FromStart bool // of the recording nothing is shown at first
}

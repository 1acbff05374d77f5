package ui

import (
	"context"

	"doorstep/flow"
	"doorstep/flow/live"
)

// A Scenario is one handshake that can be started from the home screen.
type Scenario struct {
	Name    string // as the command line spells it
	Title   string // one line
	Teaches string // what to look for
	Finding string // the ID of the finding it leads to; empty when nothing is wrong
}

// Options say what the screen offers and how it looks.
type Options struct {
	Theme string // dark, light, mono; empty: dark, or mono where there is no colour
	Color string // auto, always, never; empty: auto
	ASCII bool   // draw with ASCII only
	Mouse bool   // take the mouse

	Strict bool // any failing check makes the exit code 4

	// Scenarios can be started with Start, which returns the run and what ends it for good. Start may be nil where there
	// are no scenarios.
	Scenarios []Scenario
	Start     func(ctx context.Context, name string) (run Source, stop func(), err error)

	// Confirm has the reader asked before a join is sent that other servers will see.
	Confirm bool

	// Recordings can be opened with Open; notice says what is wrong with a recording that can be shown all the same.
	Recordings []string
	Open       func(name string) (t flow.Trace, notice string, err error)

	// What to open at once, instead of the home screen: a scenario by its name, or a trace and the name it goes by.
	// Notice is shown with it.
	Scenario  string
	Recording string
	Trace     *flow.Trace
	Notice    string
}

// replay is a recording as a source: all of it is there from the start.
type replay struct{ trace flow.Trace }

func (r replay) Trace() flow.Trace         { return r.trace }
func (r replay) Changed() <-chan struct{}  { return nil }
func (r replay) Step(context.Context) bool { return false }
func (r replay) Err() error                { return nil }

var _ Source = (*live.Run)(nil)

package ui

import "doorstep/flow"

// A startedMsg is a run that can be stepped through, or why there is none.
type startedMsg struct {
	run    int
	name   string
	src    Source
	stop   func()
	err    error
	direct bool
}

// An openedMsg is a recording that was read, or why it was not.
type openedMsg struct {
	name   string
	trace  flow.Trace
	notice string
	err    error
	direct bool
}

// A savedMsg tells what became of a recording that was to be written.
type savedMsg struct{ notice string }

// A copiedMsg tells what became of text for the clipboard.
type copiedMsg struct{ notice string }

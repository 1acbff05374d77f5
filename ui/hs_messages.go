package ui

import (
	"time"

	"doorstep/flow"
	"doorstep/render"
	"doorstep/ui/pane"
)

// A changedMsg tells that the trace has grown while a step goes on.
type changedMsg struct {
	id    int
	trace flow.Trace
}

// A steppedMsg tells that a step is done.
type steppedMsg struct {
	id    int
	trace flow.Trace
	did   bool
}

// A tickMsg asks for the counter of a step that goes on to be drawn again.
type tickMsg struct {
	id int
	at time.Time
}

// An eventsMsg brings a list of events that was made in the background.
type eventsMsg struct {
	id     int
	events *pane.Events
}

// A bodyMsg is a large body that has been read.
type bodyMsg struct {
	id, seq int
	doc     *render.Document
}

// A foundMsg is where a search ended.
type foundMsg struct {
	id          int
	seq, offset int // seq 0: nowhere
	wrapped     bool
}

package ui

import (
	"context"
	"time"

	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/hold"
	"doorstep/flow/recording"
	"doorstep/ui/home"
	"doorstep/ui/pane"
	"doorstep/ui/saving"
	uitour "doorstep/ui/tour"
)

// These are all messages but those of Bubble Tea. Each comes from a command that ran in the background. Model.Update
// takes them; those with an id are for the handshake that had that id when the command was made, and are dropped where
// another is on the screen by then (Model.of).

// A startedMsg is a run that can be stepped through, or why there is none. Model.start sends it. Model.started owes it
// a call of stop where nobody waits for the run any more, and else a screen.
type startedMsg struct {
	run    int // of Model.runs; another one there now: it was given up
	name   string
	src    Source
	stop   func() // ends the run for good; nil: there is none
	err    error
	direct bool // it was asked for on the command line

	confirm bool // the reader is asked before the join is sent
	filled  bool // it was filled in on a form
}

// An openedMsg is a recording that was read, or why it was not. Model.open and Model.Init send it; Model.opened owes it
// a screen, or the error as a notice.
type openedMsg struct {
	name     string
	recorded *recording.Stream
	shown    known // what is there to begin with
	notice   string
	err      error
	direct   bool
	stop     func() // ends the reading
}

// A changedMsg tells that the trace has grown while a step goes on or a recording is read. handshake.watch sends it;
// Model.changed owes it the next watch, or nothing more is heard of the run.
type changedMsg struct {
	id int
	known
}

// A readMsg tells that all there is of a recording is shown. handshake.watch sends it; Model.read says what is wrong
// with the recording, where something is.
type readMsg struct{ id int }

// A steppedMsg tells that a step is done. handshake.do sends it; handshake.stepped owes it the next step where all of
// them are to be done, and the question about the leave where one is held.
type steppedMsg struct {
	id int
	known
	did bool // there was a step to do
}

// A tickMsg asks for the counter of a step that goes on to be drawn again. handshake.tick sends it every tenth of a
// second; handshake.ticked owes it the next tick while the step goes on.
type tickMsg struct {
	id int
	at time.Time
}

// An eventsMsg brings a list of events that was too long to make while a frame waits. handshake.list sends it;
// handshake.listed keeps it.
type eventsMsg struct {
	id     int
	of     listOf
	events *pane.Events
}

// A playMsg says that it is time for the next entry of what is played. handshake.playOn sends it; handshake.played
// shows the entry, unless the reader went on in another way.
type playMsg struct{ id, turn int }

// A workedMsg brings what a list of events is to show, which took long to work out. handshake.pursue sends it;
// handshake.worked shows it, unless something else is wished for by then.
type workedMsg struct {
	id     int
	answer pane.Answer
}

// A findingsMsg brings the findings of a prefix, by its entries, that was too long to look through while a frame waits.
// handshake.diagnose sends it; handshake.findingsCame keeps it.
type findingsMsg struct {
	id, shown int
	findings  []diagnose.Finding
}

// A pairMsg brings how two documents compare that were too large to compare while a frame waits. handshake.compareOn
// sends it; handshake.pairCame keeps it.
type pairMsg struct {
	id      int
	pair    compare.Pair
	content *pane.Content
}

// A versusMsg is a comparison of two handshakes, or why there is none. Model.compareWith sends it; Model.versusCame
// opens it over the screen it was asked for on.
type versusMsg struct {
	run        int        // of Model.runs
	on         *handshake // nil: the home screen
	comparison compare.Comparison
	err        error
}

// A bodyMsg is a body that was too large to read while a frame waits. handshake.body sends it; handshake.loaded keeps
// it.
type bodyMsg struct {
	id, seq int
	content *pane.Content
}

// A foundMsg is where a search ended. handshake.seek sends it; Model.found goes there, unless another was asked for
// since.
type foundMsg struct {
	id, asked int
	at        match // the zero value: nowhere
	wrapped   bool
	back      bool // it went up
}

// A countedMsg tells how many matches of a search there are as far as they were counted. handshake.countOn sends it;
// handshake.settle owes it the next part, until all are counted.
type countedMsg struct {
	id     int
	search context.Context // of the search
	of     strawKey
	tally  tally
}

// A heldMsg tells which answers wait now, and which do no more although nobody let them go. Model.watchHeld sends it;
// Model.heldCame owes it the next watch.
type heldMsg struct {
	held []hold.Held
	gone []hold.Gone
	pace hold.Pace
	now  time.Time
}

// A waitMsg asks for the time that answers wait to be told again. Model.heldCame sends it every second while any waits.
type waitMsg struct{}

// An editedMsg brings the text that an editor left, or why there is none. Model.edit sends it; Model.edited owes it the
// step, the editor again, or the menu with what is wrong.
type editedMsg struct {
	id   int
	text string
	err  error
}

// An alteredMsg tells that a changed step is done, or why it was not, with the branch in which it is not done yet.
// handshake.alter sends it; Model.altered owes it a screen for the branch, or an end where nobody waits for it.
type alteredMsg struct {
	steppedMsg
	err error // why the step was not done

	fork    Source // nil: there is none
	stop    func() // ends the fork
	forkErr error  // why there is no fork, where there was to be one
}

// A recentMsg brings the user's own recordings, or why there are none. Model.lookForRecent sends it; the home screen
// offers them.
type recentMsg struct {
	list []home.Recording
	none string
}

// A tourMsg tells how far the reader is in the tour, and what is wrong with what was kept of that. Model.openTour sends
// it; Model.tourOpened shows the tour.
type tourMsg struct {
	progress uitour.Progress
	problem  string
	direct   bool // it was asked for on the command line
}

// A progressMsg tells that it was written how far the reader has come in the tour, or why not. Model.keepProgress sends
// it; Model.progressKept writes again what has changed since.
type progressMsg struct{ err error }

// A savedMsg tells what became of a file that was to be written. Model.save sends it; Model.saved tells the reader, in
// the menu if that is open still.
type savedMsg struct {
	keep   *keep
	result saving.Result
	err    error
}

// A copiedMsg tells what became of text for the clipboard: a notice. Model.yankKey sends it.
type copiedMsg struct{ notice string }

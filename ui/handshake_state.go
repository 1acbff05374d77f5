package ui

import (
	"context"
	"sync/atomic"
	"time"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/listing"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// known is a trace with what was worked out of it beside the screen, so that no frame waits for it.
type known struct {
	trace    flow.Trace
	state    flow.State
	findings []diagnose.Finding
	unkeyed  int // servers whose keys can be asked for again
}

// An attention remembers which of the two cursors that choose an event was moved last.
type attention struct {
	list   string // what the tab Events had selected
	body   string // where the cursor of the body of the answer was
	row    story.RowID
	byList bool
}

// A consent is the reader's leave to send the join, where one is needed: it cannot be taken back by closing the
// program.
type consent struct {
	needed bool
	asking bool // the question is on the screen
	given  bool
	denied bool
	goOn   bool // every step was to be done when the question came up
	leave  bool // the question is about a leave that would end something else than the join
	left   bool // ... and was answered
}

// asksLeave reports whether the reader has to say whether to leave: the leave that was asked for would end something
// else than our join.
func (c *consent) asksLeave(s flow.State) bool {
	return !c.left && story.Over(s) && s.HoldsLeave() != flow.NotHeld
}

// asks reports whether s may not go on before the reader has said so: the join is what would be sent next.
func (c *consent) asks(s flow.State) bool {
	if !c.needed || c.given {
		return false
	}
	step, ok := s.Next()
	return ok && step.ID == flow.A6
}

// A loading is a body that is being read.
type loading struct {
	size int
	read atomic.Int64
}

// A filtering is a filter of the list of events that is being typed.
type filtering struct {
	problems []listing.Problem
	offered  listing.Completion // what Tab goes through; no candidates: it begins anew
	chosen   int                // of them
}

// An opening is a page about an event that is to be opened over the list.
type opening struct {
	kind      pane.PageKind
	id, where string
}

// A pursuit is the work on what a list of events is to show, beside the screen.
type pursuit struct {
	wish   pane.Wish
	on     *pane.Events       // nil: nothing is being worked out
	cancel context.CancelFunc // of the work
}

// give gives the work up.
func (p *pursuit) give() {
	if p.cancel != nil {
		p.cancel()
	}
	*p = pursuit{}
}

// A search is what is looked for: where it was found last, and how often it is there as far as that has been counted.
type search struct {
	needle  render.Needle
	ctx     context.Context // ends when something else is searched for
	cancel  context.CancelFunc
	asked   int // how often was searched: an answer to an earlier one comes too late
	counted tally
	counts  bool // the next part is being counted
	of      strawKey

	found   match  // the zero value: nowhere yet
	wrapped bool   // on the way there it went around the end
	back    bool   // it went up
	tells   bool   // the reader is told of it
	goTo    bool   // what shows it is to be scrolled there
	onPage  string // what there is to tell of a search on a page over the list of events

	words  string // that tell it
	madeOf wordsKey
}

// A wordsKey is what the words about a search depend on.
type wordsKey struct {
	found         match
	next          spot
	shown, whole  int
	wrapped, back bool
}

// A rowCount is how many of all rows a filter leaves.
type rowCount struct{ left, of int }

// A level is what was shown before something was opened over it: Esc leads back there.
type level struct {
	before tabChoice
	to     tab.Tab    // what was opened
	page   bool       // ... as a page over the list of events
	pages  int        // there were before
	zoomed bool       // ... which had no room without the whole screen
	chosen chosenPair // what was compared before
	asked  asked      // what was explained before
	place  place      // where the reader was in a text or a diff
}

// A place is where the reader was in a text or a diff: where the cursor is, and the first line in view.
type place struct {
	of          contentKey
	cursor, top int
}

// A listOf says what a list of events is made of: the answer, and what its verification found, which is nil before it
// is verified. Of no answer it is the zero value.
type listOf struct {
	seq   int
	found *verify.Verification
}

// A playing is a trace being shown entry by entry, at a pace, without a key for each. Nothing ticks while none is.
type playing struct {
	on   bool
	turn int           // of the timer that is waited for: earlier ones are stale
	pace int           // of paces
	set  bool          // the reader chose the pace
	wait time.Duration // before the next entry
	cut  time.Duration // what that wait was shortened from; 0: it was not
}

// An asked is what the reader asked about, on a row; it is explained while a tab is shown: Why, or the one it is on.
type asked struct {
	row   story.RowID
	on    tab.Tab
	thing story.Pointed
}

// A tabChoice is the tab in use, whether the reader chose it, and where the keys went.
type tabChoice struct {
	tab    tab.Tab
	picked bool
	pane   layout.Pane
}

// A kin holds the branches of one handshake, the one that was opened first. Each further one began when a step was
// edited, and goes along without that edit.
type kin struct{ all []*handshake }

// A chosenPair is the pair of documents that the reader chose to compare, on a row.
type chosenPair struct {
	row    story.RowID
	choice story.PairChoice
}

// A comparedPair is how the documents of a pair compare; no content: that is being worked out.
type comparedPair struct {
	pair    compare.Pair
	content *pane.Content
}

// marksKept is how many rows stay marked: as many as can be compared.
const marksKept = 2

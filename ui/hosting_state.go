package ui

import (
	"time"

	"doorstep/flow/hold"
)

// A WaitingFor is what the screen says while nobody has come: what is waited for, and what whoever comes has to know.
type WaitingFor struct {
	Name  string // what is shown, in a few words
	Title string // in a sentence: what is waited for
	Facts []Fact
	Notes []string // sentences, below
}

// A Fact is a line that says where something is. It may be copied by a key after y.
type Fact struct {
	Key   string // empty: it is not copied
	Label string
	Value string // as it is copied
	Lines bool   // it is shown in as many lines as it takes, not cut: a command
}

// A waiting is what is told while nobody has come.
type waiting struct {
	told  func() WaitingFor
	shows bool // it is shown, although somebody has come
	top   int  // the first line in view
}

// heldAnswers are what the screen knows of the answers of our servers that wait to be let go.
type heldAnswers struct {
	queue   *hold.Queue
	changed <-chan struct{} // of the queue; nil: nobody listens
	held    []hold.Held
	pace    hold.Pace
	now     time.Time // as last told
	ticks   bool      // the time that they wait is being counted
}

// waits reports whether an answer is held still.
func (h *heldAnswers) waits(id int) bool {
	for _, held := range h.held {
		if held.ID == id {
			return true
		}
	}
	return false
}

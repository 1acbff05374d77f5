package ui

import (
	"context"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/live"
	"doorstep/flow/recording"
)

// A Source is what the handshake screen shows: a live run or a recording. *live.Run is one.
type Source interface {
	// Trace returns the trace so far; it is never changed, later entries are in later traces.
	Trace() flow.Trace
	// Changed receives a value after entries were appended; nil where nothing ever is.
	Changed() <-chan struct{}
	// Step does the next step and returns when it is done; false when there was none to do.
	Step(ctx context.Context) bool
	// Progress returns how far the step that is being done has got; of Nothing where that is not known.
	Progress() flow.Progress
	// Again asks once more for keys that are missing and verifies the answer again; false where nothing is missing.
	Again(ctx context.Context) bool
	// Err returns what keeps the entries from being recorded; nil: nothing does.
	Err() error
}

// An Alterable is a source whose next step can be changed before it is done. *live.Run is one.
type Alterable interface {
	// Draft returns what the next step would send or sign.
	Draft() (alter.Draft, error)
	// StepAltered does the next step as the draft says. It errs, and has done nothing, when that cannot be done.
	StepAltered(ctx context.Context, d alter.Draft, c live.Consent) error
}

// A Forking source can go two ways from where it is: one with a change, and one without.
type Forking interface {
	// Known is what a ready change of the next step may need to know.
	Known() alter.Known
	// Fork returns an equal run that has come to the same step, and what ends it.
	Fork(ctx context.Context) (run Source, stop func(), err error)
}

// A Witnessed source is one of several handshakes that others do, and that are shown while they happen: what passes a
// tap. One that is at no place stands for them before there is any.
type Witnessed interface {
	Source
	// Over reports whether nothing more comes of it.
	Over() bool
	// Following returns the one that comes after it, the first after the last; false where there is no other.
	Following() (Source, bool)
	// Place says which it is, from 1, and how many there are by now.
	Place() (at, of int)
}

// replay is a recording as a source.
type replay struct{ *recording.Stream }

func (r replay) Step(context.Context) bool  { return false }
func (r replay) Again(context.Context) bool { return false }
func (r replay) Err() error                 { return nil } // nothing of it is being recorded

var (
	_ Source    = (*live.Run)(nil)
	_ Alterable = (*live.Run)(nil)
)

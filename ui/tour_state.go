package ui

import (
	"context"

	"doorstep/flow/tour"
	uitour "doorstep/ui/tour"
)

// A Tour is the guided tour: its stops, how far the reader has come, and what starts its handshakes.
type Tour struct {
	Chapters []tour.Chapter
	Progress func() (p uitour.Progress, problem string) // as it was kept; and what is wrong with that
	Save     func(uitour.Progress) error                // nil: it is not kept
	Start    func(ctx context.Context, name string) (run Source, stop func(), err error)

	Open    bool   // at once, instead of the home screen
	Chapter string // which one to begin with; empty: the contents are shown
}

// A touring is a tour that goes on. While it is at a stop, the handshake is on the screen above the panel.
type touring struct {
	contents *uitour.Contents
	panel    *uitour.Panel // nil: the contents are shown
	chapter  int
	stop     int
	onTheWay bool // to the stop: steps are being done
	stepped  bool // one was done on the way there
	had      int  // entries there were before it
	focus    bool // the panel has the keys
	height   int  // of the screen that room was made on; 0: none was
	direct   bool // it was asked for on the command line: leaving it quits

	saving, unsaved bool // progress is being written, and has changed since
}

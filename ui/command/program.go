package command

import (
	"io"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/kept"
	"doorstep/flow/otlp"
	"doorstep/flow/safely"
	"doorstep/ui/keymap"
	"doorstep/ui/settings"
)

// program is what the commands share: where they write, the flags that mean the same everywhere, the exit code.
type program struct {
	stdout, stderr io.Writer
	output         *standardOutput // stdout, and whether it can be written
	meter          *meter          // on stderr
	signals        *signals
	code           int
	reported       bool                              // there is a report, and code is its
	outcome        string                            // of the report, in a word
	stays          atomic.Bool                       // see stay
	settles        chan time.Duration                // it stays no longer: see settled
	writing        atomic.Pointer[safely.WriteError] // of the file that is being written, should it end now; nil: none is
	lastWords      lastWords
	keeping        atomic.Pointer[keeping] // of the run that began last
	ending         atomic.Bool             // after a panic
	faults         atomic.Int64            // how many panics were contained
	fault          atomic.Pointer[client.Panic]
	// how a join of this command line is taken back; nil: as the trace knows it
	undo func(room, server string) []string

	form *form // the form of output that was asked for; nil: none was

	allChecks, strict bool
	linear            bool // the screen as lines that are answered
	record            string
	unkept            []*keeping      // how the runs of a screen were recorded
	noticed           map[string]bool // what noticeOnce has said
	uncopied          bool            // the copy that a recording was opened for could not be written
	force             bool
	noRecord          bool
	last              atomic.Pointer[visit] // what the screen showed last
	ascii             bool
	theme, color      string
	noMouse           bool
	noLinks           bool
	settings          inForce
	collector         *otlp.Collector     // takes handshakes as traces; nil: none was named
	unsent            []func() flow.Trace // what the screen showed, and has to go to the collector
}

// A visit is what the screen showed: a run and how it was recorded, or a recording and the name it goes by.
type visit struct {
	trace   func() flow.Trace
	keeping *keeping // nil: it is a recording
	name    string
}

// A form is a form of output, chosen by the flag of its name: a reader of traces that writes what it takes in.
type form struct {
	name, says string
	json       bool // it is JSON: what is no handshake is written as JSON, too
	open       func(p *program, w io.Writer) export.Reader
}

// inForce is what is settled for one run of the program, and by whom.
type inForce struct {
	settings.Values
	path     string            // of the file; empty: no folder for it is known
	there    bool              // it exists
	from     map[string]string // by setting: who says so; what is not in it is as it is by default
	bindings []keymap.Binding
	problems []string // what of it cannot be had, a line each
}

// A keeping is how a run is recorded: in the file of --record, otherwise among those that are kept of themselves,
// unless
type keeping struct {
	asked *export.Recorder // for --record; nil: it was not given
	file  string           // of --record
	own   *kept.Recorder   // nil: --record or --no-record was given
}

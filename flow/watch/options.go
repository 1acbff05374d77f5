package watch

import (
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// The defaults.
const (
	DefaultQuiet    = 2 * time.Second
	DefaultPatience = 10 * time.Minute
	DefaultMost     = 100
)

// What is kept of joins that are over, for Joins: the last ones, within these bounds.
const (
	mostOver      = 100
	mostOverBytes = 256 << 20
)

// Counts say what has been seen.
type Counts struct {
	Joins  int // that have begun
	Over   int // of them, over
	Lost   int // not followed: too many at once
	Parts  int // exchanges that could be part of a join
	Others int // other exchanges, which whoever watches tells of (see Other)
}

// An Answer is what came of a request.
type Answer struct {
	Response   *client.Response
	Failure    *client.Failure    // nil: the response is whole
	Connection *client.Connection // what carried the request; nil: not known
	Unkept     bool               // a response came and was not kept
	Instead    *flow.Altered      // what would have been answered, where that was changed; nil: it was not
	Held       time.Duration      // how long it was held before it was given
	Altered    bool               // its body is not as it was on the wire: it was packed
	At         time.Time          // when it was whole; zero: now
	By         string             // flow.ByTap where it was not the watched server that answered; empty: it was
}

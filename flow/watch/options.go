package watch

import (
	"cmp"
	"context"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/traffic"
)

// Options say how joins are followed.
type Options struct {
	Tool   string // program and version, for the headers of traces
	Source string // flow.SourceTap or flow.SourceHost
	By     string // what watches, for flow.Imported.By; may be empty
	Title  string // of every trace; empty: none

	// Lookups has a join begin with the question which room an alias is. Who joins is not known then until make_join
	// comes, and Header.User is empty so long.
	Lookups bool

	// OnJoin is called when a join has begun, in a goroutine of the join's own, before its sinks hear of anything.
	OnJoin func(*Join)
	// OnOver is called when a join is over and its sinks have heard of everything, in the same goroutine, before Done.
	OnOver func(*Join)

	// Fetch returns the exchanges by which key documents of servers were fetched, as told by their field By; nil: nobody
	// fetches any. It is called once the join is over, for servers whose signatures cannot be checked.
	Fetch func(ctx context.Context, servers []string) []traffic.Exchange

	Quiet    time.Duration    // how long nothing comes of a join that is over; 0: DefaultQuiet
	Patience time.Duration    // how long the join is waited for that is made of a protoevent; 0: DefaultPatience
	Most     int              // joins at once; 0: DefaultMost
	Now      func() time.Time // nil: the system's clock
}

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

func (o Options) withDefaults() Options {
	o.Quiet = cmp.Or(o.Quiet, DefaultQuiet)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	o.Most = cmp.Or(o.Most, DefaultMost)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnJoin == nil {
		o.OnJoin = func(*Join) {}
	}
	if o.OnOver == nil {
		o.OnOver = func(*Join) {}
	}
	return o
}

// header is what the headers of all traces have in common.
func (o Options) header() flow.Header {
	return flow.Header{Tool: o.Tool, Source: o.Source, Title: o.Title, Imported: &flow.Imported{From: o.Source, By: o.By}}
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

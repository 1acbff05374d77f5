package homelog

import (
	"errors"
	"fmt"
	"io"
	"time"

	"doorstep/flow"
)

// The homeservers whose logs are read.
const (
	Synapse  = "Synapse"
	Dendrite = "Dendrite"
)

// ErrNoJoin tells that a log holds no remote join.
var ErrNoJoin = errors.New("no remote join is in it")

// A Log is what was found in one.
type Log struct {
	Joins   []*Join
	By      string // the homeserver that wrote it: Synapse or Dendrite
	Version string // as the log says; empty: it does not
	Lines   int
	Lost    int // joins before those that are kept

	own string
}

// Read reads a log, gzip or not, and finds the joins. The error is ErrNoJoin, wrapped, where all is well and there is
// none; where the log breaks off, what came before counts.
func Read(r io.Reader) (*Log, error) { return readWithin(r, usualLimits) }

func readWithin(r io.Reader, l limits) (*Log, error) {
	in, err := newReader(r, l)
	if err != nil {
		return nil, err
	}
	out, f := &Log{}, newFinder(l)
	var taken int64 // bytes of lines since joins were shed
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		} else if err != nil {
			return nil, err
		}
		out.take(f, line, in.number)
		if taken += int64(len(line)); taken > l.held/8 {
			f.shed()
			taken = 0
		}
	}
	f.shed()
	f.finish()
	out.Joins, out.Version, out.Lines, out.Lost, out.own = f.found, f.version, in.number, f.lost, f.own
	switch {
	case out.By == "":
		return nil, fmt.Errorf("%w: none of its %d lines is one of Synapse's or Dendrite's", ErrNoJoin, out.Lines)
	case len(out.Joins) == 0:
		return nil, fmt.Errorf("%w: there are %d lines, of a log of %s, and none tells of one", ErrNoJoin, out.Lines, out.By)
	}
	return out, nil
}

// take takes in a line. The first that is a homeserver's says whose log it is.
func (l *Log) take(f *finder, line string, number int) {
	if l.By != Dendrite {
		if r, ok := synapseRecord(line, number); ok {
			l.By = Synapse
			f.synapse(&r)
			return
		}
	}
	if l.By != Synapse {
		if r, ok := dendriteRecord(line, number); ok {
			l.By = Dendrite
			f.dendrite(&r)
		}
	}
}

// Trace makes the trace of a join, by its number from 1. tool is the program that does so, for its header.
func (l *Log) Trace(n int, tool string) (flow.Trace, error) {
	if n < 1 || n > len(l.Joins) {
		return flow.Trace{}, errors.New("there is no such join")
	}
	return l.rebuild(l.Joins[n-1], tool), nil
}

// Words name the homeserver that wrote a log, with its version.
func (l *Log) Words() string {
	if l.Version == "" {
		return l.By + " (its version is not in the log)"
	}
	return l.By + " " + l.Version
}

// longest is how long a join may take, as far as a trace of it can say.
const longest = 24 * time.Hour

package har

import (
	"errors"
	"fmt"
	"io"

	"doorstep/flow"
)

// An Archive is what has been found in one.
type Archive struct {
	Handshakes []*Handshake
	Entries    int // exchanges in it, whatever they are
	Unclaimed  int // joins that a client asked for and nothing followed: who joins is not in the file

	// Changed says why an archive that was made of a recording is read like any other; nil: it is not, or it was none.
	Changed error

	trace *flow.Trace // the recording that it was made of
	read  *archive
}

// Read reads an archive, up to 4 GiB of it, and finds the handshakes. The error says where something is wrong; it is
// ErrNoHandshake, wrapped, where all is well and there is none.
func Read(r io.Reader) (*Archive, error) { return readWithin(r, usualLimits) }

func readWithin(r io.Reader, l limits) (*Archive, error) {
	in, err := read(r, l)
	if err != nil {
		return nil, err
	}
	a := &Archive{Entries: in.entries, read: in}
	if in.trace != nil {
		t, err := in.own()
		if err == nil {
			a.trace = &t
			a.Handshakes = []*Handshake{summary(t)}
			return a, nil
		}
		a.Changed = err
		in.forget()
	}
	if in.creator.Name == "mitmproxy" {
		for i := range in.kept {
			in.kept[i].byParts()
		}
	}
	f := find(in.kept)
	a.Handshakes, a.Unclaimed = f.found, f.unclaimed
	switch {
	case len(a.Handshakes) > 0:
		return a, nil
	case a.Unclaimed > 0:
		return nil, fmt.Errorf("%w: there are %d exchanges, and clients that ask to join; of the servers between them "+
			"there is no make_join or send_join", ErrNoHandshake, a.Entries)
	}
	return nil, fmt.Errorf("%w: there are %d exchanges, and no make_join or send_join among them", ErrNoHandshake,
		a.Entries)
}

// summary tells of a recording what is told of a handshake.
func summary(t flow.Trace) *Handshake {
	h := &Handshake{User: t.Header.User, Target: t.Header.Target, Began: t.Header.Created}
	for i := range t.Entries {
		if e := &t.Entries[i]; (e.Step == flow.A5 || e.Step == flow.A7) && e.Response != nil {
			h.Status = e.Response.Status
		}
	}
	return h
}

// forget makes the exchanges those of any program.
func (a *archive) forget() {
	for i := range a.kept {
		a.kept[i].disown()
	}
}

// Recorded reports whether the archive was made of a recording, which it gives back.
func (a *Archive) Recorded() bool { return a.trace != nil }

// Trace makes the trace of a handshake, by its number from 1. tool is the program that does so, for its header.
func (a *Archive) Trace(n int, tool string) (flow.Trace, error) {
	if n < 1 || n > len(a.Handshakes) {
		return flow.Trace{}, errors.New("there is no such handshake")
	}
	if a.trace != nil {
		return *a.trace, nil
	}
	return rebuild(a.Handshakes[n-1], a.read.kept, a.read.creator, tool), nil
}

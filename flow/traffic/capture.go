package traffic

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"doorstep/flow"
	"doorstep/flow/wording"
)

// A Source says where exchanges come from.
type Source struct {
	From string // the form of the file, as flow.Imported has it
	By   string // the program that wrote it, and its version; empty: it does not say
}

// A Capture is what has been found in a file.
type Capture struct {
	Handshakes []*Handshake
	Entries    int // exchanges in it, whatever they are
	Unclaimed  int // joins that a client asked for and nothing followed: who joins is not in the file

	// Changed says why a file that was made of a recording is read like any other; nil: it is not, or it was none.
	Changed error

	// Cut says where the file ends inside something; nil: it does not. What came before that was read.
	Cut error

	trace *flow.Trace // the recording that it was made of
	all   []Exchange
	from  Source
}

// ErrNoHandshake tells that a file holds no handshake.
var ErrNoHandshake = errors.New("no handshake is in it")

// Find finds the handshakes among exchanges; entries is how many there were in the file, of whatever kind. The error is
// ErrNoHandshake, wrapped, where there is none.
func Find(all []Exchange, from Source, entries int) (*Capture, error) {
	f := find(all)
	c := &Capture{Handshakes: f.found, Entries: entries, Unclaimed: f.unclaimed, all: all, from: from}
	switch {
	case len(c.Handshakes) > 0:
		return c, nil
	case c.Unclaimed > 0:
		return nil, fmt.Errorf("%w: there are %d exchanges, and clients that ask to join: %s; of the servers between "+
			"them there is no make_join or send_join, which only their own traffic shows", ErrNoHandshake, entries,
			askedFor(all))
	}
	return nil, fmt.Errorf("%w: there are %d exchanges, and no make_join or send_join among them%s", ErrNoHandshake,
		entries, others(all))
}

// Whole is a file that was made of a recording and gives it back.
func Whole(t flow.Trace, entries int) *Capture {
	return &Capture{Handshakes: []*Handshake{summary(t)}, Entries: entries, trace: &t}
}

// most is how many things are named in an error.
const most = 3

// askedFor names what clients ask to join, and how they were answered.
func askedFor(all []Exchange) string {
	var out []string
	n := 0
	for i := range all {
		x := &all[i]
		if arrow, _, _ := flow.ArrowOf(x.Request.Endpoint); arrow != flow.A1 {
			continue
		}
		if n++; n > most {
			continue
		}
		said := "no answer"
		if x.Response != nil {
			said = strconv.Itoa(x.Response.Status)
		}
		out = append(out, fmt.Sprintf("%q (%s)", Clip(x.Names[0]), said))
	}
	if n > most {
		out = append(out, fmt.Sprintf("%d more", n-most))
	}
	return strings.Join(out, ", ")
}

// others says what there is that lies under the arrows of a join.
func others(all []Exchange) string {
	n := 0
	for i := range all {
		if all[i].Request.Endpoint != "" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return "; " + wording.Count(n, "request") + " there could be part of one"
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

// Recorded reports whether the file was made of a recording, which it gives back.
func (c *Capture) Recorded() bool { return c.trace != nil }

// Trace makes the trace of a handshake, by its number from 1. tool is the program that does so, for its header.
func (c *Capture) Trace(n int, tool string) (flow.Trace, error) {
	if n < 1 || n > len(c.Handshakes) {
		return flow.Trace{}, errors.New("there is no such handshake")
	}
	if c.trace != nil {
		return *c.trace, nil
	}
	return rebuild(c.Handshakes[n-1], c.all, c.from, tool), nil
}

// Clip cuts a text of a file for a sentence.
func Clip(s string) string {
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

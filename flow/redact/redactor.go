package redact

import (
	"doorstep/flow"
	"doorstep/flow/event"
)

// A redactor takes one trace apart.
type redactor struct {
	names    names
	counts   map[flow.RemovedKind]int // of what is emptied
	versions []*event.Version
	found    [][]byte
	pdus     map[string]pdu
	trial    bool            // what comes out is thrown away: names are looked for
	room     []byte          // for the bodies of a trial
	left     int             // bytes of a body of a trial that are not in room
	sizes    map[extent]int  // of the bodies that are JSON: how long they were in the trial
	words    map[string]bool // what known said of texts, see there
	// rename gives an event of the trace its pseudonym; it is called for those that are in pdus.
	rename func(id string)
}

func (r *redactor) count(kind flow.RemovedKind) { r.counts[kind]++ }

// An extent is where a body is in memory.
type extent struct {
	first *byte
	size  int
}

// A pdu is an event of the trace whose ID is its hash.
type pdu struct {
	raw     []byte
	version *event.Version
}

func each[T any](list []T, f func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

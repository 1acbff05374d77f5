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
	trial    bool   // what comes out is thrown away: names are looked for
	room     []byte // for the bodies of a trial
	// rename gives an event of the trace its pseudonym; it is called for those that are in pdus.
	rename func(id string)
}

func (r *redactor) count(kind flow.RemovedKind) { r.counts[kind]++ }

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

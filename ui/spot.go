package ui

import (
	"doorstep/flow/verify"
	"doorstep/ui/tab"
)

// A part is one of the texts of an entry that are searched, in the order in which they are.
type part int

// The parts. The findings are not those of one entry: they come before the first, as entry 0.
const (
	inFindings part = iota
	inHead
	inBody
	inChecks
	parts
)

// tab is the tab that shows a part.
func (p part) tab() tab.Tab { return [parts]tab.Tab{tab.Found, tab.Head, tab.Body, tab.Checks}[p] }

func (p part) String() string { return [parts]string{"findings", "head", "body", "checks"}[p] }

// A spot is a byte in a part of an entry.
type spot struct {
	seq    int
	part   part
	offset int
}

func (s spot) before(o spot) bool {
	switch {
	case s.seq != o.seq:
		return s.seq < o.seq
	case s.part != o.part:
		return s.part < o.part
	}
	return s.offset < o.offset
}

// next is the beginning of the part after that of s.
func (s spot) next() spot {
	if s.seq > 0 && s.part+1 < parts {
		return spot{s.seq, s.part + 1, 0}
	}
	return spot{s.seq + 1, inHead, 0}
}

// A strawKey says what the texts depend on besides the entries.
type strawKey struct {
	findings     int
	shown        int
	verification *verify.Verification
}

// A match is where something was found: its first byte, and where in the same text it ends.
type match struct {
	spot
	end int
}

// A tally counts the matches in a haystack, from the first on.
type tally struct {
	next   spot    // where it goes on
	n      int     // matches so far
	blocks []block // those with matches
}

// A block is a part of a text that begins outside of any match, and goes on to the next.
type block struct {
	from   spot
	before int // matches before it
}

package ui

import (
	"doorstep/flow"
	"doorstep/flow/verify"
	"doorstep/ui/story"
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

// A haystack is what is searched: the texts of a trace, as the tabs show them, bodies as they came.
type haystack struct {
	scene    story.Scene
	failures map[int]int // by the requests they ended
	at       spot        // of text, which was made last
	text     []byte
}

// A strawKey says what the texts depend on besides the entries.
type strawKey struct {
	findings     int
	shown        int
	verification *verify.Verification
}

// haystack is what is searched of t.
func (h *handshake) haystack(t flow.Trace) *haystack {
	y := &haystack{failures: map[int]int{}, scene: story.Scene{Look: h.Look, Phrases: story.Phrases{Signs: h.Signs},
		Trace: t, State: h.story.State, Findings: h.findings}}
	for i := range t.Entries {
		if e := &t.Entries[i]; ended(e) > 0 {
			y.failures[ended(e)] = e.Seq
		}
	}
	return y
}

// ended is the request that an entry ends without an answer, on whose row it is told; 0: none.
func ended(e *flow.Entry) int {
	if e.Kind == flow.Failure && e.Response == nil {
		return e.Answers
	}
	return 0
}

// last is the last entry.
func (y *haystack) last() int { return len(y.scene.Trace.Entries) }

// at returns the text that s is in; nil where there is none.
func (y *haystack) in(s spot) []byte {
	e := y.scene.Trace.Entry(s.seq)
	if e != nil && s.part == inBody { // it is there already
		return story.Payload(e)
	}
	if from := (spot{s.seq, s.part, 0}); y.text == nil || y.at != from {
		y.at, y.text = from, y.made(e, s)
	}
	return y.text
}

func (y *haystack) made(e *flow.Entry, s spot) []byte {
	scene := y.scene
	scene.Row = story.Row{ID: story.RowID{Seq: s.seq}, Failure: y.failures[s.seq]}
	switch {
	case s.part == inFindings && s.seq == 0 && len(scene.Findings) > 0:
		return scene.FindingsText().Bytes()
	case e == nil || ended(e) > 0:
	case s.part == inHead:
		return scene.Head().Bytes()
	case s.part == inChecks && brings(e) && scene.LacksChecks() == "":
		return scene.ChecksText().Bytes()
	}
	return []byte{}
}

// brings reports whether the checks that the tab shows on the row of an entry are its own.
func brings(e *flow.Entry) bool {
	return e.Step == flow.L2 || (e.Step == flow.A5 || e.Step == flow.U2) && e.Response != nil
}

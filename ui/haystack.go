package ui

import (
	"doorstep/flow"
	"doorstep/ui/story"
)

// A haystack is what is searched: the texts of a trace, as the tabs show them, bodies as they came.
type haystack struct {
	scene    story.Scene
	failures map[int]int // by the requests they ended
	at       spot        // of text, which was made last
	text     []byte
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

package ui

import (
	"maps"
	"slices"

	"doorstep/flow"
)

// A phaser places entries in phases, one after the other. What lies under an arrow belongs to the phase of the arrow.
type phaser struct {
	now      stretch
	times    map[phase]int // how many stretches of a phase there were
	asked    map[int]phase // our requests that have no answer yet, by Seq
	built    bool          // our join was made (L1)
	replied  bool          // send_join was answered (A7)
	answered bool          // the client was (A8)
	undoing  bool          // the leave has begun
}

func newPhaser() phaser { return phaser{times: map[phase]int{}, asked: map[int]phase{}} }

// place returns the stretch of an entry, which comes after all that were placed before.
func (p *phaser) place(e *flow.Entry) stretch {
	at := p.phaseOf(e)
	if at != p.now.phase {
		p.now = stretch{at, p.times[at]}
		p.times[at]++
	}
	p.note(e)
	return p.now
}

func (p *phaser) note(e *flow.Entry) {
	switch e.Step {
	case flow.L1:
		p.built = true
	case flow.A7:
		p.replied = true
	case flow.A8:
		p.answered = true
	case flow.U1, flow.U3:
		p.undoing = true
	}
	if e.Kind == flow.Request && e.From == flow.Joining {
		p.asked[e.Seq] = p.now.phase
	}
	delete(p.asked, e.Answers)
}

// phaseOf returns the phase an entry belongs to.
func (p *phaser) phaseOf(e *flow.Entry) phase {
	switch e.Step {
	case flow.A1:
		return asking
	case flow.A2, flow.A3:
		return finding
	case flow.A4, flow.A5:
		return making
	case flow.L1:
		if e.Build != nil && e.Build.Membership == "leave" {
			return leaving
		}
		return building
	case flow.A6, flow.A7:
		return sending
	case flow.L2:
		return verifying
	case flow.A8:
		return answering
	case flow.U1, flow.U2, flow.U3, flow.U4:
		return leaving
	}
	if at, ok := p.asked[e.Answers]; ok && e.Answers > 0 {
		return at
	}
	if e.From != flow.Joining || e.Kind != flow.Request && e.Kind != flow.Local {
		return p.under()
	}
	return p.towards(e.To)
}

// under is the phase of what others ask of us: that of the request of ours which has no answer yet, of several the
// last.
func (p *phaser) under() phase {
	if len(p.asked) > 0 {
		return p.asked[slices.Max(slices.Collect(maps.Keys(p.asked)))]
	}
	switch {
	case p.undoing:
		return leaving
	case p.answered:
		return after
	case p.now.phase == noPhase:
		return inviting
	}
	return p.now.phase
}

// towards is the phase of what we do to reach a server of that role, or to fetch its keys.
func (p *phaser) towards(to flow.Role) phase {
	switch {
	case p.undoing:
		return leaving
	case p.answered:
		return after
	case p.now.phase <= inviting:
		return inviting
	case p.replied:
		return verifying
	case p.built:
		return sending
	case to == flow.Directory:
		return finding
	case to == flow.Resident:
		return making
	}
	return p.now.phase
}

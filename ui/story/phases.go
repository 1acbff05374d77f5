package story

import (
	"maps"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/explain"
)

// A Phase is a stretch of the handshake with a purpose of its own.
type Phase int

// The phases, in order.
const (
	NoPhase Phase = iota
	inviting
	Asking
	Finding
	Making
	building
	Sending
	Verifying
	Answering
	After
	Leaving
)

func (p Phase) String() string {
	return [...]string{"", "An invite comes first", "The client asks", "Find the room", "make_join: ask for a protoevent",
		"Build and sign the join event",
		"send_join: submit it", "Verify what came back", "Answer the client", "After the handshake", "Leave again"}[p]
}

// In is the name of a phase in a handshake: a leave may also reject an invite.
func (p Phase) In(h flow.Header) string {
	if p == Leaving && h.Reject {
		return "Reject the invite"
	}
	return p.String()
}

// A Stretch is a run of rows of one phase: a handshake may come back to a phase, as to the directory when no candidate
// that was known has helped.
type Stretch struct {
	Phase Phase
	nth   int // from 0
}

// A phaser places entries in phases, one after the other. What lies under an arrow belongs to the phase of the arrow.
type phaser struct {
	now      Stretch
	times    map[Phase]int // how many stretches of a phase there were
	asked    map[int]Phase // our requests that have no answer yet, by Seq
	built    bool          // our join was made (L1)
	replied  bool          // send_join was answered (A7)
	answered bool          // the client was (A8)
	undoing  bool          // the leave has begun
	invited  bool          // what comes before the first step is about an invite
}

func newPhaser(t flow.Trace) phaser {
	return phaser{times: map[Phase]int{}, asked: map[int]Phase{}, invited: beginsInvited(t)}
}

// beginsInvited reports whether a handshake waits for an invite, or has one before its first step. Without one, what
// comes before that step leads to it: whoever watches a server may see first that the other one asks for keys.
func beginsInvited(t flow.Trace) bool {
	if t.Header.WaitInvite > 0 {
		return true
	}
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Step != flow.R {
			return false
		}
		if e.Request == nil {
			continue
		}
		switch e.Request.Endpoint {
		case client.Invite, client.InviteV1, client.OnBind, client.ExchangeInvite:
			return true
		}
	}
	return false
}

// place returns the stretch of an entry, which comes after all that were placed before.
func (p *phaser) place(e *flow.Entry) Stretch {
	at := p.phaseOf(e)
	if at != p.now.Phase {
		p.now = Stretch{at, p.times[at]}
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
		p.asked[e.Seq] = p.now.Phase
	}
	delete(p.asked, e.Answers)
}

// phaseOf returns the phase an entry belongs to.
func (p *phaser) phaseOf(e *flow.Entry) Phase {
	switch e.Step {
	case flow.A1:
		return Asking
	case flow.A2, flow.A3:
		return Finding
	case flow.A4, flow.A5:
		return Making
	case flow.L1:
		if e.Build != nil && e.Build.Membership == "leave" {
			return Leaving
		}
		return building
	case flow.A6, flow.A7:
		return Sending
	case flow.L2:
		return Verifying
	case flow.A8:
		return Answering
	case flow.U1, flow.U2, flow.U3, flow.U4:
		return Leaving
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
func (p *phaser) under() Phase {
	if len(p.asked) > 0 {
		return p.asked[slices.Max(slices.Collect(maps.Keys(p.asked)))]
	}
	switch {
	case p.undoing:
		return Leaving
	case p.answered:
		return After
	case p.now.Phase == NoPhase && p.invited:
		return inviting
	case p.now.Phase == NoPhase:
		return Making
	}
	return p.now.Phase
}

// towards is the phase of what we do to reach a server of that role, or to fetch its keys.
func (p *phaser) towards(to flow.Role) Phase {
	switch {
	case p.undoing:
		return Leaving
	case p.answered:
		return After
	case p.now.Phase <= inviting && p.invited:
		return inviting
	case p.replied:
		return Verifying
	case p.built:
		return Sending
	case to == flow.Directory:
		return Finding
	case to == flow.Resident || p.now.Phase == NoPhase:
		return Making
	}
	return p.now.Phase
}

// PhaseEnd returns how many entries of t there are up to the end of the phase that the one after the first n is in.
func PhaseEnd(t flow.Trace, n int) int {
	stretches := stretchesOf(t)
	if n >= len(stretches) {
		return len(stretches)
	}
	at := stretches[n]
	for n < len(stretches) && stretches[n] == at {
		n++
	}
	return n
}

// PhaseStart returns how many entries of t there are before the phase that the n-th is in.
func PhaseStart(t flow.Trace, n int) int {
	stretches := stretchesOf(t)
	n = min(n, len(stretches))
	if n == 0 {
		return 0
	}
	at := stretches[n-1]
	for n > 0 && stretches[n-1] == at {
		n--
	}
	return n
}

// stretchesOf gives the stretch of each entry.
func stretchesOf(t flow.Trace) []Stretch {
	p := newPhaser(t)
	out := make([]Stretch, len(t.Entries))
	for i := range t.Entries {
		out[i] = p.place(&t.Entries[i])
	}
	return out
}

// tells are the entries that tell what a phase is for.
var tells = map[Phase][]explain.Reference{
	inviting: named(explain.Step, "invite"), Asking: named(explain.Step, "A1"), Finding: named(explain.Step, "A2", "A3"),
	Making: named(explain.Step, "A4", "A5"), building: named(explain.Step, "L1"),
	Sending: named(explain.Step, "A6", "A7"), Verifying: named(explain.Step, "L2"), Answering: named(explain.Step, "A8"),
	After: named(explain.Term, "after the handshake"), Leaving: named(explain.Step, "U1", "U3"),
}

func named(k explain.Kind, names ...string) []explain.Reference {
	var out []explain.Reference
	for _, name := range names {
		out = append(out, explain.Reference{Kind: k, Name: name})
	}
	return out
}

// lesson adds what a phase is for: of each step in it what happens and why.
func (b *Builder) lesson(p Phase) {
	for _, r := range tells[p] {
		for _, section := range []explain.Section{explain.What, explain.Why} {
			for _, text := range r.Entry().Text(section) {
				b.Say(text)
				b.Point(ofReference(r))
			}
		}
	}
}

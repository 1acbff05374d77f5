package listing

import (
	"context"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// A List is our join and the events of an answer, each once: rows that are told by their numbers. It does not change.
type List struct {
	found  *verify.Verification
	events []verify.SetEvent // row 1 and on
	joinID string
	join   *event.Event // row 0; nil: it cannot be read

	facts   []facts
	servers []string // of senders, in the order in which they come first
}

// facts is what is worked out of a row before anything is asked of it.
type facts struct {
	missed     uint64 // the checks that did not pass: bit n is the kind n places after firstKind
	server     int32  // of List.servers
	verdict    uint8  // a verify.CheckOutcome
	membership uint8  // of memberships; 0: none that is known
	redacted   bool
}

// firstKind is the first kind of check that is made on an answer.
const firstKind = verify.KindAnswerShape

// memberships are those of the spec, behind none of them.
var memberships = []string{"", "join", "leave", "invite", "knock", "ban"}

const joined = 1 // of memberships

// A Place says where in an answer an event is.
type Place uint8

// The places.
const (
	Neither Place = iota // our join
	Both
	StateOnly
	ChainOnly
)

// String is the place as a list shows it: state and auth_chain stand for one of the two lists alone.
func (p Place) String() string { return [...]string{"neither", "both", "state", "auth_chain"}[p] }

// New returns the list of our join, which may be nil, and the events of an answer that found is about.
func New(found *verify.Verification, events []verify.SetEvent, joinID string, join *event.Event) *List {
	l := &List{found: found, events: events, joinID: joinID, join: join}
	l.facts = make([]facts, l.Len())
	byName := map[string]int32{}
	for i := range l.facts {
		l.facts[i] = l.read(i, byName)
	}
	l.noteChecks()
	return l
}

// read gives what an event itself, and the worst of all checks on it, say.
func (l *List) read(i int, byName map[string]int32) facts {
	e := l.Event(i)
	f := facts{verdict: uint8(l.found.OutcomeOf(l.ID(i)))}
	name := ""
	if e != nil {
		name = client.Domain(e.Sender())
		m := e.Membership()
		for at := joined; at < len(memberships); at++ {
			if memberships[at] == m {
				f.membership = uint8(at)
			}
		}
	}
	at, known := byName[name]
	if !known {
		at = int32(len(l.servers))
		byName[name], l.servers = at, append(l.servers, name)
	}
	f.server = at
	return f
}

// noteChecks notes which checks on an event did not pass.
func (l *List) noteChecks() {
	var unmade uint64
	for _, k := range l.found.Unmade() {
		unmade |= bit(k)
	}
	missed, redacted := map[string]uint64{}, map[string]bool{}
	for _, c := range l.found.Checks {
		if c.Outcome != verify.Pass {
			missed[c.Subject] |= bit(c.Kind)
			redacted[c.Subject] = redacted[c.Subject] || c.Fault == verify.Redacted
		}
	}
	for id, kind := range l.found.Unlisted() {
		missed[id] |= bit(kind)
	}
	for i := range l.facts {
		id := l.ID(i)
		l.facts[i].missed, l.facts[i].redacted = missed[id], redacted[id]
		if i > 0 {
			l.facts[i].missed |= unmade
		}
	}
}

func bit(k verify.Kind) uint64 {
	if k < firstKind {
		return 0
	}
	return 1 << (k - firstKind)
}

// Len is how many rows there are, our join counted.
func (l *List) Len() int { return len(l.events) + 1 }

// Event is the event of a row; nil: it cannot be read.
func (l *List) Event(i int) *event.Event {
	if i == 0 {
		return l.join
	}
	return l.events[i-1].Event
}

// ID is the event ID of a row; of what has none, where it is in the answer.
func (l *List) ID(i int) string {
	if i == 0 {
		return l.joinID
	}
	return l.events[i-1].ID
}

// Place is where in the answer the event of a row is.
func (l *List) Place(i int) Place {
	if i == 0 {
		return Neither
	}
	return Both + Place(l.events[i-1].Place)
}

// Named is how many events name the one of a row among their auth_events; false for our join.
func (l *List) Named(i int) (n int, ok bool) {
	if i == 0 {
		return 0, false
	}
	return l.events[i-1].Named, true
}

// Verdict is the worst of all checks on the event of a row.
func (l *List) Verdict(i int) verify.CheckOutcome { return verify.CheckOutcome(l.facts[i].verdict) }

// Server is the server of the sender of a row; empty: there is none that can be read.
func (l *List) Server(i int) string { return l.servers[l.facts[i].server] }

// Verdicts are those that occur among the rows, the best first.
func (l *List) Verdicts() []verify.CheckOutcome {
	var seen [verify.Fail + 1]bool
	for i := range l.facts {
		seen[l.facts[i].verdict] = true
	}
	var out []verify.CheckOutcome
	for _, o := range []verify.CheckOutcome{verify.Pass, verify.Warn, verify.NotChecked, verify.Fail} {
		if seen[o] {
			out = append(out, o)
		}
	}
	return out
}

// given reports whether the work was given up. It is asked now and then: asking costs more than a row.
func given(ctx context.Context, i int) bool { return i%1024 == 0 && ctx.Err() != nil }

// Package auth holds the authorisation rules of room versions 1 to 12, numbered as on each version's page of the
// specification (rooms/vN, "Authorisation rules"; Matrix v1.19), and says which rule decided about an event and what it
// looked at on the way. page.go is the rules themselves, in the order of those pages.
//
// It judges what the rules judge and nothing else: format, hashes and signatures are checked before (server-server,
// "Checks performed on receipt of a PDU", 1 to 3).
package auth

import (
	"doorstep/flow/event"
)

// A Tuple names a place in the room state.
type Tuple struct{ Type, StateKey string }

// A State gives the event at a tuple, nil when there is none.
type State interface{ At(Tuple) *event.Event }

// A StateMap is a State held in a map.
type StateMap map[Tuple]*event.Event

// At returns the event at t, nil when there is none.
func (s StateMap) At(t Tuple) *event.Event { return s[t] }

// StateOf returns the state that events make up: each at its type and state_key, those without state_key left out. Of
// two at one tuple the later stands.
func StateOf(events []*event.Event) StateMap {
	s := make(StateMap, len(events))
	for _, e := range events {
		if e == nil {
			continue
		}
		if key, ok := e.StateKey(); ok {
			s[Tuple{e.Type(), key}] = e
		}
	}
	return s
}

// An Answer to a question about an event. The zero value is Unknown.
type Answer int

const (
	Unknown Answer = iota
	Yes
	No
)

// A Context holds what the rules need beyond the event and its state. The zero value knows nothing more.
type Context struct {
	// Create is the room's create event. In version 12 no event lists it among its auth_events, so rule 2 needs it
	// from here; where it is nil, and in versions 1 to 11, the event at (m.room.create, "") serves.
	Create *event.Event

	// Rejected reports whether the event with that ID was rejected. nil: none was.
	Rejected func(id string) bool

	// Signed reports whether e carries a valid signature of the server named, and if not or unknown, why.
	// nil: Unknown.
	Signed func(e *event.Event, server string) (Answer, string)

	// Redacted says that signatures and keys were taken out of the recording: an invite by a third party is judged as if
	// it were signed, and whoever asks has to say that nobody looked.
	Redacted bool

	// Omitted reports that a state does not say what is at a tuple, as when a resident left members out of it. A rule
	// that has to look there cannot be evaluated. nil: the state says everything.
	Omitted func(Tuple) bool

	// Memo remembers power levels from one event to the next. nil: they are read again for each event that needs them.
	Memo *Memo

	// Brief leaves Verdict.Tried out. Outcome, Rule and Reason are the same, in half the time and a sixth of the
	// memory.
	Brief bool
}

// An Outcome is what the rules make of an event. The zero value is no verdict.
type Outcome uint8

const (
	NotDecided Outcome = iota // not judged
	Allowed
	Rejected
	Undecided // a rule that matters could not be evaluated; Reason says why
)

func (o Outcome) String() string {
	return [...]string{"not decided", "allowed", "rejected", "undecided"}[o]
}

// A Verdict is what the rules make of an event and how they came to it.
type Verdict struct {
	Outcome Outcome
	Rule    string // number of the rule that decided, or that could not be evaluated; "" when none could be tried
	Ground  Ground // on what ground that rule decides, where the ground has a name
	Reason  string // one sentence
	Tried   []Rule // every rule tried, in order; the one that ended the trial last
}

// A Ground names what a rule is about, for those that matter beyond their number, which differs from version to
// version.
type Ground string

// The grounds that have a name.
const (
	UnselectedEntry Ground = "unselected-auth-event" // auth_events names what such an event does not name
	RejectedEntry   Ground = "rejected-auth-event"   // auth_events names an event that was itself rejected
	NotCosigned     Ground = "not-cosigned"          // the server of the user who authorises the join has not signed it
	CreateIsNot     Ground = "no-accepted-create"    // the room's create event is not the one, or was rejected
)

// A Rule is one numbered line of a room version's page. In a Verdict it also holds what came of it.
type Rule struct {
	Number string // as on the page: "4.3.5.2"
	Says   string // its condition, in a few words
	Facts  []Fact // what was looked at, in order
	Fired  bool   // the condition holds; under a rule without effect of its own the sub-rules follow
	Effect Effect
	Note   string // why it was not evaluated: with Unclear and NotApplying
}

// An Effect is what a rule did.
type Effect int

const (
	None        Effect = iota // its condition does not hold, or it leaves the decision to its sub-rules
	Allow                     // the event is allowed
	Reject                    // the event is rejected
	Unclear                   // what the condition asks for is not known
	NotApplying               // the rule is about the auth_events list, and a room state was asked
)

func (e Effect) String() string {
	return [...]string{"none", "allow", "reject", "unclear", "not applying"}[e]
}

// A Fact is a value a rule looked at.
type Fact struct {
	Name, Value string
	From        string // ID of the event it was read from, "event" for the one being judged, "default" for none
}

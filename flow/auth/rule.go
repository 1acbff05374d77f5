package auth

import (
	"strings"

	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A rule is one numbered line of a room version's page, or a group of them.
type rule struct {
	number string
	says   string
	effect Effect // what it does when it holds; None: the sub-rules decide, and if none does, the next rule is tried

	// holds is its condition; nil: always. It notes what it looks at, and says through cannot that it cannot be evaluated.
	holds func(*judge) bool
	// onlyIf, of a rule that allows if and only if, is the second condition: holds makes it decide, onlyIf how.
	onlyIf func(*judge) bool
	// each lists alterations; the sub-rules are tried on each of them in turn.
	each func(*judge) []alteration

	rules    []rule
	ground   Ground
	overList bool // about the auth_events list, so not for a judgement by a state
	absent   bool // not on this version's page
}

// A judge decides one event. It is used once.
type judge struct {
	event   *event.Event
	context Context

	byList  bool           // by auth_events: entries and missing; otherwise by state
	entries []*event.Event // in the order of auth_events
	missing []string
	state   State

	membershipSought string            // content.membership of a member event
	power            *Levels           // read when first asked for
	thirdParty       *thirdPartyInvite // likewise
	altered          alteration        // what an each rule is about at the moment

	// why is set while a condition is evaluated when it cannot be: the condition's value means nothing then.
	why string
	// openReject is a rule passed over that would have rejected had it not been for what is unknown; openAllow likewise.
	// Whether that matters is known at the end.
	openReject, openAllow *open

	noting bool // collect facts
	facts  []Fact
	tried  []Rule

	result Verdict
}

type open struct {
	rule *rule
	why  string
}

// cannot says that the condition being evaluated cannot be; the first reason stands.
func (j *judge) cannot(why ...string) {
	if j.why == "" {
		j.why = strings.Join(why, "")
	}
}

// note records a value looked at.
func (j *judge) note(name, value, from string) {
	if j.noting {
		j.facts = append(j.facts, Fact{name, value, from})
	}
}

// clip shortens text from an event for a sentence, between characters.
func clip(s string) string { return wording.ClipTo(s, 120) }

// An alteration is one level that a new power_levels event adds, changes or removes.
type alteration struct {
	what     what
	key      string // as in Setting
	from, to Setting
}

type what int

const (
	added   what = iota // to only
	changed             // from and to
	removed             // from only
)

func (a alteration) fact() Fact {
	switch a.what {
	case added:
		return Fact{a.key, "added: " + a.to.String(), fromEvent}
	case removed:
		return Fact{a.key, "removed: " + a.from.String(), a.from.From}
	}
	return Fact{a.key, a.from.String() + " → " + a.to.String(), fromEvent}
}

// fromEvent marks facts read from the event being judged.
const fromEvent = "event"

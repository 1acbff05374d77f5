package verify

import (
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A Judged says whether a joining server may have done to a field of the template what it did.
type Judged struct {
	Outcome CheckOutcome
	Fault   Fault
	Why     string // in words
	Source  string // section of the spec
}

// mustStay are the fields of a template that the event has as they were given, with the reason.
// Spec: server-server, Joining Rooms: the joining server adds or replaces origin, origin_server_ts and event_id, and
// signs the rest.
var mustStay = map[string]struct{ why, source string }{
	"/type":               {"send_join takes m.room.member events only", joiningSection},
	"/room_id":            {"the event belongs to the room that was asked about", joiningSection},
	"/sender":             {"the protoevent is for the user who was named in the request", joiningSection},
	"/state_key":          {"a join is the membership of the user who sends it", joiningSection},
	"/content/membership": {"send_join takes joins only", joiningSection},
	"/auth_events": {"the resident has selected the events that allow the join: others may not allow it",
		selectionSection},
	"/prev_events": {"the resident says where the event attaches to the room's history, which the joining server " +
		"does not have", joiningSection},
	"/depth": {"the resident has counted it from the previous events, which the joining server does not have",
		joiningSection},
	"/content/join_authorised_via_users_server": {"it names the user on whose word the join stands, whose server signs " +
		"for that", restrictedSection},
}

// StaysBecause says why a field of a template has to stay as it was given; empty where it need not.
func StaysBecause(path string) (why, source string) {
	rule := mustStay[path]
	return rule.why, rule.source
}

// OfProfileBecause says why a joining server may set a field of content that tells of its user.
const OfProfileBecause = "the joining server's to set: it tells of its user"

// OfProfile reports whether the field at a path tells of the user who joins.
func OfProfile(path string) bool { return ofProfile[path] }

// ofProfile are the keys of content that a joining server may set: they tell of its user.
var ofProfile = map[string]bool{"/content/displayname": true, "/content/avatar_url": true, "/content/reason": true,
	"/content/is_direct": true}

// JudgeField says whether the server called joining may have done that to a field of a template of version v. d is a
// field that differs.
func JudgeField(v *event.Version, joining string, d Differing) Judged {
	if rule, ok := mustStay[d.Path]; ok {
		if v.HashPairs && (d.Path == "/auth_events" || d.Path == "/prev_events") && sameNames(d.From, d.To) {
			return Judged{Warn, FieldChanged, "the events are the same, the hashes next to them are others: no homeserver " +
				"looks at those", rule.source}
		}
		return judgeStaying(d, rule.why, rule.source)
	}
	switch d.Path {
	case "/event_id":
		return judgeEventID(v, joining, d)
	case "/origin":
		return judgeOrigin(joining, d)
	case "/origin_server_ts", "/hashes", "/signatures":
		if d.To == nil {
			return Judged{Fail, FieldRemoved, "the joining server has to set it", joiningSection}
		}
		return Judged{Outcome: Pass, Why: "the joining server sets it", Source: joiningSection}
	case "/unsigned":
		return Judged{Outcome: Pass, Why: "no part of the event: neither hashed nor signed", Source: joiningSection}
	}
	if ofProfile[d.Path] {
		return Judged{Outcome: Pass, Why: OfProfileBecause, Source: joiningSection}
	}
	switch {
	case d.From == nil:
		return Judged{Warn, FieldAdded, "no template has it, and the specification does not ask the joining server for it",
			joiningSection}
	case d.To == nil:
		return Judged{Warn, FieldRemoved, "the resident put it there: what a template holds is signed as it came",
			joiningSection}
	}
	return Judged{Warn, FieldChanged, "the resident put it there: what a template holds is signed as it came",
		joiningSection}
}

// sameNames reports whether two lists of [event ID, hash] pairs name the same events, in order.
func sameNames(a, b []byte) bool {
	x, errX := event.Elements(a)
	y, errY := event.Elements(b)
	if errX != nil || errY != nil || len(x) != len(y) {
		return false
	}
	for i := range x {
		one, errOne := event.Elements(x[i])
		other, errOther := event.Elements(y[i])
		if errOne != nil || errOther != nil || len(one) == 0 || len(other) == 0 || !SameValue(one[0], other[0]) {
			return false
		}
	}
	return true
}

func judgeStaying(d Differing, why, source string) Judged {
	switch {
	case d.To == nil:
		return Judged{Fail, FieldRemoved, "it has to stay: " + why, source}
	case d.From == nil:
		return Judged{Fail, FieldAdded, "the template does not have it, and nobody else may add it: " + why, source}
	}
	return Judged{Fail, FieldChanged, "it has to stay as it was given: " + why, source}
}

// judgeEventID is about a field that only versions 1 and 2 have.
func judgeEventID(v *event.Version, joining string, d Differing) Judged {
	id, _ := event.String(d.To)
	switch {
	case v.IDs != event.IDChosen && d.To != nil:
		return Judged{Warn, FieldAdded, "from version 3 on an event has no event_id: hash and signature cover it all " +
			"the same",
			formatSection}
	case v.IDs != event.IDChosen:
		return Judged{Outcome: Pass, Why: "from version 3 on an event has no event_id", Source: formatSection}
	case d.To == nil:
		return Judged{Fail, FieldRemoved, "the joining server has to name the event", formatSection}
	case client.Domain(id) != joining:
		return Judged{Fail, FieldOtherName, fmt.Sprintf("the joining server has to name the event, under its own name %s",
			wording.Name(joining)), formatSection}
	}
	return Judged{Outcome: Pass, Why: "the joining server names the event, under its own name", Source: formatSection}
}

// judgeOrigin is about a field that may be left out: whoever sets it names itself.
func judgeOrigin(joining string, d Differing) Judged {
	origin, _ := event.String(d.To)
	switch {
	case d.To == nil:
		return Judged{Outcome: Pass, Why: "nothing asks for it: the server is that of the sender", Source: formatSection}
	case origin != joining:
		return Judged{Fail, FieldOtherName, fmt.Sprintf("it names the server that makes the event, and that is %s",
			wording.Name(joining)), joiningSection}
	}
	return Judged{Outcome: Pass, Why: "the server that makes the event", Source: joiningSection}
}
